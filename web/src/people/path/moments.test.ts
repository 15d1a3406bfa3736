import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ageOf, MOMENTS_MAX, momentsOf, stepMs } from './moments.ts';

const edges = (...moments: number[]) => moments.map((firstMs) => ({ firstMs }));

describe('the slider of time', () => {
  test('stops once at each moment at which the path grew', () => {
    expect(momentsOf(edges(30, 10, 20, 10))).toEqual([10, 20, 30]);
    expect(momentsOf([])).toEqual([]);
  });

  test('has a bounded number of places, of which the last shows everything', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1, maxLength: 2_000 }), (firsts) => {
        const moments = momentsOf(edges(...firsts));
        expect(moments.length).toBeLessThanOrEqual(MOMENTS_MAX);
        expect(moments).toEqual(moments.toSorted((a, b) => a - b));
        const last = moments.length - 1;
        expect(firsts.some((first) => ageOf(first, moments, last) === 'later')).toBe(false);
      }),
    );
  });

  test('each line is new at one place, not there before it and there after it', () => {
    const moments = momentsOf(edges(10, 20, 30));
    expect([0, 1, 2].map((until) => ageOf(20, moments, until))).toEqual(['later', 'fresh', 'past']);
  });

  test('shows everything, and nothing as new, while nobody moves it', () => {
    expect(ageOf(20, [10, 20], null)).toBe('past');
  });

  test('plays a long path as fast as a short one lets one look', () => {
    expect(stepMs(2)).toBe(1_200);
    expect(stepMs(MOMENTS_MAX) * MOMENTS_MAX).toBeLessThan(20_000);
  });
});
