import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, readRetryAfter, verdictOf } from './retry.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 0, 0);

test.each([
  [200, 'taken'],
  [202, 'taken'],
  [0, 'retry'],
  [429, 'retry'],
  [502, 'retry'],
  [503, 'retry'],
  [504, 'retry'],
  [401, 'endpoint'],
  [403, 'endpoint'],
  [404, 'endpoint'],
  [400, 'dead'],
  [413, 'dead'],
  [302, 'dead'],
  [500, 'broken'],
])('%i means %s', (status, verdict) => expect(verdictOf(status)).toBe(verdict));

test.each([
  ['3', 3_000],
  [' 0 ', 0],
  ['Mon, 23 Nov 2026 09:00:10 GMT', 10_000],
  ['Mon, 23 Nov 2026 08:00:00 GMT', 0],
  ['99999999', 900_000],
  ['soon', null],
  [undefined, null],
])('Retry-After %j is %j ms', (value, ms) => expect(readRetryAfter(value, NOW)).toBe(ms));

test('a pause grows with failures and stays within its bounds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, random) => {
        const ms = backoffMs(failures, 500, 30_000, random);
        expect(ms).toBeGreaterThanOrEqual(500);
        expect(ms).toBeLessThanOrEqual(30_000);
      },
    ),
  );
  expect(backoffMs(20, 500, 30_000, 0.999)).toBeGreaterThan(29_000);
  expect(backoffMs(1, 500, 30_000, 0.999)).toBe(500);
});
