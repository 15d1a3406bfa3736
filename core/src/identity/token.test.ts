import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VestigeError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { SubjectKeyring } from './keyring.ts';
import { normalise } from './normalise.ts';
import { kidOf, recordRef, subjectToken, type TenantKey, TOKEN } from './token.ts';

const acme: TenantKey = { key: new Secret(new Uint8Array(32).fill(7)), tenant: 'acme', kid: 'k2026a' };
const tokenOf = (type: string, value: string, region?: string) =>
  subjectToken(acme, type, normalise(type, value, region ? { defaultRegion: region } : {}));

// Key 32 × 0x07, tenant acme, kid k2026a: the published vectors every SDK must meet.
describe('token vectors', () => {
  test.each([
    ['email', ' Jane.Doe+x@Exämple.COM ', undefined, 'zyiJtmbyXinbPYLSJ_ozvw'],
    ['email', 'jane.doe+x@xn--exmple-cua.com', undefined, 'zyiJtmbyXinbPYLSJ_ozvw'],
    ['email', 'janedoe@example.com', undefined, 'WpAh_HzLOnCSJaLeebZ6HA'],
    ['phone', '+33 6 12 34 56 78', undefined, 'AJ1hs6fpLfnSKV62b7LQmA'],
    ['phone', '06 12 34 56 78', 'FR', 'AJ1hs6fpLfnSKV62b7LQmA'],
  ])('%s %j (%s)', (type, value, region, mac) => {
    expect(tokenOf(type, value, region)).toBe(`ps1.k2026a.${mac}`);
  });

  test('opaque ids that differ in case are two people', () => {
    expect(tokenOf('user_id', 'U-00042')).not.toBe(tokenOf('user_id', 'u-00042'));
  });
});

describe('normalisation', () => {
  test.each([
    ['email', 'no-at-sign'],
    ['email', '@example.com'],
    ['email', 'jane@'],
    ['phone', '12'],
    ['phone', '06 12 34 56 78'],
    ['user_id', ''],
    ['Bad Type', 'x'],
    ['user_id', 'x'.repeat(513)],
  ])('refuses %s %j without repeating it', (type, value) => {
    let error: unknown;
    try {
      normalise(type, value);
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(VestigeError);
    if (value.length > 2) expect(String(error)).not.toContain(value);
  });

  test('a normalised e-mail normalises to itself', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (email) => {
        const once = normalise('email', email);
        expect(normalise('email', once)).toBe(once);
      }),
    );
  });

  test('dots and tags of a local part are kept', () => {
    expect(tokenOf('email', 'jane.doe@example.com')).not.toBe(tokenOf('email', 'janedoe@example.com'));
  });
});

describe('keys', () => {
  test('another tenant, kid or type gives another token', () => {
    const value = normalise('user_id', '42');
    const tokens = [
      subjectToken(acme, 'user_id', value),
      subjectToken({ ...acme, tenant: 'other' }, 'user_id', value),
      subjectToken({ ...acme, kid: 'k2026b' }, 'user_id', value),
      subjectToken(acme, 'account_id', value),
    ].map((token) => token.split('.')[2]);
    expect(new Set(tokens).size).toBe(4);
  });

  test('a short key is refused and not printed', () => {
    const weak: TenantKey = { ...acme, key: new Secret(new Uint8Array(16).fill(9)) };
    expect(() => subjectToken(weak, 'email', 'a@example.com')).toThrow(/at least 32 bytes/);
    expect(`${JSON.stringify(weak)}${weak.key}`).toContain('[secret]');
  });

  test('tokens and record refs have one form', () => {
    expect(tokenOf('email', 'a@example.com')).toMatch(TOKEN);
    expect(kidOf(tokenOf('email', 'a@example.com'))).toBe('k2026a');
    expect(kidOf('a@example.com')).toBeNull();
    expect(recordRef(acme, 'store:sqlite:/crm.db/customers', '7')).toMatch(
      /^store:sqlite:\/crm\.db\/customers#[A-Za-z0-9_-]{22}$/,
    );
  });

  test('a keyring answers under every live key and for nobody else', () => {
    const ring = new SubjectKeyring([{ ...acme, kid: 'k2026b' }, acme]);
    expect(ring.tokensFor('acme', 'email', 'janedoe@example.com').map(kidOf)).toEqual(['k2026b', 'k2026a']);
    expect(ring.tokensFor('other', 'email', 'janedoe@example.com')).toEqual([]);
    expect(ring.has('other')).toBe(false);
  });
});
