import { TenantId } from '@vestige/core/ids';
import { directory } from '@vestige/core/lineage/directory';
import { exposureOf } from '@vestige/core/lineage/exposure';
import { flowKey } from '@vestige/core/lineage/flow';
import { plainWorld, randomWorld } from '@vestige/core/lineage/testing/random-world';
import { type Drawn, ms, type Run, type World, world } from '@vestige/core/lineage/testing/world';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exposureByNames } from './exposure.ts';
import { isTargetNode, touchesTarget } from './exposure-target.ts';
import { exposureDeps, lineageAlone, type Organisation } from './testing/organisation-in-memory.ts';
import { type Asked, asked, peopled, targetOf, windowOf } from './testing/random-question.ts';

const NAMES = directory({});
const TENANT = { id: TenantId.parse(1) };

/** A question of a random world, and who would be told of it who asks alone. */
function drawn(world: World, how: Asked) {
  const { seed, target: pick, kind, includeDownstream } = how;
  const organisation = peopled(world, (i) => Math.imul(i + 7, seed | 1) >>> 0);
  const people = [...new Set(organisation.tags.map(({ subjectId }) => subjectId))].sort();
  const alone = new Map(people.map((person) => [person, lineageAlone(organisation, person)]));
  const flows = [...alone.values()].flat();
  const target = targetOf(flows[pick % Math.max(1, flows.length)], kind);
  const asked = { ...windowOf(how), categories: null, includeDownstream };
  const expected = people.flatMap((subjectId) => {
    const exposure = exposureOf(alone.get(subjectId) ?? [], {
      ...asked,
      touches: touchesTarget(target, NAMES),
      isTarget: isTargetNode(target, NAMES),
    });
    return exposure === null ? [] : [{ subjectId, exposure }];
  });
  return { deps: exposureDeps(organisation), question: { ...asked, target }, expected };
}

test('is exactly what everybody would be told who asks alone: who, by which flows, and where it went on', async () => {
  let affected = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(randomWorld, plainWorld), asked, async (world, how) => {
      const { deps, question, expected } = drawn(world, how);
      const { people, answer } = await exposureByNames(deps, TENANT, NAMES, question);
      affected += expected.length;
      expect(people).toEqual(expected);
      expect(answer.gaps).toMatchObject({ notFollowed: 0, partlyFollowed: 0, searchCut: false });
      expect(answer.affected.people).toBe(expected.length);
      expect(answer.affected.candidates).toBeGreaterThanOrEqual(expected.length);
    }),
    { numRuns: 500 },
  );
  // Not an agreement about nobody.
  expect(affected).toBeGreaterThan(200);
});

const NO_TIME_TO_FOLLOW = {
  search: { msMax: 86_400_000, tracesMax: 1_000 },
  whoMsMax: 1,
  whereMsMax: 1,
  tellAfterMs: null,
};

test('is a lower bound where there was no time to follow anybody, and says how many may be missing', async () => {
  let missing = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(randomWorld, plainWorld), asked, async (world, how) => {
      const { deps, question, expected } = drawn(world, how);
      let nowMs = deps.now().getTime();
      // A minute passes whenever somebody looks.
      const now = () => {
        nowMs += 60_000;
        return new Date(nowMs);
      };
      const { people, answer } = await exposureByNames({ ...deps, now }, TENANT, NAMES, question, NO_TIME_TO_FOLLOW);
      const found = people.map(({ subjectId }) => subjectId);
      const { exact, atMost } = answer.affected;
      expect(expected.map(({ subjectId }) => subjectId)).toEqual(expect.arrayContaining(found));
      expect(expected.length).toBeLessThanOrEqual(found.length + answer.gaps.notFollowed);
      expect(expected.length).toBeLessThanOrEqual(atMost ?? Number.POSITIVE_INFINITY);
      if (exact) expect(found).toHaveLength(expected.length);
      if (question.includeDownstream) expect(answer.gaps.partlyFollowed).toBe(found.length);
      for (const { subjectId, exposure } of people) {
        const whole = expected.find((one) => one.subjectId === subjectId)?.exposure;
        expect(whole?.at.map(flowKey)).toEqual(expect.arrayContaining(exposure.at.map(flowKey)));
      }
      missing += expected.length - found.length;
    }),
    { numRuns: 300 },
  );
  expect(missing).toBeGreaterThan(20);
});

