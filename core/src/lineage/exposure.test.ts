import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { directory } from './directory.ts';
import { type ExposureQuestion, exposureOf } from './exposure.ts';
import { ExposureAnswer, exposureAnswer } from './exposure-answer.ts';
import type { Flow } from './flow.ts';
import { randomWorld } from './testing/random-world.ts';
import { answerOf, type Drawn, ms, world } from './testing/world.ts';

const AGENT = 'agent:desk/billing';
/** Billing reads the CRM, asks a model, and leaves a mail that another service sends. */
const VISIT: Record<string, Drawn> = {
  't/root': { at: [0, 100], kind: 'server', self: 'agent:desk/triage', person: 'ambient' },
  't/early < root': { at: [5, 8], does: ['share recipient:early.example'] },
  't/bill < root': { at: [10, 60], self: AGENT },
  't/sql < bill': { at: [20, 30], does: ['read store:crm'], categories: ['user.contact.email'] },
  't/llm < bill': { at: [40, 50], does: ['share recipient:model.example'], categories: ['user.name'] },
  't/put < root': { at: [70, 80], does: ['share queue:mails'], recordRefs: [] },
  'm/take': {
    at: [200, 290],
    kind: 'consumer',
    service: 'service:mail',
    does: ['receive queue:mails'],
    linksTo: ['t/put'],
  },
  'm/send < take': { at: [210, 220], service: 'service:mail', does: ['share recipient:mail.example'] },
};
const flows = (drawn = VISIT) => answerOf(world(drawn)).flows;

function about(node: string, given: Partial<ExposureQuestion> = {}): ExposureQuestion {
  return {
    touches: ({ from, to }) => from === node || to === node,
    isTarget: (id) => id === node,
    fromUs: ms(0),
    toUs: ms(1_000),
    categories: null,
    includeDownstream: true,
    ...given,
  };
}
const went = (found: readonly Flow[] = []) => found.map(({ from, to }) => `${from} → ${to}`);

test('a person is affected by what handled their data, and by where it went on from there, never by what was before', () => {
  const found = exposureOf(flows(), about(AGENT));
  expect(went(found?.at)).toEqual([
    `agent:desk/triage → ${AGENT}`,
    `store:crm → ${AGENT}`,
    `${AGENT} → recipient:model.example`,
    `${AGENT} → agent:desk/triage`,
  ]);
  expect(went(found?.downstream)).toEqual([
    'agent:desk/triage → queue:mails',
    'queue:mails → service:mail',
    'service:mail → recipient:mail.example',
  ]);
  expect(exposureOf(flows(), about(AGENT, { includeDownstream: false }))?.downstream).toEqual([]);
});

test.each([
  ['outside the window', about(AGENT, { fromUs: ms(300) })],
  ['by what they never met', about('agent:desk/other')],
  ['by a category that it did not carry', about('store:crm', { categories: ['user.financial'] })],
])('nobody is affected %s', (_title, question) => expect(exposureOf(flows(), question)).toBeNull());

test.each([
  ['user.contact', false],
  ['user.contact.email', false],
  ['user.contact.email.work', false],
])('the category %s is met by user.contact.email', (category, uncategorised) => {
  expect(exposureOf(flows(), about('store:crm', { categories: [category] }))).toMatchObject({ uncategorised });
});

test('a flow that names no category may have carried any, and is said to be such a one', () => {
  const found = exposureOf(flows(), about('queue:mails', { categories: ['user.name'] }));
  expect(found).toMatchObject({ uncategorised: true });
});

test('what the person did as an actor does not affect them', () => {
  const acting = { 't/a': { at: [0, 9], person: 'actor', does: ['read store:crm'] } } as const;
  expect(exposureOf(flows(acting), about('store:crm'))).toBeNull();
});

