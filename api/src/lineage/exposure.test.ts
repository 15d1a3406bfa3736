import { TenantId } from '@vestige/core/ids';
import { directory } from '@vestige/core/lineage/directory';
import { exposureOf } from '@vestige/core/lineage/exposure';
import type { PersonTag } from '@vestige/core/lineage/facts';
import { plainWorld, randomWorld } from '@vestige/core/lineage/testing/random-world';
import { ms, type World } from '@vestige/core/lineage/testing/world';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exposureByNames } from './exposure.ts';
import { type ExposureTarget, isTargetNode, touchesTarget } from './exposure-target.ts';
import { exposureDeps, lineageAlone, type Organisation } from './testing/organisation-in-memory.ts';

const NAMES = directory({});
const TENANT = { id: TenantId.parse(1) };

/** The person of a random world, and others in the spans that the world tags with somebody else, or with nobody we know. */
function peopled(world: World, dice: (i: number) => number): Organisation {
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
const asked = fc.record({
  seed: fc.integer(),
  target: fc.nat(),
  kind: fc.constantFrom('node', 'node', 'prefix', 'edge'),
  from: moment,
  to: moment,
  includeDownstream: fc.boolean(),
});

test('is exactly what everybody would be told who asks alone: who, by which flows, and where it went on', async () => {
  let affected = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(randomWorld, plainWorld), asked, async (world, question) => {
      const dice = (i: number) => Math.imul(i + 7, question.seed | 1) >>> 0;
      const organisation = peopled(world, dice);
      const people = [...new Set(organisation.tags.map(({ subjectId }) => subjectId))].sort();
      const alone = new Map(people.map((person) => [person, lineageAlone(organisation, person)]));
      const flows = [...alone.values()].flat();
      const flow = flows[question.target % Math.max(1, flows.length)];
      const target = targetOf(flow, question.kind);
      const [fromMs, toMs] = [Math.min(question.from, question.to), Math.max(question.from, question.to) + 1];
      const window = { fromUs: ms(fromMs), toUs: ms(toMs) };
      const { includeDownstream } = question;
      const found = await exposureByNames(exposureDeps(organisation), TENANT, NAMES, {
        target,
        ...window,
        categories: null,
        includeDownstream,
      });
      const expected = people.flatMap((subjectId) => {
        const exposure = exposureOf(alone.get(subjectId) ?? [], {
          ...window,
          touches: touchesTarget(target, NAMES),
          isTarget: isTargetNode(target, NAMES),
          categories: null,
          includeDownstream,
        });
        return exposure === null ? [] : [{ subjectId, exposure }];
      });
      affected += expected.length;
      expect(found.people).toEqual(expected);
      const { notFollowed, partlyFollowed, searchCut } = found.answer.gaps;
      expect({ notFollowed, partlyFollowed, searchCut }).toEqual({
        notFollowed: 0,
        partlyFollowed: 0,
        searchCut: false,
      });
      expect(found.answer.affected.people).toBe(expected.length);
      expect(found.answer.affected.candidates).toBeGreaterThanOrEqual(expected.length);
    }),
    { numRuns: 500 },
  );
  // Not an agreement about nobody.
  expect(affected).toBeGreaterThan(200);
});

function targetOf(flow: { readonly from: string; readonly to: string } | undefined, kind: string): ExposureTarget {
  if (flow === undefined) return { node: 'store:crm' };
  if (kind === 'edge') return { edge: { from: flow.from, to: flow.to } };
  return { node: kind === 'prefix' ? `${flow.to.slice(0, flow.to.indexOf(':') + 2)}*` : flow.to };
}