const EVER = { fromUs: ms(-1_000), toUs: ms(200_000), categories: null, includeDownstream: false };
/** A world of one person, who alone is tagged wherever somebody is. */
const ofAda = (drawn: Record<string, Drawn>, runs: readonly Run[] = []): Organisation => {
  const { tags, ...rest } = world(drawn, runs);
  return { ...rest, tags: tags.map((tag) => ({ ...tag, subjectId: 'ada' })), sets: new Map() };
};

test('of all tables of a database finds one that took its name from another, which no job did', async () => {
  const crm: Record<string, Drawn> = { 'a/1': { at: [0, 1], person: 'declared', does: ['write store:crm'] } };
  const run: Run = { run: 'r', at: [10, 20], job: '', from: ['store:crm'], to: ['store:old/crm'] };
  const deps = exposureDeps(ofAda(crm, [run]));
  const { answer } = await exposureByNames(deps, TENANT, NAMES, { ...EVER, target: { node: 'store:old/*' } });
  expect(answer.affected).toMatchObject({ people: 1, exact: true });
});

test('is not exact where a trace is too large to tell whose data a span handles', async () => {
  const drawn = Array.from({ length: 3_000 }, (_, i): [string, Drawn][] => [
    [`a/g${i}`, { at: [i, 100_000], self: 'agent:x/a', ...(i === 0 ? { person: 'declared' } : {}) }],
    [`a/l${i}`, { at: [50_000 + i, 50_001 + i], owner: 'agent:x/a', does: [`write store:s${i}`] }],
  ]);
  const deps = exposureDeps(ofAda(Object.fromEntries(drawn.flat())));
  const { answer } = await exposureByNames(deps, TENANT, NAMES, { ...EVER, target: { node: 'store:s2999' } });
  expect(answer.affected.exact).toBe(false);
  expect(answer.affected.people + answer.gaps.notFollowed).toBe(1);
});

test('of a trace of too many spans about too many people counts whoever there was no time to follow', async () => {
  const [people, spans] = [800, 700];
  const root: Drawn = { at: [0, 10_000], self: 'agent:x/a', person: 'declared' };
  const drawn = Array.from({ length: spans }, (_, i): [string, Drawn] => [
    `a/s${i} < root`,
    { at: [i, i + 1], does: [`write store:s${i}`] },
  ]);
  const one = ofAda({ 'a/root': root, ...Object.fromEntries(drawn) });
  const tags = Array.from({ length: people }, (_, i) => one.tags.map((tag) => ({ ...tag, subjectId: `p${i}` })));
  const deps = exposureDeps({ ...one, tags: tags.flat() });
  let nowMs = deps.now().getTime();
  const now = () => {
    nowMs += 50;
    return new Date(nowMs);
  };
  const { answer } = await exposureByNames({ ...deps, now }, TENANT, NAMES, { ...EVER, target: { node: 'store:s7' } });
  const { affected, gaps } = answer;
  expect(gaps.notFollowed).toBeGreaterThan(0);
  expect(affected.people + gaps.notFollowed).toBe(people);
  expect(affected.exact).toBe(false);
});

/** By its own clock the agent's turn came after the window; by that of the one who took it over, before its end. */
const TURNS: Record<string, Drawn> = {
  'a/turn': { at: [1_010, 1_040], self: 'agent:desk/a', conversation: 'c1', person: 'declared' },
  'b/turn': { at: [950, 990], service: 'service:mailer', self: 'agent:desk/b', conversation: 'c1' },
};
test.each([
  ['within the skew that is tolerated', TURNS, 1],
  ['beyond it', { ...TURNS, 'b/turn': { ...TURNS['b/turn'], at: [900, 930] } } as typeof TURNS, 0],
])('a conversation that began after the window by a clock that is ahead, %s', async (_title, drawn, people) => {
  const asked = { ...EVER, toUs: ms(1_000), target: { node: 'agent:desk/a' } };
  const { answer } = await exposureByNames(exposureDeps(ofAda(drawn)), TENANT, NAMES, asked);
  expect(answer.affected).toMatchObject({ people, exact: true });
});

