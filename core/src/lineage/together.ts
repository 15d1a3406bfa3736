import type { DatasetEdge, Facts, JumpHit, JumpNeed, LinkHit, Needs, SpanFact } from './facts.ts';

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

/** The answer to joined needs, found again for each of those who needed something. */
export class SharedFacts {
  readonly #spans: ReadonlyMap<string, readonly SpanFact[]>;
  readonly #jumps: ReadonlyMap<string, readonly JumpHit[]>;
  readonly #links: ReadonlyMap<string, readonly LinkHit[]>;
  readonly #edges: ReadonlyMap<string, readonly DatasetEdge[]>;
  readonly #cut: boolean;

  constructor({ spans, jumps, links, datasets, cut }: Facts) {
    this.#spans = Map.groupBy(spans, ({ traceId }) => traceId);
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

  for(needs: Needs): Facts {
    return {
      spans: needs.traces.flatMap((id) => this.#spans.get(id) ?? []),
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
