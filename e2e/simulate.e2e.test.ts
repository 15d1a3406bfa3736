import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askClosure } from './src/simulate/closure-alone.ts';
import { Dice } from './src/simulate/dice.ts';
import type { Report } from './src/simulate/report.ts';
import { measured, simulateAndAsk, tenantsOf } from './src/simulate/run.ts';
import { type SimulationStack, startSimulationStack } from './src/simulate/whole-stack.ts';

/**
 * Organisations that know what they really did, against what Vestige says about their people. Most histories go through
 * recognisers and closure alone, which takes milliseconds; some through a running collector, real engines and the API.
 * `npm run simulate` does either with any seed and size.
 */

const CLOSURE_SEEDS = 50;
const STACK_SEEDS = 8;
const SIZE = { people: 12, days: 3 };

function expectRight({ recall, precision, againstTime, crossTenant, missed, wrong, faults }: Report): void {
  expect(missed).toEqual([]);
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
    });
  });
});

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