test.each([
  [{ msMax: 0, tracesMax: 10 }, 'there was no time to look further back'],
  [{ msMax: 1_000, tracesMax: 1 }, 'data may have come from more than 1 traces'],
])('a search that ends at %j says why, and is not exact', async (search, why) => {
  const deps = exposureDeps(ofAda({ ...TURNS, 'b/turn': { ...TURNS['b/turn'], at: [1_050, 1_090] } }));
  const asked = { ...EVER, target: { node: 'agent:desk/b' } };
  const pace = { search, whoMsMax: 1_000, whereMsMax: 1_000, tellAfterMs: null };
  const { answer } = await exposureByNames(deps, TENANT, NAMES, asked, pace);
  expect(answer.affected).toMatchObject({ people: 0, exact: false, atMost: null });
  expect(answer.statement).toContain(`a limit was reached in the search for people (${why})`);
  expect((await exposureByNames(deps, TENANT, NAMES, asked)).answer.affected).toMatchObject({ people: 1, exact: true });
});

/** Billing, five minutes early by its clock, has done all that the desk asked of it before it was asked. */
const EARLY: Record<string, Drawn> = {
  't/call': { at: [1_000, 1_120], kind: 'client', person: 'declared' },
  't/serve < call': { at: [-298_990, -298_890], kind: 'server', service: 'service:billing' },
  't/put < serve': { at: [-298_950, -298_940], service: 'service:billing', does: ['write store:x'] },
};
test('where clocks contradict each other is at least what is told, and names them', async () => {
  const asked = { ...EVER, fromUs: ms(-400_000), target: { node: 'store:x' } };
  const { answer } = await exposureByNames(exposureDeps(ofAda(EARLY)), TENANT, NAMES, asked);
  expect(answer.affected).toMatchObject({ people: 0, exact: false, atMost: null });
  expect(answer.gaps).toMatchObject({ erasedTraces: 0, unexplainedTraces: 1 });
  expect(answer.gaps.clocks).toEqual([{ behind: 'billing', ahead: 'desk', atLeastMs: 299_990 }]);
  expect(answer.statement).toContain('clocks contradict each other (billing is at least 4 min behind desk)');
});

test('while spans lie there that an older version has read, is at least what is told', async () => {
  const one = ofAda({ 'a/1': { at: [0, 1], person: 'declared', does: ['write store:crm'] } });
  const asked = { ...EVER, target: { node: 'store:crm' } };
  const { answer } = await exposureByNames(exposureDeps({ ...one, olderReadings: true }), TENANT, NAMES, asked);
  expect(answer.affected).toMatchObject({ people: 1, exact: false, atMost: null });
  expect(answer.gaps.olderReadings).toBe(true);
  expect(answer.statement).toContain('spans that an older version has read may lie under names that are not in use');
});

test('where more services have sent spans than are looked at, is at least what is told', async () => {
  const one = exposureDeps(ofAda({ 'a/1': { at: [0, 1], person: 'declared', does: ['write store:crm'] } }));
  const asked = { ...EVER, target: { node: 'store:crm' } };
  const { answer } = await exposureByNames(one, TENANT, directory({ servicesCut: true }), asked);
  expect(answer.affected).toMatchObject({ people: 1, exact: false, atMost: null });
  expect(answer.gaps.servicesCut).toBe(true);
  expect(answer.statement).toContain('more services have sent spans than are looked at');
});

test('where spans lost links, before the window too, is at least what is told: whose those were is not known', async () => {
  const one = ofAda({ 'a/1': { at: [0, 1], person: 'declared', does: ['write store:crm'] } });
  const asked = { ...EVER, target: { node: 'store:crm' } };
  const ask = async (organisation: Organisation) =>
    (await exposureByNames(exposureDeps(organisation), TENANT, NAMES, asked)).answer;
  expect((await ask(one)).affected).toMatchObject({ people: 1, exact: true });
  const cut = await ask({ ...one, cutSpans: [{ service: 'mailer', links: 2, attributes: 0 }] });
  expect(cut.affected).toMatchObject({ people: 1, exact: false, atMost: null });
  expect(cut.gaps.cutSpans).toEqual([{ service: 'mailer', links: 2, attributes: 0 }]);
  expect(cut.statement).toContain('at least 2 spans lost links at a limit (mailer)');
});
