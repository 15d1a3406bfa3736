import type { DecodedSpan } from '@vestige/core/model/span';
import { checkSpan } from './check-span.ts';
import type { DecodeLimits } from './limits.ts';
import { tooLarge } from './malformed.ts';
import type { RejectReason } from './reject-reason.ts';
import type { SpanDraft } from './span-draft.ts';

/** A span that was refused: as far as it was read, in clear. `rejectSpan` says what of it may be kept. */
export interface RefusedSpan {
  readonly reason: RejectReason;
  readonly span: DecodedSpan;
}

/** What one export request held. */
export interface DecodedTraces {
  readonly spans: DecodedSpan[];
  /** The first {@link REFUSED_KEPT_MAX}; `refusedCount` counts all. */
  readonly refused: RefusedSpan[];
  readonly refusedCount: Partial<Record<RejectReason, number>>;
}

export const REFUSED_KEPT_MAX = 1000;

/** Gathers the spans of one request and keeps count of what they cost. One per request. */
export class TracesBuilder implements DecodedTraces {
  readonly spans: DecodedSpan[] = [];
  readonly refused: RefusedSpan[] = [];
  readonly refusedCount: Partial<Record<RejectReason, number>> = {};
  readonly limits: DecodeLimits;
  /** Attribute values, events and links counted so far. */
  values = 0;
  readonly #nowNs: bigint;
  #seen = 0;

  constructor(limits: DecodeLimits, nowMs: number) {
    this.limits = limits;
    this.#nowNs = BigInt(Math.trunc(nowMs)) * 1_000_000n;
  }

  /** Call before a span is read. */
  countSpan(): void {
    this.#seen += 1;
    if (this.#seen > this.limits.spansMax) throw tooLarge(`more than ${this.limits.spansMax} spans`);
  }

  /** Call for every attribute value (nested ones included), event and link. */
  countValue(): void {
    this.values += 1;
    if (this.values > this.limits.valuesMax) throw tooLarge(`more than ${this.limits.valuesMax} attribute values`);
  }

  take(draft: SpanDraft): void {
    const span = checkSpan(draft, this.#nowNs);
    if (typeof span === 'string') this.refuse(span, draft);
    else this.spans.push(span);
  }

  refuse(reason: RejectReason, draft: SpanDraft): void {
    this.refusedCount[reason] = (this.refusedCount[reason] ?? 0) + 1;
    if (this.refused.length >= REFUSED_KEPT_MAX) return;
    this.refused.push({ reason, span: draft });
  }
}
