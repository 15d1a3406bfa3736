import type { DecodedSpan, SpanKind } from '@vestige/core/model/span';
import { SPAN_KINDS } from '@vestige/core/model/span';
import type { RejectReason } from './reject-reason.ts';

/** 2000-01-01. An older span comes from a machine whose clock was never set. */
export const START_MIN_NS = 946_684_800_000_000_000n;
/** How far ahead of ours a sender's clock may run before its times are worthless for ordering. */
export const FUTURE_MAX_NS = 86_400_000_000_000n;

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
const NO_PARENT = /^(?:0{16})?$/;

/**
 * Checks what a span must have to be found and ordered again. Ids are lower-case hex of any length.
 *
 * @param nowNs the collector's clock; times more than a day ahead of it are refused
 * @returns the span, its end never before its start (the OpenTelemetry SDKs correct that to a duration of zero too) and
 *   its events never at absurd times (they get the span's start), or the reason it cannot be kept
 */
export function checkSpan(span: DecodedSpan, nowNs: bigint): DecodedSpan | RejectReason {
  if (!TRACE_ID.test(span.traceId)) return 'bad_trace_id';
  if (!SPAN_ID.test(span.spanId)) return 'bad_span_id';
  const isRoot = NO_PARENT.test(span.parentId);
  if (!isRoot && !SPAN_ID.test(span.parentId)) return 'bad_parent_id';
  const latest = nowNs + FUTURE_MAX_NS;
  if (span.startNs < START_MIN_NS || span.startNs > latest || span.endNs > latest) return 'bad_time';
  const endsEarly = span.endNs < span.startNs;
  const hasOddEvent = span.events.some(({ timeNs }) => timeNs < START_MIN_NS || timeNs > latest);
  if (!endsEarly && !hasOddEvent && (!isRoot || span.parentId === '')) return span;
  return {
    ...span,
    parentId: isRoot ? '' : span.parentId,
    endNs: endsEarly ? span.startNs : span.endNs,
    events: span.events.map((event) =>
      event.timeNs < START_MIN_NS || event.timeNs > latest ? { ...event, timeNs: span.startNs } : event,
    ),
  };
}

/** A link that names no span is no link; OTLP lets a batch through with such a one, so it is left out. */
export function isLinkTarget(link: { readonly traceId: string; readonly spanId: string }): boolean {
  return TRACE_ID.test(link.traceId) && SPAN_ID.test(link.spanId);
}

/** `SpanKind` by number; one we do not know must not fail the batch (OTLP, forward compatibility). */
export function spanKind(number: number): SpanKind {
  return SPAN_KINDS[number] ?? 'unspecified';
}

/** `Status.StatusCode` by number. */
export function statusCode(number: number): DecodedSpan['status'] {
  if (number === 1) return 'ok';
  return number === 2 ? 'error' : 'unset';
}
