import { Closure, isEmpty } from '@vestige/core/lineage/closure';
import { directory } from '@vestige/core/lineage/directory';
import type { DatasetEdge, Facts, JumpHit, LinkHit, Needs, SpanFact, SubjectTag } from '@vestige/core/lineage/facts';
import type { ReadSpan } from '@vestige/core/model/span';
import type { RunFacts } from '@vestige/core/openlineage/lineage-event';
import { readLineageEvent } from '@vestige/core/openlineage/read-event';
import { runEdges } from '@vestige/core/openlineage/run-edges';
import { joinEvents } from '@vestige/core/openlineage/testing/join-events';
import { readContext } from '@vestige/core/recognise/read-context';
import { readSpan } from '@vestige/core/recognise/read-span';
import { jumpKeys } from '@vestige/store/events/jump-keys';
import type { Asked, Told } from './ask.ts';
import type { Simulated } from './organisation.ts';
import type { SimPerson } from './span.ts';
import { decoded } from './told.ts';

/**
 * Recognisers and closure over the same spans and events, without network and databases: thousands of answers a minute.
 * The rows are kept in maps that answer the closure's needs as the event store does.
 */
export function askClosure(organisation: Simulated): Asked {
  const facts = new FactsInMemory(organisation);
  const names = directory({
    ...organisation.registry,
    stores: organisation.registry.stores.map((store) => ({ ...store, partyId: null })),
    parties: organisation.registry.parties.map(({ id, hosts }) => ({
      id,
      legalName: id,
      role: 'processor',
      country: null,
      hosts,
    })),
  });
  const about = async (person: SimPerson): Promise<Told | null> => {
    const tags = facts.tags(person);
    if (tags.length === 0) return null;
    const closure = new Closure(tags, { nowUs: organisation.truth.endUs, directory: names });
    for (let needs = closure.needs(); !isEmpty(needs); needs = closure.needs())
      closure.add(facts.answer(needs, person));
    const { nodes, edges, residency, recipients, flows, clocks, truncated } = closure.result();
    const named = clocks.map(({ behind, ahead }) => ({ behind: serviceOf(behind), ahead: serviceOf(ahead) }));
    const uncounted = { missingSpans: null, cutSpans: null, prov: null };
    return { nodes, edges, residency, recipients, flows, clocks: named, truncated, ...uncounted };
  };
  return {
    about,
    async explain(person, { from, to }) {
      const flows = (await about(person))?.flows.filter((flow) => flow.from === from && flow.to === to) ?? [];
      return { flows, spans: flows.flatMap((flow) => [flow, flow.because]) };
    },
  };
}

const serviceOf = (node: string) => node.replace(/^service:/, '');

class FactsInMemory {
  readonly #spans = new Map<string, SpanFact[]>();
  readonly #hits = new Map<string, JumpHit[]>();
  readonly #links = new Map<string, LinkHit[]>();
  readonly #edges = new Map<string, Set<DatasetEdge>>();
  readonly #tags = new Map<string, SubjectTag[]>();
  readonly #sets: Simulated['sets'];

  constructor({ spans, events, services, sets, registry }: Simulated) {
    const context = readContext({ services: [...services], aliases: registry.aliases });
    this.#sets = sets;
    for (const span of spans) {
      if (span.lost) continue;
      const read = readSpan(decoded(span), context);
      if ('rejected' in read) throw new Error(read.rejected);
      this.#addSpan(read.span);
    }
    for (const run of runsOf(events)) {
      for (const edge of runEdges(run)) {
        add(this.#edges, edge.input, edge);
        if (edge.lifecycle !== '') add(this.#edges, edge.output, edge);
      }
    }
  }

  tags(person: SimPerson): SubjectTag[] {
    return this.#tags.get(person.token) ?? [];
  }

  answer({ traces, jumps, linksTo, datasets }: Needs, person: SimPerson): Facts {
    const isIn = (set: string) => this.#sets.some(({ id, people }) => id === set && people.includes(person));
    return {
      spans: traces.flatMap((traceId) => this.#spans.get(traceId) ?? []),
      jumps: jumps.flatMap(({ key, fromUs, deletesOnly }) =>
        (this.#hits.get(key) ?? []).filter(
          ({ startUs, action }) => startUs >= fromUs && (!deletesOnly || action === 'delete'),
        ),
      ),
      links: linksTo.flatMap((traceId) => this.#links.get(traceId) ?? []),
      datasets: datasets
        .flatMap((node) => [...(this.#edges.get(node) ?? [])])
        .map((edge) => (edge.subjectSets ? { ...edge, statesPerson: edge.subjectSets.some(isIn) } : edge)),
      cut: false,
    };
  }

  #addSpan(span: ReadSpan): void {
    const startUs = Number(span.startNs / 1000n);
    const { traceId, spanId, attribution, role } = span;
    push(this.#spans, traceId, factOf(span));
    for (const { key, action } of jumpKeys(span)) push(this.#hits, key, { key, traceId, spanId, startUs, action });
    for (const link of span.links) {
      push(this.#links, link.traceId, { linkedTraceId: link.traceId, linkedSpanId: link.spanId, traceId, spanId });
    }
    const set = this.#sets.find(({ id }) => id === span.subjectSet)?.people ?? [];
    for (const token of new Set([...span.tokens, ...set.map((person) => person.token)])) {
      push(this.#tags, token, { traceId, spanId, startUs, attribution, role, viaLink: false });
    }
    for (const token of span.linkTokens) {
      if (span.tokens.includes(token)) continue;
      push(this.#tags, token, { traceId, spanId, startUs, attribution: 'ambient', role, viaLink: true });
    }
  }
}

/** Without what only the span's own row holds: the closure compares copies as text. */
function factOf({ startNs, endNs, events: _, ...span }: ReadSpan): SpanFact {
  return { ...span, startUs: Number(startNs / 1000n), endUs: Number(endNs / 1000n) };
}

/** All that the events of each run have told. */
function runsOf(events: readonly unknown[]): RunFacts[] {
  const told = events.map((event) => {
    const reading = readLineageEvent(event);
    if ('rejected' in reading) throw new Error(reading.rejected);
    return reading.event;
  });
  return [...Map.groupBy(told, ({ runId }) => runId).values()].map(joinEvents);
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}

function add<V>(map: Map<string, Set<V>>, key: string, value: V): void {
  const known = map.get(key);
  if (known) known.add(value);
  else map.set(key, new Set([value]));
}
