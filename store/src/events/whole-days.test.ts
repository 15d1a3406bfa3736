import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutAtMidnights, dayAround, daysBeside, windowOfDay } from './whole-days.ts';

const DAY_US = 86_400_000_000;
const noon = Date.UTC(2026, 10, 20, 12) * 1000;

test('an open window is whole days only', () => {
  expect(cutAtMidnights({ fromUs: null, toUs: null })).toEqual({ days: { first: 0, last: 99_999_999 }, edges: [] });
});

test('a window from noon to noon has a whole day between two halves', () => {
  expect(cutAtMidnights({ fromUs: noon, toUs: noon + 2 * DAY_US })).toEqual({
    days: { first: 20261121, last: 20261121 },
    edges: [
      { fromUs: noon, toUs: noon + DAY_US / 2 },
      { fromUs: noon + 1.5 * DAY_US, toUs: noon + 2 * DAY_US },
    ],
  });
});

test('a window within a day, or over one midnight only, has no whole day', () => {
  for (const toUs of [noon, noon + 1, noon + DAY_US]) {
    expect(cutAtMidnights({ fromUs: noon, toUs })).toEqual({ days: null, edges: [{ fromUs: noon, toUs }] });
  }
});

test('the pieces of a window are the window, each instant once', () => {
  const instant = fc.integer({ min: 0, max: 40 * 48 }).map((halfHours) => (halfHours * DAY_US) / 48);
  fc.assert(
    fc.property(instant, instant, instant, (fromUs, toUs, at) => {
      const { days, edges } = cutAtMidnights({ fromUs, toUs });
      const inDays = days !== null && at >= windowOfDay(days.first).fromUs && at < windowOfDay(days.last).toUs;
      const pieces = edges.filter((edge) => at >= (edge.fromUs ?? 0) && at < (edge.toUs ?? 0)).length + Number(inDays);
      expect(pieces).toBe(at >= fromUs && at < toUs ? 1 : 0);
    }),
  );
});

test('a day around never begins before time does', () => {
  expect(dayAround({ fromUs: 5, toUs: null })).toEqual({ fromUs: 0, toUs: null });
});

test('the days beside a window are those it lies in and one more at either end, over months and without an end', () => {
  const endOfMonth = { fromUs: Date.UTC(2026, 10, 30) * 1000, toUs: Date.UTC(2026, 11, 1) * 1000 };
  expect(daysBeside(endOfMonth)).toEqual({ first: 20261129, last: 20261201 });
  expect(daysBeside({ fromUs: noon, toUs: noon + 1 })).toEqual({ first: 20261119, last: 20261121 });
  expect(daysBeside({ fromUs: null, toUs: null })).toEqual({ first: 0, last: 99_999_999 });
});
