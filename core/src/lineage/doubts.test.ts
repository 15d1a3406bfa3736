import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Closure } from './closure.ts';
import { Doubts } from './doubts.ts';
import { answerOf, type Drawn, NOW_US, residencyOf, world } from './testing/world.ts';

const MINUTES = 60_000;

const clocksOf = (drawn: Record<string, Drawn>) => answerOf(world(drawn)).clocks;

describe('a delete of what another service wrote', () => {
  const CLEANER = 'service:cleaner';
  const row = { recordRefs: ['store:crm#r'] };
  /** The writer, which nobody contradicts, puts at 1000 what the cleaner deleted at 500, by a clock five minutes ahead. */
  const star: Record<string, Drawn> = {
    'a/put': { at: [1000, 1010], service: 'service:writer', person: 'declared', does: ['write store:crm'], ...row },
    'b/delete': { at: [500 + 5 * MINUTES, 510 + 5 * MINUTES], service: CLEANER, does: ['delete store:crm'], ...row },
  };
  const calls = (offMs: number): Record<string, Drawn> => ({
    'c/http': { at: [100, 900], kind: 'client', person: 'declared' },
    'c/serve < http': { at: [110 + offMs, 890 + offMs], kind: 'server', service: CLEANER },
  });

  test('is not believed where a third service alone contradicts the clock of the delete', () => {
    expect(residencyOf(world({ ...star, ...calls(5 * MINUTES) }))).toEqual(['store:crm: held declared 1']);
    expect(residencyOf(world({ ...star, ...calls(0) }))).toEqual(['store:crm: deleted declared 1']);
  });

  test('is not believed where its own trace, in which nobody is named, contradicts its clock; and that is told', () => {
    const own = (offMs: number): Record<string, Drawn> => ({
      ...star,
      'b/cron': { at: [300, 900], kind: 'client', service: 'service:cron' },
      'b/serve < cron': { at: [310 + offMs, 890 + offMs], kind: 'server', service: CLEANER },
    });
    expect(residencyOf(world(own(0)))).toEqual(['store:crm: deleted declared 1']);
    expect(residencyOf(world(own(5 * MINUTES)))).toEqual(['store:crm: held declared 1']);
    expect(clocksOf(own(5 * MINUTES))).toMatchObject([{ behind: 'service:cron', ahead: CLEANER }]);
  });

  test('is looked at for clocks only where it may have deleted something of theirs', () => {
    const at = (delMs: number, ref: string): Record<string, Drawn> => ({
      'a/put': { at: [5000, 5010], person: 'declared', does: ['write store:crm'], ...row },
      'a2/put': { at: [1000, 1010], person: 'declared', does: ['write store:crm'], ...row },
      'b/cron': { at: [delMs - 10, delMs + 200], kind: 'client', service: 'service:cron' },
      'b/serve < cron': { at: [delMs - 5 * MINUTES, delMs + 100], kind: 'server', service: CLEANER },
      'b/delete < serve': { at: [delMs, delMs + 10], service: CLEANER, does: ['delete store:crm'], recordRefs: [ref] },
    });
    const named = (delMs: number, ref: string) => {
      const { spans, tags } = world(at(delMs, ref));
      const closure = new Closure(tags, { nowUs: NOW_US });
      closure.add({ spans, jumps: [], links: [], datasets: [], cut: false });
      return closure.result().clocks.length;
    };
    expect([named(999, 'store:crm#r'), named(1000, 'store:crm#r'), named(3000, 'store:crm#r')]).toEqual([0, 1, 1]);
    expect(named(6000, 'store:crm#somebody-else')).toBe(0);
  });

  test('takes nothing from a later reader either, nor from a batch job', () => {
    const read = (offMs: number): Record<string, Drawn> => ({
      ...star,
      ...calls(offMs),
      'd/agent': { at: [6 * MINUTES, 6 * MINUTES + 100], self: 'agent:a' },
      'd/read < agent': { at: [6 * MINUTES + 10, 6 * MINUTES + 20], does: ['read store:crm'], ...row },
      'd/tell < agent': { at: [6 * MINUTES + 30, 6 * MINUTES + 40], does: ['share recipient:mail.example'] },
    });
    const nightly = [{ run: 'n', at: [7 * MINUTES, 8 * MINUTES] as const, from: ['store:crm'], to: ['store:copy'] }];
    const reached = (offMs: number) => {
      const { recipients, residency } = answerOf(world(read(offMs), nightly));
      return [...recipients.map(({ node }) => node), ...residency.map(({ store, state }) => `${store} ${state}`)];
    };
    expect(reached(0)).toEqual(['store:crm deleted']);
    expect(reached(5 * MINUTES)).toEqual(['recipient:mail.example', 'store:copy held', 'store:crm held']);
  });

  test('takes nothing from a reader whose clock is doubtful, nor by a clock from what was written by a doubtful one', () => {
    const by = (reader: string, wrong: string): Record<string, Drawn> => ({
      'a/put': { at: [1000, 1010], service: 'service:writer', person: 'declared', does: ['write store:crm'], ...row },
      'b/delete': { at: [2000, 2010], service: CLEANER, does: ['delete store:crm'], ...row },
      'c/http': { at: [100, 900], kind: 'client', service: 'service:page', person: 'declared' },
      'c/serve < http': { at: [5 * MINUTES, 6 * MINUTES], kind: 'server', service: wrong },
      'd/agent': { at: [3000, 3100], self: 'agent:a', service: reader },
      'd/read < agent': { at: [3010, 3020], does: ['read store:crm'], service: reader, ...row },
      'd/tell < agent': { at: [3030, 3040], does: ['share recipient:mail.example'], service: reader },
    });
    const told = (reader: string, wrong: string) => {
      const { recipients, residency } = answerOf(world(by(reader, wrong)));
      return [...recipients.map(({ node }) => node), ...residency.map(({ state }) => state)];
    };
    expect(told('service:desk', 'service:nobody')).toEqual(['deleted']);
    expect(told('service:desk', 'service:desk')).toEqual(['recipient:mail.example', 'deleted']);
    expect(told('service:desk', 'service:writer')).toEqual(['recipient:mail.example', 'held']);
    expect(told(CLEANER, 'service:writer')).toEqual(['recipient:mail.example', 'held']);
  });

  test('is taken back once what it had hidden shows that its clock is doubtful', () => {
    // Nobody reads anything, says the cleaner’s clock; whoever reads it all the same calls the cleaner, in a trace that is theirs alone.
    const drawn: Record<string, Drawn> = {
      'a/put': { at: [1000, 1010], person: 'declared', does: ['write store:crm'], ...row },
      'b/delete': { at: [2000, 2010], service: CLEANER, does: ['delete store:crm'], ...row },
      'c/agent': { at: [1500, 2600], self: 'agent:a' },
      'c/read < agent': { at: [1510, 1520], does: ['read store:crm'], ...row },
      'c/put < agent': { at: [1530, 1540], does: ['write store:copy'], recordRefs: ['store:copy#r'] },
      'd/agent': { at: [3000, 3600], self: 'agent:b' },
      'd/read < agent': { at: [3010, 3020], does: ['read store:crm'], ...row },
      'e/agent': { at: [4000, 4600], self: 'agent:c' },
      'e/read < agent': { at: [4010, 4020], does: ['read store:copy'], recordRefs: ['store:copy#r'] },
      'e/http < agent': { at: [4030, 4040], kind: 'client' },
      'e/serve < http': { at: [5 * MINUTES, 5 * MINUTES + 10], kind: 'server', service: CLEANER },
    };
    const all = world(drawn);
    const closure = new Closure(all.tags, { nowUs: NOW_US });
    const add = (traces: string) => {
      const spans = all.spans.filter(({ traceId }) => traces.includes(traceId));
      closure.add({ spans, jumps: [], links: [], datasets: [], cut: false });
      const { flows, clocks } = closure.result();
      return { read: flows.some(({ traceId }) => traceId === 'd'), clocks: clocks.length };
    };
    expect(add('abd')).toEqual({ read: false, clocks: 0 });
    expect(add('e')).toEqual({ read: false, clocks: 0 });
    expect(add('c')).toEqual({ read: true, clocks: 1 });
  });

  test('is believed by the writer’s own clock, whoever contradicts that, unless processes of it disagree', () => {
    const alone = (callee: string): Record<string, Drawn> => ({
      'a/put': { at: [1000, 1010], person: 'declared', does: ['write store:crm'], ...row },
      'b/delete': { at: [2000, 2010], does: ['delete store:crm'], ...row },
      'c/http': { at: [100, 900], kind: 'client', person: 'declared' },
      'c/serve < http': { at: [5 * MINUTES, 6 * MINUTES], kind: 'server', service: callee },
    });
    expect(residencyOf(world(alone(CLEANER)))).toEqual(['store:crm: deleted declared 1']);
    expect(residencyOf(world(alone('service:desk')))).toEqual(['store:crm: held declared 1']);
  });
});

