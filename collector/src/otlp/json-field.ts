import { malformed } from './malformed.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The value under a key, undefined when it is not there. OTLP/JSON has lowerCamelCase keys only; the proto names are
 * read too, because a body of them would otherwise count as an empty request and be acknowledged.
 */
export function at(from: JsonObject, camel: string, snake?: string): unknown {
  const value = Object.hasOwn(from, camel) ? from[camel] : undefined;
  if (value !== undefined || snake === undefined) return value;
  return Object.hasOwn(from, snake) ? from[snake] : undefined;
}

/** An absent object reads as an empty one. */
export function objectOf(value: unknown): JsonObject {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw malformed('an object was expected');
  return value as JsonObject;
}

/** An absent list reads as an empty one. */
export function listField(from: JsonObject, camel: string, snake?: string): readonly unknown[] {
  const value = at(from, camel, snake);
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed(`${camel} is no list`);
  return value;
}

/** A string without lone surrogates, so that JSON and protobuf of one text read the same; '' for anything else. */
export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value.toWellFormed() : '';
}

/** Hex in any case, as OTLP/JSON writes ids; checked for length and content with the span. */
export function hexOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  return value.slice(0, 64).toLowerCase();
}

/** `fixed64` nanoseconds as string or number; 0 for anything else, which no span may start at. */
export function nanosecondsOf(value: unknown): bigint {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt.asUintN(64, BigInt(value));
  if (typeof value === 'number' && value >= 0 && value < 2 ** 64) return BigInt(Math.trunc(value));
  return 0n;
}

/** `uint32` as number or digits; 0 for anything else. */
export function uint32Of(value: unknown): number {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number > 0 && number < 2 ** 32 ? number : 0;
}

/** An enum as number, as digits, or as its proto name, e.g. `SPAN_KIND_SERVER`; 0 when unknown. */
export function enumOf(value: unknown, names: readonly string[]): number {
  if (typeof value === 'number') return Number.isInteger(value) ? value : 0;
  if (typeof value !== 'string') return 0;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  return Math.max(0, names.indexOf(value.toUpperCase()));
}
