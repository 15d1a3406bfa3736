import type { NodeAliases } from '../node/alias.ts';
import { canonicalSpan } from './canonical-facts.ts';
import type { SpanFact } from './facts.ts';
import { type TraceModel, traceModel } from './trace-model.ts';

/**
 * One trace as everybody sees it who is followed through it: its spans, each once, under canonical names, and what follows
 * from them whoever it is about. Nobody may change it; whoever gets further spans of the trace makes a copy of their own.
 */
export class SharedTrace {
  readonly traceId: string;
  readonly spans: ReadonlyMap<string, SpanFact>;
  /** What its spans link to, each span once. */
  readonly linked: readonly { readonly traceId: string; readonly spanId: string }[];
  #model: TraceModel | null = null;

  /** @param facts all that is stored of the trace, whatever its order and copies */
  constructor(traceId: string, facts: Iterable<SpanFact>, canonical: NodeAliases) {
    const spans = new Map<string, SpanFact>();
    for (const fact of facts) addVersion(spans, canonicalSpan(fact, canonical));
    this.traceId = traceId;
    this.spans = spans;
    this.linked = spans
      .values()
      .flatMap(({ links }) => links)
      .toArray();
  }

  /** Made when somebody first asks for it. */
  get model(): TraceModel {
    this.#model ??= traceModel(this.traceId, [...this.spans.values()]);
    return this.#model;
  }
}

/**
 * Adds a span to those of its trace. Of two versions of one span, which one counts must not depend on which came first.
 *
 * @returns whether it made a difference
 */
export function addVersion(spans: Map<string, SpanFact>, fact: SpanFact): boolean {
  const known = spans.get(fact.spanId);
  if (known && JSON.stringify(known) >= JSON.stringify(fact)) return false;
  spans.set(fact.spanId, fact);
  return true;
}
