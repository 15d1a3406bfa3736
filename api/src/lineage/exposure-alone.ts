import { setImmediate } from 'node:timers/promises';
import { type Disorder, largestDisorders } from '@vestige/core/lineage/clock-disorder';
import type { Directory } from '@vestige/core/lineage/directory';
import type { PersonTag, SpanFact } from '@vestige/core/lineage/facts';
import type { Flow } from '@vestige/core/lineage/flow';
import { TraceAlone } from '@vestige/core/lineage/trace-alone';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import type { Candidates } from './exposure-reach.ts';
import type { ExposureEvents, TracesAtTarget } from './exposure-traces.ts';

/** What the traces at the target say about people by themselves. */
export interface Told {
  /** By person. */
  readonly flows: ReadonlyMap<string, readonly Flow[]>;
  /** People of whom these traces may hold more than is told here: they are to be followed. */
  readonly open: ReadonlySet<string>;
  /** Traces at the target that are of somebody's data, by what they say themselves. */
  readonly explained: ReadonlySet<string>;
  /** Traces at the target in which a span says that it handles the data of somebody whom nobody knows any more. */
  readonly gone: ReadonlySet<string>;
  /** Our own export and erasure work. */
  readonly ownWork: ReadonlySet<string>;
  /** Services whose clocks contradict each other in these traces, the largest lag first. */
  readonly clocks: readonly Disorder[];
  readonly cut: boolean;
}

/** Traces looked at together: all their spans are in memory at once, and no others. */
const TRACES_PER_READ = 2_500;
const SPANS_PER_READ_MAX = 250_000;
const TAGS_PER_READ_MAX = 500_000;
/**
 * Every further person of a trace is looked for on each of its spans, which takes about 3 µs each. Whoever is in a trace of
 * too many of both, or in one that comes when there were too many in all, is left to those who follow people until a deadline.
 */
const LOOKS_PER_TRACE_MAX = 500_000;
const LOOKS_MAX = 1_500_000;
/** Others are served in between. */
const LOOKS_AT_ONCE = 10_000;

export async function toldByTraces(
  deps: { readonly events: ExposureEvents } & Pick<ApiDeps, 'skew'>,
  tenant: Pick<Tenant, 'id'>,
  names: Directory,
  { direct, turns, acts }: Pick<TracesAtTarget, 'direct' | 'turns' | 'acts'>,
  { personOf, reach }: Candidates,
): Promise<Told> {
  const { events, skew } = deps;
  const flows = new Map<string, Flow[]>();
  const open = new Set<string>();
  const explained = new Set<string>();
  const gone = new Set<string>();
  const ownWork = new Set<string>();
  const unopened = new Map<ReadonlySet<string>, ReadonlySet<string>>();
  let clocks: readonly Disorder[] = [];
  let cut = false;
  let looks = 0;
  let looksAtOnce = 0;

  const look = async (traceId: string, spans: readonly SpanFact[], tags: readonly PersonTag[]) => {
    if (spans.some(({ requestId }) => requestId !== '')) ownWork.add(traceId);
    const known = new Set(tags.flatMap(({ subjectId, spanId }) => (personOf(subjectId) === undefined ? [] : [spanId])));
    const isGone = ({ attribution, role, spanId }: SpanFact) =>
      attribution !== 'none' && role !== 'actor' && !known.has(spanId);
    if (spans.some(isGone)) gone.add(traceId);
    const fed = reach.fed(traceId);
    const inside = Map.groupBy(tags, ({ subjectId }) => personOf(subjectId) ?? '');
    // Of those who came to several of these traces only the ones who were inside all of them are left to look at.
    const left = unopened.get(fed) ?? fed;
    const stillLeft = new Set<string>();
    for (const person of left) (inside.has(person) ? stillLeft : open).add(person);
    unopened.set(fed, stillLeft);
    inside.delete('');
    const needed = Math.max(0, inside.size - 1) * spans.length;
    if (needed > LOOKS_PER_TRACE_MAX || looks + needed > LOOKS_MAX) {
      for (const person of inside.keys()) open.add(person);
      return;
    }
    looks += needed;
    const alone = new TraceAlone(traceId, spans, names, skew);
    const apart = alone.clocks();
    if (apart.length > 0) clocks = largestDisorders([clocks, apart]);
    for (const [person, own] of inside) {
      looksAtOnce += spans.length;
      if (looksAtOnce > LOOKS_AT_ONCE) {
        looksAtOnce = 0;
        await setImmediate();
      }
      const said = alone.about(own, fed.has(person));
      if (said.told === 'some' || (said.told === 'all but turns' && acts)) open.add(person);
      if (said.flows.length === 0) continue;
      explained.add(traceId);
      const before = flows.get(person);
      if (before) before.push(...said.flows);
      else flows.set(person, [...said.flows]);
    }
  };

  const traces = [...direct, ...turns].sort();
  for (let at = 0; at < traces.length; at += TRACES_PER_READ) {
    const some = traces.slice(at, at + TRACES_PER_READ);
    const [facts, tags] = await Promise.all([
      events.facts(
        tenant.id,
        { traces: some, jumps: [], linksTo: [], datasets: [] },
        { spansMax: SPANS_PER_READ_MAX, hitsPerKeyMax: 0 },
      ),
      events.tagsOfTraces(tenant.id, some, TAGS_PER_READ_MAX),
    ]);
    cut ||= facts.cut || tags.cut;
    const tagsOf = Map.groupBy(tags.rows, ({ traceId }) => traceId);
    for (const [traceId, spans] of Map.groupBy(facts.spans, (span) => span.traceId)) {
      await look(traceId, spans, tagsOf.get(traceId) ?? []);
    }
  }
  return { flows, open, explained, gone, ownWork, clocks, cut };
}
