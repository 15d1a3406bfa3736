import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DebtBucket } from './debt-bucket.ts';

test('a full bucket lets a burst through and then asks for a wait', () => {
  const bucket = new DebtBucket(100, 10, 0);
  bucket.charge(999, 0);
  expect(bucket.waitMs(0)).toBe(0);
  bucket.charge(1, 0);
  expect(bucket.waitMs(0)).toBe(10);
});

test('a debt is told exactly: before the wait is over there is no room, after it there is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 10_000_000 }),
      (perS, burstS, cost) => {
        const bucket = new DebtBucket(perS, burstS, 0);
        bucket.charge(perS * burstS + cost, 0);
        const waitMs = bucket.waitMs(0);
        expect(waitMs).toBeGreaterThanOrEqual((cost / perS) * 1000);
        expect(bucket.waitMs((cost / perS) * 1000 - 1)).toBeGreaterThan(0);
        expect(bucket.waitMs(waitMs)).toBe(0);
      },
    ),
  );
});

test('whoever sends whenever there is room gets the rate over time, never more than a request above it', () => {
  const costs = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 50, maxLength: 200 });
  fc.assert(
    fc.property(costs, (charged) => {
      const bucket = new DebtBucket(100, 5, 0);
      let nowMs = 0;
      let sent = 0;
      for (const cost of charged) {
        nowMs += bucket.waitMs(nowMs);
        bucket.charge(cost, nowMs);
        sent += cost;
        expect(sent).toBeLessThanOrEqual(100 * (5 + nowMs / 1000) + 500);
      }
    }),
  );
});

test('a clock that steps back gives nothing and takes nothing', () => {
  const bucket = new DebtBucket(10, 1, 1000);
  bucket.charge(20, 1000);
  const wait = bucket.waitMs(1000);
  expect(bucket.waitMs(0)).toBe(wait);
  expect(bucket.waitMs(1000 + wait)).toBe(0);
});
