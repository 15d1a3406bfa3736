import { Closure, isEmpty } from '@vestige/core/lineage/closure';
import type { CutSpans } from '@vestige/core/lineage/cut-words';
import type { DatasetEdge, PersonTag, SpanFact } from '@vestige/core/lineage/facts';
import type { Flow } from '@vestige/core/lineage/flow';
import { type KeySpan, keySpanOf } from '@vestige/core/lineage/key-span';
import { factsOf, NOW_US, type World } from '@vestige/core/lineage/testing/world';
import type { Window } from '@vestige/store/events/event-store';
import type { ExposureDeps } from '../exposure.ts';

/**
 * A small organisation with several people, that answers what an exposure reads as the real stores do, and, beside it, what
 * each person would be told who asks alone.
 */
export interface Organisation {
  readonly spans: readonly SpanFact[];
  readonly tags: readonly PersonTag[];
  readonly datasets: readonly DatasetEdge[];
  /** Sets of a batch run, by person. */
  readonly sets: ReadonlyMap<string, readonly string[]>;
  readonly cutSpans?: readonly CutSpans[];
  readonly olderReadings?: boolean;
}

const bounded = <T>(rows: readonly T[]) => ({ rows: [...rows], cut: false });
const actsAt = (span: SpanFact, nodes: ReadonlySet<string>) =>
  nodes.has(span.self) || nodes.has(span.owner) || nodes.has(span.service);
const from = ({ fromUs }: Window) => fromUs ?? 0;
const to = ({ toUs }: Window) => toUs ?? Number.POSITIVE_INFINITY;

export function exposureDeps(organisation: Organisation): ExposureDeps {
  const { spans, tags, datasets, sets, cutSpans = [], olderReadings = false } = organisation;
  const tracesOf = (some: readonly SpanFact[]) => [...new Set(some.map(({ traceId }) => traceId))];
  const inTraces = <T extends { readonly traceId: string }>(rows: readonly T[], ids: readonly string[]) =>
    rows.filter(({ traceId }) => ids.includes(traceId));
  const everything: World = { spans, tags: [], datasets };

  return {
    now: () => new Date(NOW_US / 1000),
    aliases: {
      people: async (_, ids) => [...new Set(ids)].map((subjectId) => ({ subjectId, members: [subjectId] })),
      setsWith: async (_, ids, members) =>
        new Map(ids.map((id) => [id, members.some((one) => sets.get(one)?.includes(id) === true)])),
    },
    events: {
      nodesSeen: async (_, window) =>
        bounded(
          spans
            .filter(({ startUs }) => startUs >= from(window) && startUs < to(window))
            .flatMap((span) => [
              ...span.touches.map(({ peer }) => ({ id: peer, host: span.recipientHost })),
              ...[span.self, span.owner, span.service].map((id) => ({ id, host: '' })),
            ])
            .filter(({ id }) => id !== ''),
        ),
      nodesOfRuns: async (_, window) =>
        bounded([
          ...new Set(
            datasets
              .filter(({ startUs, endUs }) => startUs < to(window) && endUs >= from(window))
              .flatMap(({ job, input, output }) => [job, input, output])
              .filter((id) => id !== ''),
          ),
        ]),
      tracesAt: async (_, nodes, window) => {
        const wanted = new Set(nodes);
        const running = spans.filter(({ startUs, endUs }) => startUs < to(window) && endUs >= from(window) - 1_000);
        const going = new Set(tracesOf(running));
        const there = spans.filter(
          (span) =>
            span.startUs < to(window) &&
            (actsAt(span, wanted)
              ? going.has(span.traceId)
              : running.includes(span) && span.touches.some(({ peer }) => wanted.has(peer))),
        );
        return bounded(tracesOf(there));
      },
      conversationsAt: async (_, nodes, toUs) => {
        const wanted = new Set(nodes);
        const before = spans.filter(({ startUs }) => startUs < toUs);
        const traces = tracesOf(before.filter((span) => actsAt(span, wanted)));
        const found = inTraces(before, traces).map(({ conversation }) => conversation);
        return bounded([...new Set(found)].filter((conversation) => conversation !== ''));
      },
      runsAt: async (_, nodes, window) => {
        const there = datasets.filter(
          ({ input, output, job, startUs, endUs }) =>
            startUs < to(window) && endUs >= from(window) && [input, output, job].some((id) => nodes.includes(id)),
        );
        return { any: there.length > 0, read: there.map(({ input }) => input).filter((id) => nodes.includes(id)) };
      },
      sourcesOf: async (_, nodes) => {
        const runs = datasets.filter(({ output, job }) => nodes.includes(output) || nodes.includes(job));
        const inputs = datasets.filter(({ runId, input }) => input !== '' && runs.some((run) => run.runId === runId));
        return bounded([...new Set(inputs.map(({ input }) => input))]);
      },
      facts: async (_, needs) => factsOf(everything, needs),
      keySpans: async (_, ids) => bounded(inTraces(spans, ids).map(keySpanOf).filter(isKeyed)),
      tellers: async (_, keys, toUs) => {
        const { jumps } = factsOf(everything, {
          traces: [],
          jumps: keys.map((key) => ({ key, fromUs: 0 })),
          linksTo: [],
          datasets: [],
        });
        const declares = new Set(
          tracesOf(
            spans.filter(
              ({ attribution, touches }) =>
                attribution === 'declared' && touches.some(({ action }) => action === 'read' || action === 'receive'),
            ),
          ),
        );
        return bounded(
          jumps.filter(
            ({ action, startUs, traceId }) =>
              startUs < toUs &&
              action !== 'delete' &&
              ((action !== 'read' && action !== 'receive') || declares.has(traceId)),
          ),
        );
      },
      peopleOfTraces: async (_, ids) => bounded(inTraces(tags, ids).filter(({ role }) => role !== 'actor')),
      tagsOfTraces: async (_, ids) => bounded(inTraces(tags, ids)),
      tagsOfSubjects: async (_, ids) => bounded(tags.filter(({ subjectId }) => ids.includes(subjectId))),
      cutSpans: async () => [...cutSpans],
      holdsOlderReadings: async () => olderReadings,
      taggedSpans: async (_, ids) =>
        new Map(ids.map((id) => [id, tags.filter(({ subjectId }) => subjectId === id).length])),
    },
  };
}

const isKeyed = ({ recordRefs, derivedFrom, conversation, memories, linkedTraces }: KeySpan) =>
  recordRefs.length + derivedFrom.length + memories.length + linkedTraces.length > 0 || conversation !== '';

/** The flows of one person's own lineage. */
export function lineageAlone({ spans, tags, datasets, sets }: Organisation, person: string): readonly Flow[] {
  const stated = datasets.map((edge) =>
    edge.subjectSets === undefined
      ? edge
      : { ...edge, statesPerson: edge.subjectSets.some((set) => sets.get(person)?.includes(set) ?? false) },
  );
  const own = { spans, tags: tags.filter(({ subjectId }) => subjectId === person), datasets: stated };
  const closure = new Closure(own.tags, { nowUs: NOW_US });
  for (let needs = closure.needs(); !isEmpty(needs); needs = closure.needs()) closure.add(factsOf(own, needs));
  return closure.result().flows;
}
