/**
 * `AnyValue` messages as encoders write them: one field, its value, nothing else. Anything else that protobuf allows
 * (repeated fields, unknown ones, long varints) is left to the reference decoder.
 */

export const STRING_VALUE = 0x0a;
export const BOOL_VALUE = 0x10;
export const INT_VALUE = 0x18;
export const DOUBLE_VALUE = 0x21;
export const ARRAY_VALUE = 0x2a;
export const KVLIST_VALUE = 0x32;
export const BYTES_VALUE = 0x3a;

/** Nesting that is walked here; the decoder's own limit lies higher. */
const DEPTH_MAX = 12;

/** Where the last length read by {@link lengthAt} ended. */
let lengthEnd = 0;

/** A length of at most three bytes (2 MiB). @returns -1 when there is none; `behindLength` then tells nothing */
export function lengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) {
    lengthEnd = at + 1;
    return first;
  }
  const second = bytes[at + 1] as number;
  if (second < 0x80) {
    lengthEnd = at + 2;
    return (first & 0x7f) | (second << 7);
  }
  const third = bytes[at + 2] as number;
  if (third < 0x80) {
    lengthEnd = at + 3;
    return (first & 0x7f) | ((second & 0x7f) << 7) | (third << 14);
  }
  return -1;
}

export const behindLength = (): number => lengthEnd;

/** Where the field ends whose length stands at `at`; -1 when that is behind `end`, the end of its message. */
export function stopAt(bytes: Uint8Array, at: number, end: number): number {
  const length = lengthAt(bytes, at);
  const stop = lengthEnd + length;
  return length >= 0 && stop <= end ? stop : -1;
}

/**
 * Checks a value and counts the values nested in it, as the decoder counts them.
 *
 * @returns -1 for one that only the decoder can tell
 */
export function nestedValues(bytes: Uint8Array, start: number, end: number, depth = 0): number {
  if (start === end) return 0;
  switch (bytes[start]) {
    case STRING_VALUE:
    case BYTES_VALUE:
      return isWhole(bytes, start + 1, end) ? 0 : -1;
    case BOOL_VALUE:
      return end - start === 2 && (bytes[start + 1] as number) < 0x80 ? 0 : -1;
    case INT_VALUE:
      return isVarint(bytes, start + 1, end) ? 0 : -1;
    case DOUBLE_VALUE:
      return end - start === 9 ? 0 : -1;
    case ARRAY_VALUE:
    case KVLIST_VALUE:
      return depth < DEPTH_MAX && isWhole(bytes, start + 1, end)
        ? items(bytes, lengthEnd, end, bytes[start] === KVLIST_VALUE, depth + 1)
        : -1;
    default:
      return -1;
  }
}

function items(bytes: Uint8Array, start: number, end: number, areKeyed: boolean, depth: number): number {
  let count = 0;
  for (let at = start; at < end; ) {
    if (bytes[at] !== 0x0a) return -1;
    const length = lengthAt(bytes, at + 1);
    let from = lengthEnd;
    const stop = from + length;
    if (length < 0 || !(stop <= end)) return -1;
    if (areKeyed) {
      from = valueStart(bytes, from, stop);
      if (from < 0) return -1;
    }
    const nested = nestedValues(bytes, from, stop, depth);
    if (nested < 0) return -1;
    count += 1 + nested;
    at = stop;
  }
  return count;
}

/** Where the value of a `KeyValue` begins that is a key and a value and ends at `end`; -1 for any other. */
function valueStart(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== 0x0a) return -1;
  const length = lengthAt(bytes, start + 1);
  const tag = lengthEnd + length;
  if (length < 0 || !(tag < end) || bytes[tag] !== 0x12) return -1;
  return isWhole(bytes, tag + 1, end) ? lengthEnd : -1;
}

/** Is this a length and as many bytes, up to the end? They begin at {@link behindLength} then. */
export function isWhole(bytes: Uint8Array, at: number, end: number): boolean {
  const length = lengthAt(bytes, at);
  return length >= 0 && lengthEnd + length === end;
}

function isVarint(bytes: Uint8Array, start: number, end: number): boolean {
  if (end <= start || end - start > 10) return false;
  for (let at = start; at < end - 1; at++) if ((bytes[at] as number) < 0x80) return false;
  return (bytes[end - 1] as number) < 0x80;
}

/** A non-negative varint that ends at `end`; NaN for any other, and for those beyond 2^49. */
export function countAt(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 1 || length > 7) return Number.NaN;
  let value = 0;
  let scale = 1;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < 0x80 !== (at === end - 1)) return Number.NaN;
    value += (byte & 0x7f) * scale;
    scale *= 128;
  }
  return value;
}
