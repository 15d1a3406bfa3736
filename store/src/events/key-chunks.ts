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
