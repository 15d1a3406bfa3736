import type { NodeAliases } from '../node/alias.ts';
import { canonicalEdge, canonicalSpan } from './canonical-facts.ts';
import type { DatasetEdge, Facts, LinkHit, SpanFact } from './facts.ts';
import { jumpKey, type TraceModel, traceModel } from './trace-model.ts';

/**
 * The facts at hand, each once, under canonical names. What it holds is a function of what it was given: order, batches
 * and copies leave no trace.
 */
export class FactBase {
  readonly #canonical: NodeAliases;
  readonly #horizonUs: number;
  readonly #spans = new Map<string, Map<string, SpanFact>>();
  readonly #models = new Map<string, TraceModel>();
  readonly #links = new Map<string, LinkHit>();
  readonly #datasets = new Map<string, DatasetEdge>();
  #spanCount = 0;

  /** @param horizonUs what began later is left out */
  constructor(canonical: NodeAliases, horizonUs: number) {
    this.#canonical = canonical;
    this.#horizonUs = horizonUs;
  }

  get spanCount(): number {
    return this.#spanCount;
  }

  /** @returns whether any of it was news */
  add({ spans, links, datasets }: Facts): boolean {
    let news = false;
    for (const span of spans) news = this.#addSpan(span) || news;
    for (const link of links) news = this.#addLink(link) || news;
    for (const edge of datasets) news = this.#addEdge(edge) || news;
    return news;
  }

  links(): Iterable<LinkHit> {
    return this.#links.values();
  }

  datasets(): DatasetEdge[] {
    return [...this.#datasets.values()];
  }

  /** Models of all traces at hand; those that got no new span are not made again. */
  models(): ReadonlyMap<string, TraceModel> {
    for (const [traceId, spans] of this.#spans) {
      if (!this.#models.has(traceId)) this.#models.set(traceId, traceModel(traceId, [...spans.values()]));
    }
    return this.#models;
  }

  /** Keys of `jumpKey.message` of every span that some span links to. */
  linkedKeys(): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const link of this.#links.values()) keys.add(jumpKey.message(link.linkedTraceId, link.linkedSpanId));
    for (const spans of this.#spans.values()) {
      for (const { links } of spans.values()) {
        for (const link of links) keys.add(jumpKey.message(link.traceId, link.spanId));
      }
    }
    return keys;
  }

  #addSpan(raw: SpanFact): boolean {
    if (raw.startUs > this.#horizonUs) return false;
    const fact = canonicalSpan(raw, this.#canonical);
    let spans = this.#spans.get(fact.traceId);
    if (!spans) {
      spans = new Map();
      this.#spans.set(fact.traceId, spans);
    }
    const known = spans.get(fact.spanId);
    // Two versions of one span: which one counts must not depend on which came first.
    if (known && JSON.stringify(known) >= JSON.stringify(fact)) return false;
    if (!known) this.#spanCount++;
    spans.set(fact.spanId, fact);
    this.#models.delete(fact.traceId);
    return true;
  }

  #addLink(link: LinkHit): boolean {
    const key = [link.linkedTraceId, link.linkedSpanId, link.traceId, link.spanId].join(' ');
    if (this.#links.has(key)) return false;
    this.#links.set(key, link);
    return true;
  }

  #addEdge(raw: DatasetEdge): boolean {
    if (raw.startUs > this.#horizonUs) return false;
    const edge = canonicalEdge(raw, this.#canonical);
    const { input, output, job, runId, lifecycle, endUs } = edge;
    const key = [input, output, job, runId, lifecycle].join('\n');
    const known = this.#datasets.get(key);
    // What is known of a run grows while its events come in: the latest end holds, and of two that tell different things
    // the same one whatever their order.
    if (known && (known.endUs > endUs || (known.endUs === endUs && !isFuller(edge, known)))) return false;
    this.#datasets.set(key, edge);
    return true;
  }
}

function isFuller(edge: DatasetEdge, known: DatasetEdge): boolean {
  return (
    edge.startUs < known.startUs || (edge.startUs === known.startUs && JSON.stringify(edge) > JSON.stringify(known))
  );
}
