/**
 * A `fixed64` of nanoseconds as two 32-bit words, and what is computed from it without a bigint: those cost a hundred
 * times as much, and a span has half a dozen.
 */

/** Nanoseconds of a day, divided by 2^16: both sides of the division below stay exact in a double. */
const DAY_SHIFTED = 86_400_000_000_000 / 65_536;
const MS_NS = 1_000_000;
/** 2^32 = 4294 × 10^6 + 967296. */
const TWO_32_MS = 4_294;
const TWO_32_REST = 967_296;

/** Days since the epoch. */
export function dayOfWords(low: number, high: number): number {
  return Math.floor((high * 65_536 + (low >>> 16)) / DAY_SHIFTED);
}

/** Milliseconds since the epoch. */
export function msOfWords(low: number, high: number): number {
  return high * TWO_32_MS + Math.floor((high * TWO_32_REST + low) / MS_NS);
}

/** Months since the epoch; a table's partition. */
export function monthOfDay(day: number): number {
  const date = new Date(day * 86_400_000);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}