test('whatever happened, downstream comes after, and repeats nothing', () => {
  fc.assert(
    fc.property(randomWorld, fc.nat(), (random, pick) => {
      const all = answerOf(random, { skew: { betweenServicesUs: 0, withinServiceUs: 0 } }).flows;
      const target = all[pick % Math.max(1, all.length)]?.to ?? 'store:none';
      const found = exposureOf(all, about(target, { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER }));
      if (found === null) return;
      const first = Math.min(...found.at.map(({ atUs, because }) => Math.min(atUs, because.atUs)));
      for (const flow of found.downstream) {
        expect(flow.atUs).toBeGreaterThanOrEqual(first);
        expect(found.at).not.toContain(flow);
      }
    }),
    { numRuns: 300 },
  );
});

describe('the answer', () => {
  const none = {
    unexplainedTraces: 0,
    erasedTraces: 0,
    notFollowed: 0,
    partlyFollowed: 0,
    searchCut: false,
    uncategorised: 0,
  };
  const one = exposureOf(flows(), about(AGENT)) ?? [];
  const answer = (people: unknown[], gaps: object = {}) =>
    ExposureAnswer.parse(
      exposureAnswer({ people: people as never, directory: directory({}), candidates: 5, gaps: { ...none, ...gaps } }),
    );

  test('counts people, categories, recipients and where it went', () => {
    const { affected, categories, recipients, downstream } = answer([one, one]);
    expect(affected).toMatchObject({ people: 2, exact: true, atMost: 2, byConfidence: { ambient: 2, declared: 0 } });
    expect(categories).toEqual([
      { category: 'user.contact.email', people: 2 },
      { category: 'user.name', people: 2 },
    ]);
    expect(recipients.map(({ party, people, downstream: later }) => [party, people, later])).toEqual([
      ['mail.example', 2, true],
      ['model.example', 2, false],
    ]);
    expect(downstream[0]).toEqual({ node: 'queue:mails', people: 2 });
  });

  test.each([
    [{}, true, 1, '1 person was affected, as far'],
    [{ partlyFollowed: 1 }, true, 1, 'For 1 of them, what they were affected with'],
    [{ notFollowed: 3 }, false, 4, 'At least 1 person and at most 4 was affected: 3 people who may have been'],
    [{ unexplainedTraces: 1 }, false, null, 'At least 1 person was affected: 1 trace touched it'],
    [{ erasedTraces: 2 }, false, null, '2 traces touched it for somebody whose data has been erased since'],
    [{ searchCut: true, notFollowed: 1 }, false, null, 'a limit was reached'],
  ])('with %j says how sure it is', (gaps, exact, atMost, sentence) => {
    const { affected, statement } = answer([one], gaps);
    expect([affected.exact, affected.atMost]).toEqual([exact, atMost]);
    expect(statement).toContain(sentence);
  });

  test('where clocks contradict each other has no upper bound, and names as many as a sentence holds', () => {
    const clocks = [4, 3, 2, 1].map((i) => ({ behind: `service:s${i}`, ahead: 'service:desk', lagUs: i * 60_000_000 }));
    const people = [one] as never;
    const found = exposureAnswer({ people, directory: directory({}), candidates: 5, gaps: none, clocks });
    const { affected, gaps, statement } = ExposureAnswer.parse(found);
    expect(affected).toMatchObject({ people: 1, exact: false, atMost: null });
    expect(gaps.clocks).toHaveLength(4);
    expect(statement).toMatch(
      /^At least 1 person was affected: clocks contradict .*s4 is at least 4 min behind desk, .* and 1 more\)/,
    );
  });

  test('of nobody says so, and of what nothing names that it may be misspelt', () => {
    expect(answer([]).statement).toMatch(/^Nobody was affected, as far as the spans that were received tell\.$/);
    const unknown = exposureAnswer({ people: [], directory: directory({}), candidates: 0, gaps: none });
    expect(unknown.statement).toMatch(/^Nobody was affected, .*check how it is spelled/);
    const unsaid = { ...none, unexplainedTraces: 1 };
    const open = exposureAnswer({ people: [], directory: directory({}), candidates: 0, gaps: unsaid });
    expect(open.statement).toMatch(/^At least 0 people were affected: 1 trace touched it/);
  });
});
