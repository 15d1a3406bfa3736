import type { Flow } from '@vestige/core/lineage/flow';
import { expect, test } from 'vitest';
import { PathCache } from './path-cache.ts';

const flows = (n: number) => Array.from({ length: n }, () => ({}) as Flow);

test('a path is held for a minute and not a moment longer', () => {
  let nowMs = 0;
  const cache = new PathCache(() => nowMs);
  const path = flows(3);
  cache.set('ada', path);
  nowMs = 59_999;
  expect(cache.get('ada')).toBe(path);
  nowMs = 60_000;
  expect(cache.get('ada')).toBeNull();
});

test('what is held is bounded in paths and in flows, the oldest goes first', () => {
  const cache = new PathCache(() => 0);
  for (let i = 0; i < 20; i += 1) cache.set(`person ${i}`, flows(1));
  expect(cache.get('person 3')).toBeNull();
  expect(cache.get('person 4')).not.toBeNull();
  cache.set('heavy', flows(500_000));
  expect(cache.get('heavy')).toHaveLength(500_000);
  expect(cache.get('person 19')).toBeNull();
  cache.set('heavier', flows(500_001));
  expect(cache.get('heavier')).toBeNull();
});
