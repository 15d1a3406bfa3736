import type { ProtoWriter } from './writer.ts';

/**
 * `opentelemetry.proto.common.v1.AnyValue` and `KeyValue`. API 1.10 emits nested objects and null beside the plain
 * values of 1.9; both are written. What OTLP cannot say (functions, symbols) becomes an empty value, never an error.
 */

const STRING_VALUE = 0x0a;
const BOOL_VALUE = 0x10;
const INT_VALUE = 0x18;
const DOUBLE_VALUE = 0x21;
const ARRAY_VALUE = 0x2a;
const KVLIST_VALUE = 0x32;
const BYTES_VALUE = 0x3a;
const VALUES = 0x0a;
const KEY = 0x0a;
const VALUE = 0x12;
/** Deeper nesting than this is a cycle in all likelihood. */
const DEPTH_MAX = 16;
/**
 * Values inside one attribute, and characters of one text. The collector looks at no more (64 items, 65,536 characters);
 * an object that refers to itself twice would be written 2^16 times, in the host's own time.
 */
const ITEMS_MAX = 4_096;
const TEXT_CHARS_MAX = 65_536;
/** An address or number across the cut is still masked as a whole. */
const BEYOND_CUT_CHARS = 512;
/** Whole numbers from here on do not fit into an int64 and are written as doubles. */
const INT_LIMIT = 2 ** 63;

/** What to do with a text before it is written; the same text back means: leave it. */
export type TextFilter = (text: string) => string;

/** @param tag of the repeated `KeyValue` field this belongs to */
export function writeKeyValue(to: ProtoWriter, tag: number, key: string, value: unknown, filter: TextFilter): void {
  const pair = to.open(tag);
  to.tag(KEY);
  to.string(key);
  const any = to.open(VALUE);
  writeAnyValue(to, value, { filter, left: ITEMS_MAX }, 0);
  to.close(any);
  to.close(pair);
}

/** What one attribute may still hold. */
interface Budget {
  readonly filter: TextFilter;
  left: number;
}

function filtered(text: string, filter: TextFilter): string {
  if (text.length <= TEXT_CHARS_MAX) return filter(text);
  const masked = filter(text.slice(0, TEXT_CHARS_MAX + BEYOND_CUT_CHARS));
  // Masking shortens a text, and so draws what the cut went through into it: the last characters go, wherever they are now.
  return masked.slice(0, Math.max(0, Math.min(TEXT_CHARS_MAX, masked.length - BEYOND_CUT_CHARS)));
}

function writeAnyValue(to: ProtoWriter, value: unknown, budget: Budget, depth: number): void {
  budget.left -= 1;
  switch (typeof value) {
    case 'string':
      to.tag(STRING_VALUE);
      to.string(filtered(value, budget.filter));
      return;
    case 'boolean':
      to.tag(BOOL_VALUE);
      to.varint(value ? 1 : 0);
      return;
    case 'number':
      if (Number.isInteger(value) && Math.abs(value) < INT_LIMIT) {
        to.tag(INT_VALUE);
        if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) to.varint(value);
        else to.varint64(BigInt(value));
      } else {
        to.tag(DOUBLE_VALUE);
        to.double(value);
      }
      return;
    case 'bigint':
      to.tag(INT_VALUE);
      to.varint64(value);
      return;
    case 'object':
      if (value !== null && depth < DEPTH_MAX) writeObject(to, value, budget, depth);
      return;
    default:
  }
}

function writeObject(to: ProtoWriter, value: object, budget: Budget, depth: number): void {
  if (Array.isArray(value)) {
    const list = to.open(ARRAY_VALUE);
    for (const item of value) {
      if (budget.left <= 0) break;
      const any = to.open(VALUES);
      writeAnyValue(to, item, budget, depth + 1);
      to.close(any);
    }
    to.close(list);
  } else if (value instanceof Uint8Array) {
    to.tag(BYTES_VALUE);
    to.bytes(value);
  } else {
    const list = to.open(KVLIST_VALUE);
    for (const [key, item] of Object.entries(value)) {
      if (budget.left <= 0) break;
      const pair = to.open(VALUES);
      to.tag(KEY);
      to.string(filtered(key, budget.filter));
      const any = to.open(VALUE);
      writeAnyValue(to, item, budget, depth + 1);
      to.close(any);
      to.close(pair);
    }
    to.close(list);
  }
}
