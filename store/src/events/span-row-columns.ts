import type { ReadSpan } from '@vestige/core/model/span';
import type { SpanColumns } from './span-columns.ts';
import { spanShape } from './span-shape.ts';

/** The last instant that an open window, whose end is exclusive, still includes (year 2262). */
const INSTANT_MAX = 2n ** 63n - 2n;

/** A clock that says the year 2554 must not make a whole batch unwritable. */
export function instant(ns: bigint): bigint {
  return ns > INSTANT_MAX ? INSTANT_MAX : ns;
}

/**
 * Adds a span that was read into an object, as a shape of its own.
 *
 * @param process its number in `columns`
 */
export function addReadSpan(columns: SpanColumns, span: ReadSpan, process: number): void {
  columns.add(columns.takeShape(spanShape(span)), process, span.seq, span.recordCount);
  columns.traceId.hex(span.traceId, 16);
  columns.ts.i64(instant(span.startNs));
  columns.spanId.hex(span.spanId, 8);
  columns.parentId.hex(span.parentId, 8);
  columns.durationNs.i64(instant(span.endNs) - instant(span.startNs));
  for (const ref of span.recordRefs) columns.recordRefs.text(ref);
  for (const ref of span.derivedFrom) columns.derivedFrom.text(ref);
  columns.conversation.text(span.conversation);
  for (const link of span.links) {
    columns.linkTraceId.hex(link.traceId, 16);
    columns.linkSpanId.hex(link.spanId, 8);
  }
  for (const value of Object.values(span.attrs)) columns.attrValues.text(value);
  for (const event of span.events) {
    columns.eventTs.i64(instant(event.timeNs));
    for (const value of Object.values(event.attrs)) columns.eventAttrValues.text(value);
  }
}
