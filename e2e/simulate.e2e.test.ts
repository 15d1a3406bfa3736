import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AskedAboutNodes, ToldFlow } from './src/simulate/ask.ts';
import { askClosure } from './src/simulate/closure-alone.ts';
import { Dice } from './src/simulate/dice.ts';
import { Measured } from './src/simulate/measure.ts';
import type { Simulated } from './src/simulate/organisation.ts';
import { problemsOf, type Report } from './src/simulate/report.ts';
import { measured, simulateAndAsk, tenantsOf } from './src/simulate/run.ts';
import type { SimPerson } from './src/simulate/span.ts';
import { type SimulationStack, startSimulationStack } from './src/simulate/whole-stack.ts';

/**
 * Organisations that know what they really did, against what Vestige says about their people. Most histories go through
 * recognisers and closure alone, which takes milliseconds; some through a running collector, real engines and the API.
 * `npm run simulate` does either with any seed and size.
 */

const CLOSURE_SEEDS = 50;
const STACK_SEEDS = 8;
const SIZE = { people: 12, days: 3 };

function expectRight(report: Report): void {
  const { recall, precision, againstTime, crossTenant, missed, wrong, faults } = report;
  expect(missed).toEqual([]);
  expect(problemsOf(report)).toEqual([]);
  expect(recall).toEqual({ nodes: 1, edges: 1, residency: 1, recipients: 1 });
  expect(faults).toEqual([]);
  expect(Object.keys(wrong).filter((why) => why.startsWith('declared') || why.includes('unexplained'))).toEqual([]);
  expect({ declared: precision.declared, againstTime, crossTenant }).toEqual({
    declared: 1,
    againstTime: 0,
    crossTenant: 0,
  });
}

describe('nothing that happened and was told is missing, what is declared happened, and every reason holds', () => {
  test.each(Array.from({ length: CLOSURE_SEEDS / 10 }, (_, i) => i * 10 + 1))(
    'in recognisers and closure, 10 seeds from %i',
    async (from) => {
      for (let seed = from; seed < from + 10; seed++) {
        expectRight(await simulateAndAsk({ seed, size: SIZE, tenants: 2, through: 'closure' }));
      }
    },
  );

  describe('through collector, engines and API', () => {
    let stack: SimulationStack;
    beforeAll(async () => {
      stack = await startSimulationStack();
    });
    afterAll(() => stack.stop());

    test.each(Array.from({ length: STACK_SEEDS }, (_, i) => 100 + i))('seed %i', async (seed) => {
      const organisations = tenantsOf({ seed, size: { people: 4, days: 2 }, tenants: 2 });
      const asked = await stack.tell(`seed-${seed}`, organisations);
      const report = await measured(seed, organisations, asked);
      expectRight(report);
      // Two tenants use the same names for everything: whatever one answered of the other would differ here.
      const alone = await measured(seed, organisations, organisations.map(askClosure));
      expect({ precision: report.precision, wrong: report.wrong, held: report.heldButGone }).toEqual({
        precision: alone.precision,
        wrong: alone.wrong,
        held: alone.heldButGone,
      });
      expect(report.missingSpans).toBeLessThanOrEqual(report.lostSpans);
      const [organisation, side] = [organisations[0], asked[0]];
      if (organisation && side) await expectRightAboutNodes(seed, organisation, side);
    });

    test('whose link was cut off is told that links were', async () => {
      const organisations = tenantsOf({ seed: 300, size: { people: 4, days: 2, linksMax: 1 }, tenants: 1 });
      const [organisation] = organisations;
      const [side] = await stack.tell('cut-links', organisations);
      if (!organisation || !side) throw new Error('nobody can be asked');
      expectRight(await measured(300, organisations, [side]));
      const cut = organisation.spans.filter(({ cutLinks, lost }) => cutLinks > 0 && !lost).length;
      expect(cut).toBeGreaterThan(0);
      for (const person of organisation.people) {
        const told = await side.about(person);
        if (told === null) continue;
        // By days: who was first seen later is not told of days before, and who was seen first may have moved nothing yet.
        const firstUs = told.flows.reduce((first, { atUs }) => Math.min(first, atUs), Number.POSITIVE_INFINITY);
        const dayUs = firstUs - (firstUs % 86_400_000_000);
        const since = organisation.spans.filter(
          (span) => span.cutLinks > 0 && !span.lost && span.startUs >= dayUs,
        ).length;
        expect(told.cutSpans).toBeGreaterThanOrEqual(since);
        expect(told.cutSpans).toBeLessThanOrEqual(cut);
      }
    });
  });
});

/** The first is far beyond what is tolerated between clocks, both ways. */
const WRONG_CLOCKS_US = [-300_000_000, 300_000_000, 2_000_000, -150_000];

describe.each(WRONG_CLOCKS_US)('a service whose clock is off by %i µs', (wrongClockUs) => {
  test('is followed nowhere against time, and whose answer misses something is told of the clock', async () => {
    let [missing, told] = [0, 0];
    for (let seed = 1; seed <= 10; seed++) {
      for (const organisation of tenantsOf({ seed, size: { ...SIZE, wrongClockUs }, tenants: 1 })) {
        const side = askClosure(organisation);
        const wrong = organisation.services[0];
        for (const person of organisation.people) {
          const alone = new Measured(organisation);
          const answer = await side.about(person);
          alone.add(person, answer);
          expect({ againstTime: alone.againstTime, crossTenant: alone.crossTenant }).toEqual({
            againstTime: 0,
            crossTenant: 0,
          });
          // When it disclosed something is told by the clock that is off.
          if (alone.missed.every((missed) => missed.startsWith('time'))) continue;
          missing++;
          if (answer?.clocks.some(({ behind, ahead }) => behind === wrong || ahead === wrong)) told++;
        }
      }
    }
    // So that the test can fail: without a clock that is off nobody misses anything.
    expect(missing).toBeGreaterThan(10);
    expect(told).toBe(missing);
  });
});

