import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from './src/simulate/report.ts';
import { measured, simulateAndAsk, tenantsOf } from './src/simulate/run.ts';
import { type SimulationStack, startSimulationStack } from './src/simulate/whole-stack.ts';

/**
 * Organisations that know what they really did, against what Vestige says about their people. Most histories go through
 * recognisers and closure alone, which takes milliseconds; the last ones through a running collector, real engines and
 * the API. `npm run simulate` does either with any seed and size.
 */

const CLOSURE_SEEDS = 100;
const STACK_SEEDS = 10;

function expectRight({ recall, precision, againstTime, crossTenant, missed, wrong }: Report): void {
  expect(missed).toEqual([]);
  expect(recall).toEqual({ nodes: 1, edges: 1, residency: 1, recipients: 1 });
  expect(Object.keys(wrong).filter((why) => why.startsWith('declared') || why.includes('unexplained'))).toEqual([]);
  expect({ declared: precision.declared, againstTime, crossTenant }).toEqual({
    declared: 1,
    againstTime: 0,
    crossTenant: 0,
  });
}

describe('of what happened and was told nothing is missing, and what is declared happened', () => {
  test.each(Array.from({ length: CLOSURE_SEEDS / 20 }, (_, i) => i * 20 + 1))(
    'closure alone, 20 seeds from %i',
    async (from) => {
      for (let seed = from; seed < from + 20; seed++) {
        expectRight(await simulateAndAsk({ seed, size: { people: 12, days: 3 }, tenants: 2, through: 'closure' }));
      }
    },
  );
});

describe('through the whole system', () => {
  let stack: SimulationStack;
  beforeAll(async () => {
    stack = await startSimulationStack();
  });
  afterAll(() => stack.stop());

  test.each(Array.from({ length: STACK_SEEDS }, (_, i) => i + 1))('seed %i', async (seed) => {
    const organisations = tenantsOf({ seed, size: { people: 5, days: 2 }, tenants: 2 });
    expectRight(await measured(seed, organisations, await stack.tell(`seed-${seed}`, organisations)));
  });
});
