import type { NodeAliases } from '../node/alias.ts';
import { canonicalEdge, canonicalSpan } from './canonical-facts.ts';
import type { DatasetEdge, Facts, LinkHit, SpanFact } from './facts.ts';
import { oneEdge, tellsTheSame } from './one-edge.ts';
import { addVersion, type SharedTrace } from './shared-trace.ts';
import { type TraceModel, traceModel } from './trace-model.ts';

export interface News {
  /** Traces with spans that were not there. */
  readonly traces: Set<string>;
  readonly links: LinkHit[];
  /** Edges of job runs that were not there, or tell more now. */
  readonly datasets: DatasetEdge[];
  /** Traces of which more spans are linked to. */
  readonly linked: Set<string>;
}

const noNews = (): News => ({ traces: new Set(), links: [], datasets: [], linked: new Set() });

/**
 * The facts at hand, each once, under canonical names. What it holds is a function of what it was given: order, batches
 * and copies leave no trace.
 */
export class FactBase {
  readonly #canonical: NodeAliases;
  readonly #horizonUs: number;
  readonly #spans = new Map<string, Map<string, SpanFact>>();
  /** Traces that others have too; a trace is either here or among the spans. */
  readonly #shared = new Map<string, SharedTrace>();
  readonly #models = new Map<string, TraceModel>();
  readonly #links = new Set<string>();
  readonly #linked = new Map<string, Set<string>>();
  readonly #datasets = new Map<string, DatasetEdge>();
  #spanCount = 0;
  #news = noNews();

  /** @param horizonUs what began later is left out */
  constructor(canonical: NodeAliases, horizonUs: number) {
    this.#canonical = canonical;
    this.#horizonUs = horizonUs;
  }

  get spanCount(): number {
    return this.#spanCount;
  }

  add({ spans, links, datasets }: Facts): void {
    for (const span of spans) this.#addSpan(span);
    for (const link of links) this.#addLink(link);
    for (const edge of datasets) this.#addEdge(edge);
  }

  /** Takes a whole trace, which others keep too: what it costs does not grow with its spans. */
  addShared(trace: SharedTrace): void {
    const { traceId, spans, linked } = trace;
    if (spans.size === 0 || this.#shared.get(traceId) === trace) return;
    // What is left out by the instant, or goes together with other spans, is a trace of one's own.
    if (this.#horizonUs !== Number.POSITIVE_INFINITY || this.#shared.has(traceId) || this.#spans.has(traceId)) {
      for (const span of spans.values()) this.#addSpan(span);
      return;
    }
    this.#shared.set(traceId, trace);
    this.#spanCount += spans.size;
    this.#news.traces.add(traceId);
    for (const link of linked) this.#isLinked(link.traceId, link.spanId);
  }

  /** Spans by trace that some span links to. */
  linked(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#linked;
  }

  datasets(): DatasetEdge[] {
    return [...this.#datasets.values()];
  }

  /** Made once, unless the trace gets a new span. */
  model(traceId: string): TraceModel | undefined {
    const shared = this.#shared.get(traceId);
    if (shared) return shared.model;
    const known = this.#models.get(traceId);
    const spans = this.#spans.get(traceId);
    if (known || !spans) return known;
    const model = traceModel(traceId, [...spans.values()]);
    this.#models.set(traceId, model);
    return model;
  }

  /** One of the spans at hand. */
  span(traceId: string, spanId: string): SpanFact | undefined {
    return (this.#shared.get(traceId)?.spans ?? this.#spans.get(traceId))?.get(spanId);
  }

  /** Whether some trace is larger than what is looked through. */
  isUnclear(): boolean {
    return this.#models.values().some(({ cut }) => cut) || this.#shared.values().some((trace) => trace.model.cut);
  }

  *traceIds(): Iterable<string> {
    yield* this.#spans.keys();
    yield* this.#shared.keys();
  }

  /** What came in since the last call. */
  takeNews(): News {
    const news = this.#news;
    this.#news = noNews();
    return news;
  }

  #addSpan(raw: SpanFact): void {
    if (raw.startUs > this.#horizonUs) return;
    const fact = canonicalSpan(raw, this.#canonical);
    const spans = this.#ownSpans(fact.traceId);
    const before = spans.size;
    if (!addVersion(spans, fact)) return;
    this.#spanCount += spans.size - before;
    this.#models.delete(fact.traceId);
    this.#news.traces.add(fact.traceId);
    for (const link of fact.links) this.#isLinked(link.traceId, link.spanId);
  }

  /** Of a trace that was shared a copy, from now on. */
  #ownSpans(traceId: string): Map<string, SpanFact> {
    const known = this.#spans.get(traceId);
    if (known) return known;
    const spans = new Map(this.#shared.get(traceId)?.spans);
    this.#shared.delete(traceId);
    this.#spans.set(traceId, spans);
    return spans;
  }

  #addLink(link: LinkHit): void {
    const key = [link.linkedTraceId, link.linkedSpanId, link.traceId, link.spanId].join(' ');
    if (this.#links.has(key)) return;
    this.#links.add(key);
    this.#news.links.push(link);
    this.#isLinked(link.linkedTraceId, link.linkedSpanId);
  }

  #isLinked(traceId: string, spanId: string): void {
    const spans = this.#linked.get(traceId);
    if (spans?.has(spanId)) return;
    if (spans) spans.add(spanId);
    else this.#linked.set(traceId, new Set([spanId]));
    this.#news.linked.add(traceId);
  }

  #addEdge(raw: DatasetEdge): void {
    if (raw.startUs > this.#horizonUs) return;
    const edge = canonicalEdge(raw, this.#canonical);
    const { input, output, job, runId, lifecycle } = edge;
    const key = [input, output, job, runId, lifecycle].join('\n');
    const known = this.#datasets.get(key);
    const told = known === undefined ? edge : oneEdge(known, edge);
    if (known !== undefined && tellsTheSame(known, told)) return;
    this.#datasets.set(key, told);
    this.#news.datasets.push(told);
  }
}