test('what is doubted stays doubted, and is named, by the largest lag of each pair', () => {
  const doubts = new Doubts([{ behind: 'a', ahead: 'b', lagUs: 3 }]);
  doubts.add([{ behind: 'c', ahead: 'c', lagUs: 5 }]);
  doubts.add([{ behind: 'a', ahead: 'b', lagUs: 2 }]);
  expect(doubts.clocks).toEqual([
    { behind: 'c', ahead: 'c', lagUs: 5 },
    { behind: 'a', ahead: 'b', lagUs: 3 },
  ]);
  const pairs = ['a a', 'a d', 'd b', 'c c', 'c d', 'd d'];
  const doubted = pairs.filter((pair) => doubts.between(pair.slice(0, 1), pair.slice(2)));
  expect(doubted).toEqual(['a d', 'd b', 'c c', 'c d']);
});

const SERVICES = ['service:desk', 'service:cleaner', 'service:writer'];
const service = fc.constantFrom(...SERVICES);
const at = fc.integer({ min: 0, max: 10 * MINUTES });

/** What three services write, delete and call each other for; whatever is written is declared, so that all of it is known. */
const work = fc.record({
  writes: fc.array(fc.record({ service, at, place: fc.constantFrom('a', 'b') }), { minLength: 1, maxLength: 3 }),
  deletes: fc.array(fc.record({ service, at, place: fc.constantFrom('a', 'b'), askedBy: fc.option(service) }), {
    minLength: 1,
    maxLength: 3,
  }),
  calls: fc.array(fc.record({ service, at, callee: service }), { maxLength: 2 }),
});
type Work = typeof work extends fc.Arbitrary<infer W> ? W : never;

