import type { Directory } from '@vestige/core/lineage/directory';
import { type Flow, hostAt } from '@vestige/core/lineage/flow';

/** What is asked about; node ids canonical, `*` at the end covers every id with that prefix. */
export type ExposureTarget =
  | { readonly node: string }
  | { readonly edge: { readonly from: string; readonly to: string } }
  | { readonly party: string };

const matches = (asked: string, id: string) => (asked.endsWith('*') ? id.startsWith(asked.slice(0, -1)) : id === asked);

/** Whether a node, or the outside host behind it, is what the target means by its own end. */
export function isEnd(target: ExposureTarget, names: Directory, id: string, host: string): boolean {
  if ('node' in target) return matches(target.node, id);
  if ('edge' in target) return matches(target.edge.from, id) || matches(target.edge.to, id);
  return names.party(id, host)?.id === target.party;
}

export function touchesTarget(target: ExposureTarget, names: Directory): (flow: Flow) => boolean {
  if ('edge' in target) {
    return ({ from, to }) => matches(target.edge.from, from) && matches(target.edge.to, to);
  }
  return (flow) => [flow.from, flow.to].some((id) => isEnd(target, names, id, hostAt(id, flow)));
}

export function isTargetNode(target: ExposureTarget, names: Directory): (id: string) => boolean {
  return (id) => ('edge' in target ? matches(target.edge.to, id) : isEnd(target, names, id, ''));
}

/** Nodes that the target names itself. */
export function namedBy(target: ExposureTarget): string[] {
  const named = 'node' in target ? [target.node] : 'edge' in target ? [target.edge.from, target.edge.to] : [];
  return named.filter((id) => !id.endsWith('*'));
}

/** Under the names that flows have. */
export function canonicalTarget(target: ExposureTarget, { canonical }: Directory): ExposureTarget {
  if ('node' in target) return { node: canonical(target.node) };
  if ('edge' in target) return { edge: { from: canonical(target.edge.from), to: canonical(target.edge.to) } };
  return target;
}
