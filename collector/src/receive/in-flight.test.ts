import { TenantId } from '@vestige/core/ids';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InFlight, type Reservation } from './in-flight.ts';

const MIB = 1024 * 1024;
const tenants = [1, 2, 3, 4, 5].map((id) => TenantId.parse(id));
const [NOISY, QUIET] = tenants as [TenantId, TenantId];
const code = (run: () => unknown): unknown => {
  try {
    run();
    return 'taken';
  } catch (error) {
    return (error as { code?: string }).code;
  }
};
/** Takes megabytes until told to stop. */
const fill = (inFlight: InFlight, tenant: TenantId): Reservation => {
  const held = inFlight.open(tenant);
  while (code(() => held.grow(MIB)) === 'taken');
  return held;
};

describe('bytes in flight', () => {
  test('one tenant alone gets half, and is told that it is its own share', () => {
    const inFlight = new InFlight(64 * MIB);
    const held = fill(inFlight, NOISY);
    expect(inFlight.bytes / MIB).toBeCloseTo(31, 0);
    expect(code(() => held.grow(2 * MIB))).toBe('rate_limited');
  });

  test('however many tenants flood, one that holds nothing finds room', () => {
    const inFlight = new InFlight(64 * MIB);
    for (const tenant of tenants.slice(1)) fill(inFlight, tenant);
    const mine = inFlight.open(tenants[0] as TenantId);
    expect(code(() => mine.grow(MIB))).toBe('taken');
  });

  test('a body larger than what is left is the collector’s trouble, not the tenant’s', () => {
    const inFlight = new InFlight(4 * MIB);
    fill(inFlight, NOISY);
    expect(code(() => inFlight.open(QUIET).grow(3 * MIB))).toBe('store_unavailable');
  });

  test('what a request held is free again after it, and after it nothing is held', () => {
    const inFlight = new InFlight(MIB);
    const request = inFlight.open(NOISY);
    request.grow(100_000);
    expect(inFlight.bytes).toBeGreaterThan(100_000);
    request.close();
    request.close();
    expect(code(() => request.grow(1))).toBe('bad_request');
    expect([inFlight.bytes, inFlight.requests]).toEqual([0, 0]);
  });

  test('requests without bodies have an end, too', () => {
    const inFlight = new InFlight(MIB);
    expect(() => {
      for (let i = 0; i < 10_000; i += 1) inFlight.open(NOISY);
    }).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  });

  test('no order of requests takes more than the limit or leaves anything behind', () => {
    const step = fc.record({ tenant: fc.constantFrom(...tenants), bytes: fc.nat(2 * MIB), close: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const inFlight = new InFlight(8 * MIB);
        const open: Reservation[] = [];
        for (const { tenant, bytes, close } of steps) {
          if (close) open.shift()?.close();
          else
            code(() => {
              const reservation = inFlight.open(tenant);
              open.push(reservation);
              reservation.grow(bytes);
            });
          expect(inFlight.bytes).toBeLessThanOrEqual(8 * MIB);
        }
        for (const reservation of open) reservation.close();
        expect([inFlight.bytes, inFlight.requests]).toEqual([0, 0]);
      }),
    );
  });
});
