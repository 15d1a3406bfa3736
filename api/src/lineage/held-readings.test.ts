import { expect, test } from 'vitest';
import { HeldReadings } from './held-readings.ts';

const rows = (n: number) => Array.from({ length: n }, () => ({}));
const limits = { keptMs: 60_000, weightOf: ({ length }: { length: number }) => length, weightMax: 500_000 };

test('a reading is held for as long as was said and not a moment longer', () => {
  let nowMs = 0;
  const held = new HeldReadings(() => nowMs, limits);
  const path = rows(3);
  held.set('ada', path);
  nowMs = 59_999;
  expect(held.get('ada')).toBe(path);
  nowMs = 60_000;
  expect(held.get('ada')).toBeNull();
});

test('what is held is bounded in readings and in their weight, the oldest goes first', () => {
  const held = new HeldReadings(() => 0, limits);
  for (let i = 0; i < 20; i += 1) held.set(`person ${i}`, rows(1));
  expect(held.get('person 3')).toBeNull();
  expect(held.get('person 4')).not.toBeNull();
  held.set('heavy', rows(500_000));
  expect(held.get('heavy')).toHaveLength(500_000);
  expect(held.get('person 19')).toBeNull();
});

test('a reading that is too heavy to be held puts out nobody, but what was held in its place', () => {
  const held = new HeldReadings(() => 0, limits);
  held.set('another', rows(3));
  held.set('heavy', rows(1));
  held.set('heavy', rows(500_001));
  expect(held.get('heavy')).toBeNull();
  expect(held.get('another')).toHaveLength(3);
});
