import type { NodeAliases } from '../node/alias.ts';
import type { DatasetEdge, Facts, JumpHit, JumpNeed, LinkHit, Needs, SpanFact } from './facts.ts';
import { SharedTrace } from './shared-trace.ts';

/** What several closures want, asked for once: a key from the earliest instant that any of them wants it from. */
export function joinedNeeds(all: readonly Needs[]): Needs {
  const traces = new Set<string>();
  const jumps = new Map<string, JumpNeed>();
  const linksTo = new Set<string>();
  const datasets = new Set<string>();
  for (const needs of all) {
    for (const id of needs.traces) traces.add(id);
    for (const id of needs.linksTo) linksTo.add(id);
    for (const id of needs.datasets) datasets.add(id);
    for (const need of needs.jumps) {
      const known = jumps.get(need.key);
      const deletesOnly = (need.deletesOnly ?? false) && (known?.deletesOnly ?? true);
      const fromUs = Math.min(need.fromUs, known?.fromUs ?? Number.POSITIVE_INFINITY);
      jumps.set(need.key, { key: need.key, fromUs, ...(deletesOnly ? { deletesOnly } : {}) });
    }
  }
  // The table is ordered by trace: neighbours lie side by side.
  return {
    traces: [...traces].sort(),
    jumps: [...jumps.values()],
    linksTo: [...linksTo].sort(),
    datasets: [...datasets],
  };
}

/** Traces that several closures are given, each read and understood once. */
export class SharedTraces {
  readonly #canonical: NodeAliases;
  readonly #traces = new Map<string, SharedTrace>();
  /** Asked for when not all could be read. */
  readonly #cut = new Set<string>();
  #spanCount = 0;

  constructor(canonical: NodeAliases) {
    this.#canonical = canonical;
  }

  /** Spans at hand. */
  get spanCount(): number {
    return this.#spanCount;
  }

  /** Those that were not asked for yet. */
  missing(traceIds: readonly string[]): string[] {
    return traceIds.filter((traceId) => !this.#traces.has(traceId));
  }

  /**
   * @param traceIds all that was asked for
   * @param spans what is stored of them
   * @param cut not all of it was read
   */
  add(traceIds: readonly string[], spans: readonly SpanFact[], cut: boolean): void {
    const byTrace = Map.groupBy(spans, ({ traceId }) => traceId);
    for (const traceId of traceIds) {
      const trace = new SharedTrace(traceId, byTrace.get(traceId) ?? [], this.#canonical);
      this.#traces.set(traceId, trace);
      this.#spanCount += trace.spans.size;
      if (cut) this.#cut.add(traceId);
    }
  }

  of(traceIds: readonly string[]): { readonly traces: readonly SharedTrace[]; readonly cut: boolean } {
    return {
      traces: traceIds.map((traceId) => this.#traces.get(traceId)).filter((trace) => trace !== undefined),
      cut: traceIds.some((traceId) => this.#cut.has(traceId)),
    };
  }
}

/** The answer to joined needs but for its spans, found again for each of those who needed something. */
export class SharedFacts {
  readonly #jumps: ReadonlyMap<string, readonly JumpHit[]>;
  readonly #links: ReadonlyMap<string, readonly LinkHit[]>;
  readonly #edges: ReadonlyMap<string, readonly DatasetEdge[]>;
  readonly #cut: boolean;

  constructor({ jumps, links, datasets, cut }: Facts) {
    this.#jumps = Map.groupBy(jumps, ({ key }) => key);
    this.#links = Map.groupBy(links, ({ linkedTraceId }) => linkedTraceId);
    const edges = new Map<string, DatasetEdge[]>();
    for (const edge of datasets) {
      const { input, output, lifecycle } = edge;
      for (const node of new Set(lifecycle === '' ? [input] : [input, output])) {
        const known = edges.get(node);
        if (known) known.push(edge);
        else edges.set(node, [edge]);
      }
    }
    this.#edges = edges;
    this.#cut = cut;
  }

  /** Without spans. */
  for(needs: Needs): Facts {
    return {
      spans: [],
      jumps: needs.jumps.flatMap(({ key, fromUs, deletesOnly = false }) =>
        (this.#jumps.get(key) ?? []).filter(
          ({ startUs, action }) => startUs >= fromUs && (!deletesOnly || action === 'delete'),
        ),
      ),
      links: needs.linksTo.flatMap((id) => this.#links.get(id) ?? []),
      datasets: [...new Set(needs.datasets.flatMap((id) => this.#edges.get(id) ?? []))],
      cut: this.#cut,
    };
  }
}
