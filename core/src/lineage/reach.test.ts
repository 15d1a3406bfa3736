import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reach } from './reach.ts';

test('people go from trace to trace over keys and messages, never back, and not to where only they themselves were', () => {
  const reach = new Reach(100, 1_000);
  reach.tagged('t1', 'ada');
  reach.tells('t1', 'record');
  reach.hears('t1', 'record');
  reach.hears('t2', 'record');
  reach.hearsTrace('t3', 't2');
  reach.tagged('t3', 'bob');
  reach.settle();
  expect(reach.fed('t1')).toEqual(new Set());
  expect(reach.fed('t2')).toEqual(new Set(['ada']));
  expect(reach.fed('t3')).toEqual(new Set(['ada']));
  expect(reach.fed('t4')).toEqual(new Set());
});

test('what went out and came back over another trace is fed', () => {
  const reach = new Reach(100, 1_000);
  reach.tagged('t1', 'ada');
  reach.tells('t1', 'turn');
  reach.hears('t2', 'turn');
  reach.tells('t2', 'turn');
  reach.hears('t1', 'turn');
  reach.settle();
  expect(reach.fed('t1')).toEqual(new Set(['ada']));
  expect(reach.cut).toBe(false);
});

test('more people than may be held are left out, and that is said', () => {
  const reach = new Reach(2, 1_000);
  for (const person of ['ada', 'bob', 'cleo']) reach.tagged('t1', person);
  reach.hearsTrace('t2', 't1');
  reach.tagged('t2', 'dora');
  reach.hearsTrace('t3', 't2');
  reach.settle();
  expect(reach.cut).toBe(true);
  expect(reach.fed('t3').size).toBeLessThan(4);
});

test('a crowd that each has to be let through every key is given up rather than counted out, and that is said', () => {
  const reach = new Reach(1_000_000, 10_000);
  for (let person = 0; person < 300; person += 1) reach.tagged('t0', `p${person}`);
  for (let i = 0; i < 100; i += 1) {
    reach.tells('t0', `k${i}`);
    for (let trace = 1; trace < 100; trace += 1) reach.hears(`t${trace}`, `k${i}`);
  }
  reach.settle();
  expect(reach.cut).toBe(true);
});

/** By its definition: over a path of at least one step that meets another trace than the one asked about. */
function fedByHand(
  edges: readonly (readonly [string, string])[],
  tagged: readonly (readonly [string, string])[],
  trace: string,
) {
  return new Set(
    tagged
      .filter(([from]) => {
        const seen = new Set<string>();
        const queue = [{ node: from, met: from !== trace }];
        for (const { node, met } of queue) {
          for (const [, to] of edges.filter(([a]) => a === node)) {
            const meets = met || (to.startsWith('t') && to !== trace);
            if (to === trace && meets) return true;
            if (seen.has(`${to} ${meets}`)) continue;
            seen.add(`${to} ${meets}`);
            queue.push({ node: to, met: meets });
          }
        }
        return false;
      })
      .map(([, person]) => person),
  );
}

const TRACES = ['t0', 't1', 't2', 't3', 't4'];
const KEYS = ['k0', 'k1', 'k2', 'k3'];
test('whoever can have come to a trace over others is told for it, in circles or not, and nobody else', () => {
  let fed = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...TRACES), fc.constantFrom('hears', 'tells', 'links'), fc.nat({ max: 3 })), {
        maxLength: 14,
      }),
      fc.array(fc.tuple(fc.constantFrom(...TRACES), fc.constantFrom('ada', 'bob', 'cleo')), { maxLength: 5 }),
      (drawn, tagged) => {
        const reach = new Reach(1_000, 100_000);
        const edges = drawn.map(([trace, how, to]): [string, string] => {
          const [key = '', other = ''] = [KEYS[to], TRACES[to]];
          if (how === 'hears') reach.hears(trace, key);
          else if (how === 'tells') reach.tells(trace, key);
          else reach.hearsTrace(trace, other);
          return how === 'hears' ? [key, trace] : how === 'tells' ? [trace, key] : [other, trace];
        });
        for (const [trace, person] of tagged) reach.tagged(trace, person);
        reach.settle();
        for (const trace of TRACES) {
          expect([...reach.fed(trace)].sort()).toEqual([...fedByHand(edges, tagged, trace)].sort());
          fed += reach.fed(trace).size;
        }
        expect(reach.cut).toBe(false);
      },
    ),
    { numRuns: 500 },
  );
  expect(fed).toBeGreaterThan(100);
});

test('people of traces that all reach each other are held once, however many traces those are', () => {
  const reach = new Reach(2_000, 100_000);
  for (let i = 0; i < 1_000; i += 1) {
    reach.tells(`t${i}`, 'conversation');
    reach.hears(`t${i}`, 'conversation');
    reach.tagged(`t${i}`, `p${i}`);
  }
  reach.settle();
  expect([reach.fed('t7').size, reach.cut]).toEqual([1_000, false]);
});

test('a chain of a hundred thousand traces is gone along without running out of stack', () => {
  const reach = new Reach(1_000, 1_000_000);
  for (let i = 1; i < 100_000; i += 1) reach.hearsTrace(`t${i}`, `t${i - 1}`);
  reach.tagged('t0', 'ada');
  reach.settle();
  expect(reach.fed('t99999')).toEqual(new Set(['ada']));
});