/** @param offMs by how much the clock of a service is ahead */
function told({ writes, deletes, calls }: Work, offMs: (service: string) => number): Record<string, Drawn> {
  const by = (service: string, from: number, to: number): Drawn => ({
    at: [from + offMs(service), to + offMs(service)],
    service,
  });
  const row = (place: string) => ({ recordRefs: [`store:${place}#r`] });
  const spans: Record<string, Drawn> = {};
  for (const [i, { service, at, place }] of writes.entries()) {
    spans[`w${i}/put`] = {
      ...by(service, at, at + 10),
      person: 'declared',
      does: [`write store:${place}`],
      ...row(place),
    };
  }
  for (const [i, { service, at, place, askedBy }] of deletes.entries()) {
    if (askedBy !== null) {
      spans[`d${i}/ask`] = { ...by(askedBy, at - 20, at + 30), kind: 'client' };
      spans[`d${i}/serve < ask`] = { ...by(service, at - 10, at + 20), kind: 'server' };
    }
    spans[`d${i}/delete < serve`] = { ...by(service, at, at + 10), does: [`delete store:${place}`], ...row(place) };
  }
  for (const [i, { service, at, callee }] of calls.entries()) {
    spans[`c${i}/call`] = { ...by(service, at, at + 100), kind: 'client', person: 'declared' };
    spans[`c${i}/serve < call`] = { ...by(callee, at + 10, at + 90), kind: 'server' };
  }
  return spans;
}

test('whichever clock is wrong: once an answer names it, nothing is told as deleted that right clocks would not tell so', () => {
  const met = { named: 0, deceiving: 0 };
  fc.assert(
    fc.property(work, service, fc.integer({ min: -10, max: 10 }), (what, wrong, offMinutes) => {
      const deletedBy = (offMs: (service: string) => number) => {
        const { residency, clocks } = answerOf(world(told(what, offMs)));
        const named = clocks.some(({ behind, ahead }) => behind === wrong || ahead === wrong);
        return { named, deleted: residency.filter(({ state }) => state === 'deleted').map(({ store }) => store) };
      };
      const right = deletedBy(() => 0);
      const found = deletedBy((service) => (service === wrong ? offMinutes * MINUTES : 0));
      expect(right.named).toBe(false);
      met.named += Number(found.named);
      if (found.named) expect(right.deleted).toEqual(expect.arrayContaining(found.deleted));
      else met.deceiving += Number(found.deleted.some((store) => !right.deleted.includes(store)));
    }),
    { numRuns: 1_000 },
  );
  // Where no call shows it, such clocks do deceive: the worlds are made so that they could.
  expect(met.named).toBeGreaterThan(100);
  expect(met.deceiving).toBeGreaterThan(5);
});
