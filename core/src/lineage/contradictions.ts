import type { SkewBounds } from './clock.ts';
import { type Disorder, disorderOfTaken, disordersBeyond, largestDisorders } from './clock-disorder.ts';
import type { SpanFact } from './facts.ts';
import { jumpKey } from './jump-key.ts';
import type { TraceSpan } from './trace.ts';
import type { TraceModel } from './trace-model.ts';

/** What of {@link Contradictions} concerns somebody. */
export interface Concern {
  trace(traceId: string): boolean;
  /** Of `jumpKey.message`: whether something of theirs was sent with it. */
  message(key: string): boolean;
}

/**
 * What clocks contradict by more than is tolerated in the traces at hand, whomever it concerns: each trace and each link is
 * looked at once, because whom it concerns is asked in every round in which an answer grows.
 */
export class Contradictions {
  readonly #spanOf: (traceId: string, spanId: string) => SpanFact | undefined;
  readonly #skew: SkewBounds;
  readonly #within = new Map<string, readonly Disorder[]>();
  /** By the message that was taken before it was sent. */
  readonly #taken = new Map<string, Disorder[]>();
  /** Spans that link to a trace that is not at hand. */
  readonly #awaiting = new Map<string, TraceSpan[]>();

  /** @param spanOf a span at hand */
  constructor(spanOf: (traceId: string, spanId: string) => SpanFact | undefined, skew: SkewBounds) {
    this.#spanOf = spanOf;
    this.#skew = skew;
  }

  /** Takes a trace that is at hand as a whole. */
  add({ tree: { traceId }, disorders, linking }: TraceModel): void {
    const within = disordersBeyond(disorders, this.#skew);
    if (within.length > 0) this.#within.set(traceId, within);
    for (const span of linking) for (const linked of span.fact.links) this.#look(span, linked);
    const awaiting = this.#awaiting.get(traceId) ?? [];
    this.#awaiting.delete(traceId);
    for (const span of awaiting) {
      for (const linked of span.fact.links) if (linked.traceId === traceId) this.#look(span, linked);
    }
  }

  clear(): void {
    for (const memory of [this.#within, this.#taken, this.#awaiting]) memory.clear();
  }

  /** Traces with clocks that contradict each other. */
  traces(): MapIterator<string> {
    return this.#within.keys();
  }

  /** The largest lag first. */
  about(concern: Concern): Disorder[] {
    const looks: (readonly Disorder[])[] = [];
    for (const [traceId, disorders] of this.#within) if (concern.trace(traceId)) looks.push(disorders);
    for (const [key, disorders] of this.#taken) if (concern.message(key)) looks.push(disorders);
    return largestDisorders(looks);
  }

  #look(by: TraceSpan, { traceId, spanId }: SpanFact['links'][number]): void {
    const sent = this.#spanOf(traceId, spanId);
    if (sent === undefined) {
      const known = this.#awaiting.get(traceId);
      if (known) known.push(by);
      else this.#awaiting.set(traceId, [by]);
      return;
    }
    const found = disordersBeyond(disorderOfTaken(by, sent), this.#skew);
    if (found.length === 0) return;
    const key = jumpKey.message(traceId, spanId);
    this.#taken.set(key, [...(this.#taken.get(key) ?? []), ...found]);
  }
}
