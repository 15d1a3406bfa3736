import { expect, test } from 'vitest';
import { newApiKey, opens, parseBearer } from './api-key.ts';

test('a key opens with its own secret and with no other', () => {
  const [mine, other] = [newApiKey(), newApiKey()];
  const given = parseBearer(mine.bearer.reveal());
  expect(given?.id).toBe(mine.id);
  expect(opens(given?.secret ?? '', mine)).toBe(true);
  expect(opens(given?.secret ?? '', other)).toBe(false);
  expect(opens(given?.secret ?? '', null)).toBe(false);
});

test('ids have one length, and no two keys share id, salt or secret', () => {
  const keys = Array.from({ length: 500 }, () => newApiKey());
  expect(keys.every(({ id }) => /^[0-9a-z]{16}$/.test(id))).toBe(true);
  expect(new Set(keys.flatMap(({ id, salt, bearer }) => [id, salt.toString('hex'), bearer.reveal()])).size).toBe(1500);
});

test('a key does not print', () => {
  const key = newApiKey();
  expect(JSON.stringify(key)).not.toContain(key.bearer.reveal());
});

test.each([
  '',
  'vst_',
  'Bearer vst_0123456789abcdef_x',
  `vst_${'0'.repeat(16)}_${'A'.repeat(44)}`,
  `vst_${'G'.repeat(16)}_${'A'.repeat(43)}`,
])('%j is no key', (text) => {
  expect(parseBearer(text)).toBeNull();
});
