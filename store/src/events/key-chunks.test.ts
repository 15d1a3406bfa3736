import { expect, test } from 'vitest';
import { chunks, KEY_FIELDS, wideChunks } from './key-chunks.ts';

/** As the driver writes a list of texts (`formatQueryParams`): a quote, a backslash and white space take two bytes. */
const written = (keys: readonly string[]) =>
  Buffer.byteLength(`[${keys.map((key) => `'${key.replace(/['\\\t\n\r]/g, '\\$&')}'`).join(',')}]`);

/** What the server takes of one form field. */
const FIELD_BYTES_MAX = 131_072;

test.each([
  ['plain', 'store:postgres://db:5432/shop.public.users#abcdefghijklmnopqrstuv'],
  ['nothing but quotes', `memory:${"'".repeat(500)}`],
  ['nothing but backslashes', `memory:${'\\'.repeat(500)}`],
  ['three bytes a character', `memory:${'漢'.repeat(500)}`],
])('keys of %s fit into the fields they are asked in, and none gets lost', (_, key) => {
  const keys = Array.from({ length: 5_000 }, (_, i) => `${key}${i}`);
  const parts = chunks(keys);
  expect(Math.max(...parts.map(written))).toBeLessThan(FIELD_BYTES_MAX);
  expect(parts.flat().toSorted()).toEqual(keys.toSorted());
});

test('each list is a stretch of the keys in their order, so that a table ordered by them is read once', () => {
  const keys = Array.from({ length: 9_000 }, (_, i) => ((i * 7_919) % 9_000).toString(16).padStart(32, '0'));
  const parts = chunks(keys);
  expect(parts.length).toBeGreaterThan(2);
  expect(parts.flat()).toEqual(keys.toSorted());
});

test('of many keys each query takes as many lists as it has fields, and none gets lost', () => {
  const keys = Array.from({ length: 47_000 }, (_, i) => i.toString(16).padStart(32, '0'));
  const queries = wideChunks(keys);
  expect(queries).toHaveLength(3);
  for (const fields of queries) expect(Object.keys(fields)).toEqual([...KEY_FIELDS]);
  const fields = queries.flatMap((query) => Object.values(query));
  expect(Math.max(...fields.map(written))).toBeLessThan(FIELD_BYTES_MAX);
  expect(fields.flat()).toEqual(keys);
  expect(wideChunks([])).toEqual([]);
});
