import { derive, type TenantKey } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACME, JANE } from '../testing/options.ts';
import { BAGGAGE_BYTES_MAX, seal, unseal } from './seal.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 30);
const DAY = 86_400_000;
const token = fc
  .tuple(fc.constantFrom('k2026a', 'k2025', 'old'), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(([kid, bytes]) => `ps1.${kid}.${Buffer.from(bytes).toString('base64url')}`);
const tokens = fc.uniqueArray(token, { minLength: 1, maxLength: 24 });
const carried = (list: readonly string[]) => ({ tokens: list, set: '', count: list.length });

describe('a sealed subject', () => {
  test('comes out as it went in, under several key ids, without characters that would be encoded', () => {
    fc.assert(
      fc.property(tokens, (list) => {
        const value = seal(ACME, carried(list), NOW);
        expect(unseal(ACME, value, NOW, DAY)).toEqual(carried(list));
        expect(encodeURIComponent(value)).toBe(value);
      }),
    );
  });

  test('of 32 people under one key fits into 1 KiB', () => {
    const list = Array.from({ length: 32 }, (_, i) => `ps1.k2026a.${Buffer.alloc(16, i).toString('base64url')}`);
    const value = seal(ACME, carried(list), NOW);
    expect(value.length).toBeGreaterThan(0);
    expect(value.length).toBeLessThanOrEqual(BAGGAGE_BYTES_MAX);
  });

  test('of a set carries the set and its size', () => {
    const set = { tokens: [], set: 'set_01JD3Q', count: 12_000 };
    expect(unseal(ACME, seal(ACME, set, NOW), NOW, DAY)).toEqual(set);
  });

  test('of nobody is nothing', () => expect(seal(ACME, carried([]), NOW)).toBe(''));

  test('does not survive the change of any one character', () => {
    const value = seal(ACME, carried([JANE]), NOW);
    fc.assert(
      fc.property(fc.nat(value.length - 1), fc.constantFrom(...'abzAZ019-_.!~'), (at, character) => {
        fc.pre(value[at] !== character);
        const altered = value.slice(0, at) + character + value.slice(at + 1);
        expect(unseal(ACME, altered, NOW, DAY)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  test.each<[string, TenantKey]>([
    ['key', { ...ACME, key: new Secret(new Uint8Array(32).fill(8)) }],
    ['tenant', { ...ACME, tenant: 'other' }],
    ['key id', { ...ACME, kid: 'k2027' }],
  ])('does not open under another %s', (_, other) => {
    expect(unseal(other, seal(ACME, carried([JANE]), NOW), NOW, DAY)).toBeNull();
  });

  test('opens until it is too old, and not before its time', () => {
    const value = seal(ACME, carried([JANE]), NOW);
    expect(unseal(ACME, value, NOW + DAY, DAY)).not.toBeNull();
    expect(unseal(ACME, value, NOW + DAY + 120_000, DAY)).toBeNull();
    expect(unseal(ACME, value, NOW - 4 * 60_000, DAY)).not.toBeNull();
    expect(unseal(ACME, value, NOW - 10 * 60_000, DAY)).toBeNull();
  });

  test('arbitrary texts neither open nor throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((s) => `1.abc.t${s}.${'A'.repeat(22)}`),
        ),
        (text) => {
          expect(unseal(ACME, text, NOW, DAY)).toBeNull();
        },
      ),
    );
  });

  test('is sealed under a key of its own', () => {
    expect(derive(ACME, 'baggage').equals(derive(ACME, 'email'))).toBe(false);
  });
});
