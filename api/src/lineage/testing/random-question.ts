import type { PersonTag } from '@vestige/core/lineage/facts';
import { ms, type World } from '@vestige/core/lineage/testing/world';
import fc from 'fast-check';
import type { ExposureTarget } from '../exposure-target.ts';
import type { Organisation } from './organisation-in-memory.ts';

/** The person of a random world, and others in the spans that the world tags with somebody else, or with nobody we know. */
export function peopled(world: World, dice: (i: number) => number): Organisation {
  const tags: PersonTag[] = world.tags.map((tag) => ({ ...tag, subjectId: 'ada' }));
  const own = new Set(
    world.tags.filter(({ viaLink }) => !viaLink).map(({ spanId, traceId }) => `${traceId}/${spanId}`),
  );
  for (const [i, { traceId, spanId, startUs, attribution, role }] of world.spans.entries()) {
    if (attribution === 'none') continue;
    const tag = { traceId, spanId, startUs, attribution, role, viaLink: false };
    if (!own.has(`${traceId}/${spanId}`) || dice(i) % 4 === 0)
      tags.push({ ...tag, subjectId: ['bob', 'cleo'][dice(i) % 2] ?? '' });
    if (dice(i) % 5 === 0) tags.push({ ...tag, subjectId: 'dora' });
  }
  const datasets = world.datasets.map(({ statesPerson, ...edge }) =>
    statesPerson === undefined ? edge : { ...edge, subjectSets: [statesPerson ? 'set_ada' : 'set_bob'] },
  );
  return {
    ...world,
    tags,
    datasets,
    sets: new Map([
      ['ada', ['set_ada']],
      ['bob', ['set_bob']],
    ]),
  };
}

const moment = fc.integer({ min: -50, max: 1_400 });
/** What is asked of a random world; `target` picks one of its flows. */
export interface Asked {
  readonly seed: number;
  readonly target: number;
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  readonly includeDownstream: boolean;
}

export const asked: fc.Arbitrary<Asked> = fc.record({
  seed: fc.integer(),
  target: fc.nat(),
  kind: fc.constantFrom('node', 'node', 'prefix', 'edge'),
  from: moment,
  to: moment,
  includeDownstream: fc.boolean(),
});

/** The window of a question, in microseconds of the world. */
export function windowOf({ from, to }: Asked): { readonly fromUs: number; readonly toUs: number } {
  return { fromUs: ms(Math.min(from, to)), toUs: ms(Math.max(from, to) + 1) };
}

export function targetOf(
  flow: { readonly from: string; readonly to: string } | undefined,
  kind: string,
): ExposureTarget {
  if (flow === undefined) return { node: 'store:crm' };
  if (kind === 'edge') return { edge: { from: flow.from, to: flow.to } };
  return { node: kind === 'prefix' ? `${flow.to.slice(0, flow.to.indexOf(':') + 2)}*` : flow.to };
}
