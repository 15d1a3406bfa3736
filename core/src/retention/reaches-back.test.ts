import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Reach, reachesBack } from './reaches-back.ts';

const NOW = new Date('2026-11-01T00:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000);
const reach = (servers: readonly (number | null)[], given: Partial<Reach> = {}): Reach => ({
  servers: servers.map((days) => (days === null ? null : daysAgo(days))),
  firstSeen: null,
  limitDays: 400,
  now: NOW,
  ...given,
});

describe('what is held reaches back', () => {
  test('on one server that holds the whole period, or all there has ever been', () => {
    expect(reachesBack(reach([425], { firstSeen: daysAgo(430) }))).toBe(true);
    expect(reachesBack(reach([90], { firstSeen: daysAgo(90) }))).toBe(true);
    expect(reachesBack(reach([90]))).toBe(true);
  });

  test('on several, whose months leave one after the other', () => {
    expect(reachesBack(reach([431, 401, 372]))).toBe(true);
  });

  test('not while one of them holds nothing, or less than the others, also when spans come in again', () => {
    expect(reachesBack(reach([425, null]))).toBe(false);
    expect(reachesBack(reach([425, 3]))).toBe(false);
    expect(reachesBack(reach([120, 3]))).toBe(false);
  });

  test('not after everything was lost: there are people who were seen before anything that is left', () => {
    expect(reachesBack(reach([3], { firstSeen: daysAgo(380) }))).toBe(false);
    expect(reachesBack(reach([null]))).toBe(false);
    expect(reachesBack(reach([]))).toBe(false);
  });

  test('not for ever: a server that has stood as long as rows are kept holds all of them', () => {
    const firstSeen = daysAgo(5_000);
    expect(reachesBack(reach([5_000, 369], { firstSeen }))).toBe(true);
    expect(reachesBack(reach([5_000, 368], { firstSeen }))).toBe(false);
    expect(reachesBack(reach([5_000, 4_000], { firstSeen, limitDays: null }))).toBe(false);
  });

  test('never less because one server holds more than it did', () => {
    const days = fc.integer({ min: 0, max: 800 });
    fc.assert(
      fc.property(fc.array(days, { minLength: 1, maxLength: 4 }), days, fc.nat(100), (servers, first, more) => {
        const youngest = Math.min(...servers);
        const grown = servers.map((each) => (each === youngest ? Math.min(each + more, Math.max(...servers)) : each));
        const firstSeen = daysAgo(first);
        return !reachesBack(reach(servers, { firstSeen })) || reachesBack(reach(grown, { firstSeen }));
      }),
    );
  });
});
