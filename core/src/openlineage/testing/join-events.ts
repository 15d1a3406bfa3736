import { type LineageEvent, outcomeOf, type RunFacts } from '../lineage-event.ts';

/**
 * All that the events of one run have told, in any order and however often: what the store's query does over rows
 * (`store/src/events/run-edges.ts`). START says when the run began; without one it began when the others hint at.
 */
export function joinEvents(events: readonly LineageEvent[]): RunFacts {
  const isBegun = events.some(({ state }) => state === 'start');
  return {
    runId: events[0]?.runId ?? '',
    job: events[0]?.job ?? '',
    parentJob:
      events
        .map(({ parentJob }) => parentJob)
        .sort()
        .at(-1) ?? '',
    startUs: Math.min(...events.map(({ startUs, atUs }) => (isBegun ? atUs : startUs))),
    endUs: Math.max(...events.map(({ atUs }) => atUs)),
    outcome: outcomeOf(events.map(({ state }) => state)),
    subjectSets: [...new Set(events.map(({ subjectSet }) => subjectSet).filter((set) => set !== ''))].sort(),
    // Columns of an event without a state are not looked at, as nothing is known of when such rows were stored.
    datasets: events.flatMap(({ state, datasets }) =>
      state === '' ? datasets.map((dataset) => ({ ...dataset, columns: null })) : datasets,
    ),
  };
}
