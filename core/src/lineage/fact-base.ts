import type { NodeAliases } from '../node/alias.ts';
import { canonicalEdge, canonicalSpan } from './canonical-facts.ts';
import type { DatasetEdge, Facts, LinkHit, SpanFact } from './facts.ts';
import { type TraceModel, traceModel } from './trace-model.ts';

export interface News {
  /** Traces with spans that were not there. */
  readonly traces: Set<string>;
  readonly links: LinkHit[];
  /** Whether any job run was news. */
  datasets: boolean;
  /** Traces of which more spans are linked to. */
  readonly linked: Set<string>;
}

const noNews = (): News => ({ traces: new Set(), links: [], datasets: false, linked: new Set() });

/**
 * The facts at hand, each once, under canonical names. What it holds is a function of what it was given: order, batches
 * and copies leave no trace.
 */
export class FactBase {
  readonly #canonical: NodeAliases;
  readonly #horizonUs: number;
  readonly #spans = new Map<string, Map<string, SpanFact>>();
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

  /** Spans by trace that some span links to. */
  linked(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#linked;
  }

  datasets(): DatasetEdge[] {
    return [...this.#datasets.values()];
  }

  /** Made once, unless the trace gets a new span. */
  model(traceId: string): TraceModel | undefined {
    const known = this.#models.get(traceId);
    const spans = this.#spans.get(traceId);
    if (known || !spans) return known;
    const model = traceModel(traceId, [...spans.values()]);
    this.#models.set(traceId, model);
    return model;
  }

  /** Whether some trace is larger than what is looked through. */
  isUnclear(): boolean {
    return this.#models.values().some(({ cut }) => cut);
  }

  traceIds(): Iterable<string> {
    return this.#spans.keys();
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
    let spans = this.#spans.get(fact.traceId);
    if (!spans) {
      spans = new Map();
      this.#spans.set(fact.traceId, spans);
    }
    const known = spans.get(fact.spanId);
    // Two versions of one span: which one counts must not depend on which came first.
    if (known && JSON.stringify(known) >= JSON.stringify(fact)) return;
    if (!known) this.#spanCount++;
    spans.set(fact.spanId, fact);
    this.#models.delete(fact.traceId);
    this.#news.traces.add(fact.traceId);
    for (const link of fact.links) this.#isLinked(link.traceId, link.spanId);
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
    const { input, output, job, runId, lifecycle, endUs } = edge;
    const key = [input, output, job, runId, lifecycle].join('\n');
    const known = this.#datasets.get(key);
    // What is known of a run grows while its events come in: the latest end holds, and of two that tell different things
    // the same one whatever their order.
    if (known && (known.endUs > endUs || (known.endUs === endUs && !isFuller(edge, known)))) return;
    this.#datasets.set(key, edge);
    this.#news.datasets = true;
  }
}

function isFuller(edge: DatasetEdge, known: DatasetEdge): boolean {
  return (
    edge.startUs < known.startUs || (edge.startUs === known.startUs && JSON.stringify(edge) > JSON.stringify(known))
  );
}
