import { expect, test } from 'vitest';
import { type ApiKey, inOrder, isPast, keyState } from './key-state.ts';

const NOW = Date.UTC(2026, 2, 1);
const day = (n: number) => new Date(NOW + n * 86_400_000).toISOString();
const key = (id: string, more: Partial<ApiKey> = {}): ApiKey => ({
  id,
  name: id,
  role: 'viewer',
  scopes: ['lineage:read'],
  person: 'staff-1',
  createdAt: day(-10),
  expiresAt: null,
  revokedAt: null,
  replaces: null,
  ...more,
});

test.each([
  ['without an end', {}, 'living'],
  ['with an end far away', { expiresAt: day(90) }, 'living'],
  ['that ends within two weeks', { expiresAt: day(13) }, 'ending'],
  ['that has ended', { expiresAt: day(0) }, 'expired'],
  ['that was revoked before its end', { expiresAt: day(90), revokedAt: day(-1) }, 'revoked'],
] as const)('a key %s is told apart', (_title, more, state) => {
  expect(keyState(key('k', more), NOW)).toBe(state);
});

test('keys that open something come first, the newest of each before the others', () => {
  const keys = [
    key('old'),
    key('gone', { revokedAt: day(-1), createdAt: day(-1) }),
    key('new', { createdAt: day(-2) }),
  ];
  expect(inOrder(keys, NOW).map(({ id }) => id)).toEqual(['new', 'old', 'gone']);
  expect(keys.filter((each) => isPast(each, NOW)).map(({ id }) => id)).toEqual(['gone']);
});
