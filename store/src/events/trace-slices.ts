/** Traces by their ids, both ends inclusive, 32 hex digits. */
export interface TraceSlice {
  readonly firstTrace: string;
  readonly lastTrace: string;
}

const SLICES_MAX = 4_096;

/**
 * All trace ids there can be, in slices of about as many spans each: ids are random, and tables are ordered by them, so
 * that a slice is a range of every part. Where ids are not random the slices are uneven, and no trace is in two of them.
 */
export function traceSlices(spans: number, spansPerSlice: number): TraceSlice[] {
  const count = Math.min(SLICES_MAX, Math.max(1, Math.ceil(spans / spansPerSlice)));
  return Array.from({ length: count }, (_, at) => ({
    firstTrace: boundary(at, count).padEnd(32, '0'),
    lastTrace: before(boundary(at + 1, count)).padEnd(32, 'f'),
  }));
}

/** Of the first four hex digits; one past the end is a digit longer. */
const boundary = (at: number, count: number) =>
  Math.floor((at * 65_536) / count)
    .toString(16)
    .padStart(4, '0');
const before = (hex: string) => (Number.parseInt(hex, 16) - 1).toString(16).padStart(4, '0');