test('of a link that an SDK has cut off nothing is expected, everything else is, and the span says that there was more', async () => {
  let cut = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const size = { ...SIZE, linksMax: 1 };
    expectRight(await simulateAndAsk({ seed, size, tenants: 1, through: 'closure' }));
    for (const { spans } of tenantsOf({ seed, size, tenants: 1 }))
      cut += spans.filter(({ cutLinks }) => cutLinks > 0).length;
  }
  expect(cut).toBeGreaterThan(10);
});

const NODES_ASKED = 4;
const DAYS_ASKED_MS = 300 * 86_400_000;

/** Whom a node affected is who, asked one by one, has a flow there, and never fewer than it really affected. */
async function expectRightAboutNodes(seed: number, organisation: Simulated, side: AskedAboutNodes): Promise<void> {
  const dice = new Dice(seed);
  const { people, truth } = organisation;
  const flowsOf = new Map<SimPerson, readonly ToldFlow[]>();
  for (const person of people) {
    const told = await side.about(person);
    flowsOf.set(person, told?.flows.filter(({ actor }) => !actor) ?? []);
  }
  const all = [...flowsOf.values()].flat();
  for (let i = 0; i < NODES_ASKED; i++) {
    const about = dice.pick(all);
    const node = dice.chance(0.5) ? about.to : about.from;
    const aroundMs = Math.floor(about.atUs / 1000);
    const [fromMs, toMs] =
      i === 0
        ? [truth.endUs / 1000 - DAYS_ASKED_MS, truth.endUs / 1000]
        : [aroundMs - 3_600_000 * dice.fraction(), aroundMs + 1];
    const window = { from: Math.floor(fromMs), to: Math.floor(toMs) };
    const isAt = ({ from, to, atUs }: Pick<ToldFlow, 'from' | 'to' | 'atUs'>) =>
      (from === node || to === node) && atUs >= window.from * 1000 && atUs < window.to * 1000;
    const found = await side.affected(node, window.from, window.to);
    const alone = people.filter((person) => flowsOf.get(person)?.some(isAt));
    // On a busy machine somebody may not have been followed, and is then counted as such.
    const asked = `${node} from ${window.from} to ${window.to}`;
    expect(found.searchCut, asked).toBe(false);
    expect(found.people, asked).toBeLessThanOrEqual(alone.length);
    expect(found.people + found.notFollowed, asked).toBeGreaterThanOrEqual(alone.length);
    if (found.notFollowed === 0) expect(found.people, asked).toBe(alone.length);
    if (i > 0) continue;
    const really = people.filter((person) => truth.of(person).some((moved) => moved.told && isAt(moved)));
    expect(found.people + found.notFollowed, asked).toBeGreaterThanOrEqual(really.length);
  }
}

/**
 * Whole traces at a time: with half of a trace, who did something is guessed, and a guess may be right by luck. A delete
 * that comes late rightly takes back what later readers were thought to have found.
 */
test('traces that come later take away nothing true', async () => {
  const key = (one: { traceId: string; from: string; to: string; action: string }) =>
    `${one.traceId} ${one.from} -> ${one.to}: ${one.action}`;
  let compared = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const dice = new Dice(seed);
    for (const organisation of tenantsOf({ seed, size: SIZE, tenants: 1 })) {
      const arrival = new Map(
        [...Map.groupBy(organisation.spans, ({ traceId }) => traceId)].map(([traceId, spans]) => [
          traceId,
          spans.some(({ did }) => did.some(({ action }) => action === 'delete')) ? 0 : dice.fraction(),
        ]),
      );
      const until = (share: number) => ({
        ...organisation,
        spans: organisation.spans.filter(({ traceId }) => (arrival.get(traceId) ?? 0) <= share),
      });
      const stages = [until(0.5), until(0.75), organisation].map(askClosure);
      for (const person of organisation.people) {
        const really = new Set(organisation.truth.of(person).map(key));
        let before: string[] = [];
        for (const stage of stages) {
          const told = (await stage.about(person))?.flows.filter(({ actor }) => !actor) ?? [];
          const now = new Set(told.map(key));
          expect(before.filter((flow) => !now.has(flow))).toEqual([]);
          before = [...now].filter((flow) => really.has(flow));
          compared += before.length;
        }
      }
    }
  }
  expect(compared).toBeGreaterThan(5_000);
});

/** Arrival in any order, some of it twice: what is known must not depend on it. */
test('neither the order nor copies of what arrives change an answer', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const dice = new Dice(seed);
    for (const organisation of tenantsOf({ seed, size: SIZE, tenants: 1 })) {
      const { spans, events } = organisation;
      const mixed = {
        ...organisation,
        spans: dice.shuffled([...spans, ...dice.some(spans, 0.3)]),
        events: dice.shuffled([...events, ...dice.some(events, 0.3)]),
      };
      const [straight, late] = [askClosure(organisation), askClosure(mixed)];
      for (const person of organisation.people) expect(await late.about(person)).toEqual(await straight.about(person));
    }
  }
});
