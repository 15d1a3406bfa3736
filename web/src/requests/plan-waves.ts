import type { Plan } from './request-queries.ts';

export type Target = Plan['targets'][number];

/**
 * Targets by when their turn comes: those of one wave wait for nobody else but earlier waves. A plan holds no circle
 * (core/src/request/plan-order.ts cuts them); a target that waits for what is not in the plan does not wait.
 */
export function wavesOf(targets: readonly Target[]): Target[][] {
  const byNode = new Map(targets.map((target) => [target.node, target]));
  const waveOf = new Map<string, number>();
  const find = (target: Target, path: ReadonlySet<string>): number => {
    const known = waveOf.get(target.node);
    if (known !== undefined) return known;
    const before = target.after.flatMap((node) => {
      const other = byNode.get(node);
      return other === undefined || path.has(node) ? [] : [find(other, new Set([...path, node]))];
    });
    const wave = Math.max(-1, ...before) + 1;
    waveOf.set(target.node, wave);
    return wave;
  };
  const waves: Target[][] = [];
  for (const target of targets) {
    const wave = find(target, new Set([target.node]));
    waves[wave] = [...(waves[wave] ?? []), target];
  }
  return waves;
}
