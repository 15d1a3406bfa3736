/**
 * Keys in one query. The server refuses a form field of more than 128 KiB before it has read any setting that would
 * allow more.
 */
const KEYS_PER_QUERY_MAX = 2_500;
const KEY_BYTES_PER_QUERY_MAX = 100_000;
/** What the driver puts a backslash before. A client that names its stores in quotes must not make a read fail. */
const ESCAPED = /['\\\t\n\r]/g;
/** Two quotes and a comma. */
const AROUND_BYTES = 3;

/**
 * Keys in as few lists as one query each may carry, in order: tables are ordered by these keys, so that each query reads
 * its own stretch of them and not, as keys in any order would, a little of everything.
 */
export function chunks(keys: readonly string[]): string[][] {
  const parts: string[][] = [];
  let part: string[] = [];
  let bytes = 0;
  for (const key of keys.toSorted()) {
    const keyBytes = Buffer.byteLength(key) + (key.match(ESCAPED)?.length ?? 0) + AROUND_BYTES;
    if (part.length >= KEYS_PER_QUERY_MAX || bytes + keyBytes > KEY_BYTES_PER_QUERY_MAX) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(key);
    bytes += keyBytes;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

/** Fields of one query: for tables that are not ordered by the keys, of which each query reads all. */
export const KEY_FIELDS = ['keys0', 'keys1', 'keys2', 'keys3', 'keys4', 'keys5', 'keys6', 'keys7'] as const;
type KeyFields = Readonly<Record<(typeof KEY_FIELDS)[number], readonly string[]>>;

/** All keys of the fields, as an array. */
export const KEYS_OF_FIELDS = `arrayConcat(${KEY_FIELDS.map((name) => `{${name}: Array(String)}`).join(', ')})`;

/** Keys in as few queries as {@link KEY_FIELDS} allow, in order; unused fields are empty. */
export function wideChunks(keys: readonly string[]): KeyFields[] {
  const parts = chunks(keys);
  return Array.from({ length: Math.ceil(parts.length / KEY_FIELDS.length) }, (_, query) => {
    const fields = KEY_FIELDS.map((name, i) => [name, parts[query * KEY_FIELDS.length + i] ?? []]);
    return Object.fromEntries(fields) as KeyFields;
  });
}
