/** Keys and paths without the parts that name a person or a record (ruling 24). */

const SEGMENTS_MAX = 16;
const REDUCED_CHARS_MAX = 256;
const VARIABLE =
  /^(?:\d+|[0-9a-f]{8,}|\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?|[\s\S]{25,}|[\s\S]*(?:@|%40|\[(?:email|phone|card)\])[\s\S]*)$/i;

/** Is this segment a number, a UUID, hex of 8 or more, longer than 24 characters, or does it contain `@`? */
export function isVariable(segment: string): boolean {
  return VARIABLE.test(segment);
}

/**
 * Pattern of a Redis or object-store key: `session:4711:cart` → `session:*:cart`. Separators `:` and `/` are kept; runs
 * of `*` collapse, so that composite ids of any depth share one pattern.
 */
export function reduceKey(key: string): string {
  const parts = key.slice(0, 4096).split(/([:/])/);
  let out = '';
  let segments = 0;
  for (const part of parts) {
    if (part === ':' || part === '/') {
      out += part;
      continue;
    }
    if (segments++ >= SEGMENTS_MAX) return `${out}*`.slice(0, REDUCED_CHARS_MAX);
    out += reduceSegment(part);
  }
  return out.slice(0, REDUCED_CHARS_MAX);
}

/** A segment may itself be composed (`user-4711`, `2026.11.22`): its variable pieces go, its words stay. */
function reduceSegment(segment: string): string {
  if (segment === '') return '';
  if (isVariable(segment)) return '*';
  if (!/\d/.test(segment)) return segment;
  return segment
    .split(/([._-])/)
    .map((piece) => (isVariable(piece) ? '*' : piece))
    .join('')
    .replace(/\*(?:[._-]\*)+/g, '*');
}

/** Templated URL path: `/users/4711/orders` → `/users/{id}/orders`. Query and fragment are cut off. */
export function reducePath(path: string): string {
  const end = path.search(/[?#]/);
  const segments = (end < 0 ? path : path.slice(0, end)).slice(0, 4096).split('/');
  const kept = segments.slice(0, SEGMENTS_MAX + 1).map((segment) => (isVariable(segment) ? '{id}' : segment));
  if (segments.length > kept.length) kept.push('{id}');
  return kept.join('/').slice(0, REDUCED_CHARS_MAX);
}

/** Search index without its date or generation: `logs-2026.11.22` → `logs-*`, `orders-000001` → `orders-*`. */
export function reduceIndex(index: string): string {
  return index
    .slice(0, REDUCED_CHARS_MAX)
    .replace(/[-_.]?(?:\d{4}[-_.]?\d{2}(?:[-_.]?\d{2})?|\d{4}|\d{6,})$/, (suffix) =>
      /^[-_.]/.test(suffix) ? `${suffix[0] ?? ''}*` : '*',
    );
}
