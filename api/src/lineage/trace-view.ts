import { holdersBySpan } from '@vestige/core/lineage/explain';
import type { SpanFact } from '@vestige/core/lineage/facts';
import type { StoredSpan } from '@vestige/store/events/event-store';
import type { SpanSummary, TraceView } from './schemas.ts';

export function spanSummary(span: StoredSpan): SpanSummary {
  const { traceId, spanId, name, kind, service, outcome } = span;
  return { traceId, spanId, name, kind, service, start: iso(span.startNs), end: iso(span.endNs), outcome };
}

/** Spans, touches and holders of one trace, oldest span first. */
export function traceView(traceId: string, spans: readonly StoredSpan[], cut: boolean): TraceView {
  const holders = holdersBySpan(traceId, spans.map(factOf));
  return {
    traceId,
    cut,
    spans: spans.map((span) => {
      const { traceId: _, ...summary } = spanSummary(span);
      return {
        ...summary,
        parentId: span.parentId,
        holders: [...(holders.get(span.spanId) ?? [])],
        touches: span.touches.map(({ peer, action, rule }) => ({ peer, action, rule })),
        recordRefs: [...span.recordRefs],
        recordCount: span.recordCount < 0 ? null : span.recordCount,
        derivedFrom: [...span.derivedFrom],
        conversation: span.conversation,
        attribution: span.attribution,
        role: span.role,
        subjectIds: [...span.subjectIds],
        categories: [...span.categories],
        purpose: span.purpose,
        requestId: span.requestId,
        links: span.links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
        attributes: { ...span.attrs },
      };
    }),
  };
}

function factOf(span: StoredSpan): SpanFact {
  return { ...span, startUs: Number(span.startNs / 1000n), endUs: Number(span.endNs / 1000n) };
}

function iso(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString();
}
