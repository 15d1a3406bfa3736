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
  reach.settle();
  expect(reach.cut).toBe(true);
  expect(reach.fed('t2').size).toBeLessThan(3);
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

test('who is asked about more often than can be looked at is told fewer people, and that is said from then on', () => {
  const reach = new Reach(1_000, 1_000);
  for (let person = 0; person < 300; person += 1) reach.tagged('t1', `p${person}`);
  reach.hearsTrace('t2', 't1');
  reach.settle();
  const asked = Array.from({ length: 4 }, () => [reach.fed('t2').size, reach.cut]);
  expect(asked).toEqual([
    [300, false],
    [300, false],
    [300, false],
    [100, true],
  ]);
});
