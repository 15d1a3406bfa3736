import { TenantId } from '@vestige/core/ids';
import { expect, test } from 'vitest';
import { TenantQuotas } from './tenant-quotas.ts';

const [ACME, RIVAL] = [TenantId.parse(1), TenantId.parse(2)];

function quotas(spansPerS = 100, bytesPerS = 0) {
  const clock = { ms: 0 };
  return { clock, quotas: new TenantQuotas({ spansPerS, bytesPerS, burstS: 1 }, () => clock.ms) };
}
const refusal = (run: () => void): unknown => {
  try {
    run();
    return null;
  } catch (error) {
    return error;
  }
};

test('a tenant in debt is refused with the time until it is paid, and another is not', () => {
  const { clock, quotas: book } = quotas();
  book.admit(ACME);
  book.charge(ACME, 'spans', 300);
  const refused = refusal(() => book.admit(ACME));
  expect(refused).toMatchObject({ code: 'rate_limited', facts: { retryAfterMs: 2010 } });
  expect(refusal(() => book.admit(RIVAL))).toBeNull();
  clock.ms = 2010;
  expect(refusal(() => book.admit(ACME))).toBeNull();
});

test('without limits nobody is ever refused', () => {
  const { quotas: book } = quotas(0, 0);
  book.charge(ACME, 'spans', 1e12);
  book.charge(ACME, 'bytes', 1e15);
  expect(refusal(() => book.admit(ACME))).toBeNull();
});

test('a quota of one’s own comes before the default, and null falls back to it', () => {
  const { quotas: book } = quotas(100, 1000);
  book.replace(new Map([[ACME, { spansPerS: 0, bytesPerS: null }]]));
  book.charge(ACME, 'spans', 1e9);
  expect(refusal(() => book.admit(ACME))).toBeNull();
  book.charge(ACME, 'bytes', 2000);
  expect(refusal(() => book.admit(ACME))).toMatchObject({ code: 'rate_limited' });
});

test('a debt outlives a change of the other limit, and a new limit begins without one', () => {
  const { quotas: book } = quotas(100, 1000);
  book.charge(ACME, 'spans', 10_000);
  book.replace(new Map([[ACME, { spansPerS: null, bytesPerS: 5 }]]));
  expect(refusal(() => book.admit(ACME))).toMatchObject({ code: 'rate_limited' });
  book.replace(new Map([[ACME, { spansPerS: 200, bytesPerS: 5 }]]));
  expect(refusal(() => book.admit(ACME))).toBeNull();
});
