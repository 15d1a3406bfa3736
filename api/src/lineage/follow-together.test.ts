import { TenantId } from '@vestige/core/ids';
import { directory } from '@vestige/core/lineage/directory';
import type { Flow } from '@vestige/core/lineage/flow';
import { type Drawn, NOW_US, world } from '@vestige/core/lineage/testing/world';
import { expect, test } from 'vitest';
import { followTogether, type TogetherLimits } from './follow-together.ts';
import { exposureDeps, lineageAlone, type Organisation } from './testing/organisation-in-memory.ts';

/** People who are all in one trace of some spans, and each in one of their own. */
const PEOPLE = ['ada', 'bob', 'cleo', 'dora'];
const SHARED_SPANS = 40;
const OWN_SPANS = 1;

function organisation(): Organisation {
  const drawn: Record<string, Drawn> = { 'all/root': { at: [0, 999], person: 'declared' } };
  for (let i = 1; i < SHARED_SPANS; i++) drawn[`all/s${i} < root`] = { at: [i, i + 1], does: [`write store:s${i}`] };
  const { spans, tags, datasets } = world(drawn);
  const own = PEOPLE.map((person, i) =>
    world({ [`${person}/root`]: { at: [i, i + 9], person: 'declared', does: ['share recipient:mail.example'] } }),
  );
  return {
    spans: [...spans, ...own.flatMap((one) => one.spans)],
    tags: PEOPLE.flatMap((subjectId, i) => [...tags, ...(own[i]?.tags ?? [])].map((tag) => ({ ...tag, subjectId }))),
    datasets,
    sets: new Map(),
  };
}

async function followed(limits: Partial<TogetherLimits>, isLate = () => false) {
  const all = organisation();
  const deps = exposureDeps(all);
  const read: string[] = [];
  const told = new Map<string, { flows: readonly Flow[]; truncated: boolean }>();
  const facts: typeof deps.events.facts = (tenant, needs, most) => {
    read.push(...needs.traces);
    return deps.events.facts(tenant, needs, most);
  };
  await followTogether(
    { ...deps, events: { ...deps.events, facts } },
    { id: TenantId.parse(1) },
    directory({}),
    PEOPLE.map((subjectId) => ({ subjectId, members: [subjectId], spans: 2 })),
    { isLate, nowUs: NOW_US, limits, told: (subjectId, found) => told.set(subjectId, found) },
  );
  const whole = [...told].filter(([, { truncated }]) => !truncated);
  return {
    told,
    read,
    whole: whole.map(([subjectId]) => subjectId).sort(),
    areRight: whole.every(
      ([subjectId, { flows }]) => JSON.stringify(flows) === JSON.stringify(lineageAlone(all, subjectId)),
    ),
  };
}

test('everybody is told what they would be told alone, and what all of them need is read once', async () => {
  const { whole, read, areRight } = await followed({});
  expect(whole).toEqual(PEOPLE);
  expect(areRight).toBe(true);
  expect(read.sort()).toEqual(['ada', 'all', 'bob', 'cleo', 'dora']);
});

const LOOKS_EACH = SHARED_SPANS + OWN_SPANS;
test.each([
  ['look at more spans than their group may', { looksMax: LOOKS_EACH * 2 }, 2],
  ['look at more than the group may, but for one span', { looksMax: LOOKS_EACH * 3 - 1 }, 2],
  ['are in more traces than one person may be', { tracesPerPersonMax: 1 }, 0],
  ['want further spans when the group has as many as it may', { spansHeldMax: 0 }, 0],
  ['are not done after as many rounds as there may be', { roundsMax: 1 }, 0],
])('people who %s are told as cut off, and the others as they would be alone', async (_title, limits, wholeOnes) => {
  const { told, whole, areRight } = await followed(limits);
  expect([...told.keys()].sort()).toEqual(PEOPLE);
  expect(whole).toHaveLength(wholeOnes);
  expect(areRight).toBe(true);
});

test('whoever is done makes room for those after them', async () => {
  const { whole } = await followed({ looksMax: LOOKS_EACH, peoplePerGroup: 1 });
  expect(whole).toEqual(PEOPLE);
});

test('of whoever is too heavy, or comes too late, nothing is told', async () => {
  expect((await followed({ tagsPerPersonMax: 1 })).told.size).toBe(0);
  let looks = 0;
  const late = await followed({}, () => ++looks > 3);
  expect(late.told.size).toBeLessThan(PEOPLE.length);
});
