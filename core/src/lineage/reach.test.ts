import { expect, test } from 'vitest';
import { Reach } from './reach.ts';

test('people go from trace to trace over keys and messages, never back, and not to where only they themselves were', () => {
  const reach = new Reach(100);
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
  const reach = new Reach(100);
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
  const reach = new Reach(2);
  for (const person of ['ada', 'bob', 'cleo']) reach.tagged('t1', person);
  reach.hearsTrace('t2', 't1');
  reach.settle();
  expect(reach.cut).toBe(true);
  expect(reach.fed('t2').size).toBeLessThan(3);
});
