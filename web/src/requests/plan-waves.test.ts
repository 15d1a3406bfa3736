import { expect, test } from 'vitest';
import { type Target, wavesOf } from './plan-waves.ts';

const target = (node: string, ...after: string[]): Target => ({
  node,
  after,
  action: 'erase',
  origin: 'residency',
  confidence: 'declared',
  counted: null,
});
const nodesOf = (waves: Target[][]) => waves.map((wave) => wave.map(({ node }) => node));

test('what waits for nobody comes first, and everything comes after all it waits for', () => {
  const plan = [target('d', 'b', 'c'), target('b', 'a'), target('c'), target('a')];
  expect(nodesOf(wavesOf(plan))).toEqual([['c', 'a'], ['b'], ['d']]);
});

test('what is not in the plan is not waited for', () => {
  expect(nodesOf(wavesOf([target('a', 'elsewhere')]))).toEqual([['a']]);
});

test('a circle that should not be there hangs nobody', () => {
  expect(
    nodesOf(wavesOf([target('a', 'b'), target('b', 'a')]))
      .flat()
      .sort(),
  ).toEqual(['a', 'b']);
});

test('no targets are no waves', () => {
  expect(wavesOf([])).toEqual([]);
});
