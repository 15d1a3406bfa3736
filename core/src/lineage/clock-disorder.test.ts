import { describe, expect, test } from 'vitest';
import { answerOf, type Drawn, flowsOf, residencyOf, world } from './testing/world.ts';

const MINUTES = 60_000;
const BILLING = 'service:billing';
const QUEUE = 'queue:kafka://broker:9092/orders';

const clocksOf = (drawn: Record<string, Drawn>, options = {}) => answerOf(world(drawn), options).clocks;

/** The desk calls billing, which really starts 10 ms later and takes 100 ms; by its clock `offMs` later than that. */
const called = (offMs: number, drawn: Partial<Drawn> = {}): Record<string, Drawn> => ({
  't/http': { at: [1000, 1120], kind: 'client', person: 'declared' },
  't/serve < http': { at: [1010 + offMs, 1110 + offMs], kind: 'server', service: BILLING, ...drawn },
  't/put < serve': { at: [1050 + offMs, 1060 + offMs], service: BILLING, does: ['write store:x'] },
});

describe('a call between services', () => {
  test('whose callee starts before it was called draws nothing, and the answer names both clocks', () => {
    const drawn = called(-5 * MINUTES);
    expect(flowsOf(world(drawn)).filter((flow) => flow.includes('billing'))).toEqual([]);
    expect(clocksOf(drawn)).toEqual([{ behind: BILLING, ahead: 'service:desk', lagUs: (5 * MINUTES - 10) * 1000 }]);
  });

  test('whose callee starts after its caller had the answer tells of a clock that is ahead', () => {
    expect(clocksOf(called(5 * MINUTES))).toEqual([
      { behind: 'service:desk', ahead: BILLING, lagUs: (5 * MINUTES - 110) * 1000 },
    ]);
  });

  test('tells nothing where clocks differ by no more than is tolerated', () => {
    expect(clocksOf(called(-110))).toEqual([]);
    expect(clocksOf(called(-111))).toHaveLength(1);
    expect(clocksOf(called(210))).toEqual([]);
    expect(clocksOf(called(211))).toHaveLength(1);
  });

  test('tells nothing where the bounds allow for it', () => {
    const skew = { betweenServicesUs: 6 * MINUTES * 1000, withinServiceUs: 0 };
    expect(clocksOf(called(-5 * MINUTES), { skew })).toEqual([]);
  });

  test('that had failed before its callee began proves nothing: a retry or a queue on the way may have kept it', () => {
    const drawn = called(5 * MINUTES);
    expect(clocksOf({ ...drawn, 't/http': { ...drawn['t/http'], at: [1000, 1120], outcome: 'failed' } })).toEqual([]);
  });

  test('that did not wait for an answer proves nothing by its end', () => {
    const later: Partial<Drawn> = { kind: 'consumer', does: [`read ${QUEUE}`] };
    const drawn = called(5 * MINUTES, later);
    expect(clocksOf({ ...drawn, 't/http': { ...drawn['t/http'], at: [1000, 1120], kind: 'producer' } })).toEqual([]);
  });
});

test('within one process a span may be made up afterwards, but not what another process of the same service sent', () => {
  const under = (kind: Drawn['kind'], parent: Drawn['kind']): Record<string, Drawn> => ({
    't/root': { at: [1000, 2000], person: 'declared', ...(parent ? { kind: parent } : {}) },
    't/early < root': { at: [900, 950], ...(kind ? { kind } : {}) },
  });
  expect(clocksOf(under('internal', 'server'))).toEqual([]);
  expect(clocksOf(under('server', 'server'))).toEqual([]);
  expect(clocksOf(under('server', 'client'))).toEqual([
    { behind: 'service:desk', ahead: 'service:desk', lagUs: 100_000 },
  ]);
  expect(clocksOf(under('consumer', 'producer'))).toHaveLength(1);
});

test('a consumer that was over before its message was sent, by the clocks, is told in another trace as well', () => {
  const consumed = (offMs: number): Record<string, Drawn> => ({
    'a/send': { at: [1000, 1010], kind: 'producer', person: 'declared', does: [`write ${QUEUE}`] },
    'b/take': { at: [1100 + offMs, 1200 + offMs], kind: 'consumer', service: BILLING, linksTo: ['a/send'] },
  });
  expect(clocksOf(consumed(-3 * MINUTES))).toEqual([
    { behind: BILLING, ahead: 'service:desk', lagUs: (3 * MINUTES - 200) * 1000 },
  ]);
  expect(clocksOf(consumed(0))).toEqual([]);
  expect(clocksOf(consumed(-300))).toEqual([]);
  expect(clocksOf(consumed(-301))).toHaveLength(1);
});

test('of each pair the largest lag is told, and the largest of all first', () => {
  const drawn: Record<string, Drawn> = {
    't/one': { at: [5000, 9000], kind: 'client', person: 'declared' },
    't/a < one': { at: [4000, 8000], kind: 'server', service: 'service:a' },
    't/b < one': { at: [3000, 8000], kind: 'server', service: 'service:b' },
    't/again < one': { at: [4500, 8000], kind: 'server', service: 'service:a' },
  };
  expect(clocksOf(drawn).map(({ behind, lagUs }) => [behind, lagUs])).toEqual([
    ['service:b', 2_000_000],
    ['service:a', 1_000_000],
  ]);
});

test('what is deleted by a clock that contradicts the writer’s is not believed to be gone', () => {
  // Billing, five minutes ahead, deletes at 500 what the desk writes at 1000: by the clocks it deleted it afterwards.
  const written: Record<string, Drawn> = {
    'a/put': { at: [1000, 1010], person: 'declared', does: ['write store:crm'], recordRefs: ['store:crm#r'] },
    'b/delete': {
      at: [500 + 5 * MINUTES, 510 + 5 * MINUTES],
      service: BILLING,
      does: ['delete store:crm'],
      recordRefs: ['store:crm#r'],
    },
  };
  expect(residencyOf(world(written))).toEqual(['store:crm: deleted declared 1']);
  expect(residencyOf(world({ ...written, ...called(5 * MINUTES) }))).toContain('store:crm: held declared 1');
  expect(residencyOf(world({ ...written, ...called(-5 * MINUTES) }))).toContain('store:crm: held declared 1');
  expect(residencyOf(world({ ...written, ...called(0) }))).toContain('store:crm: deleted declared 1');
});
