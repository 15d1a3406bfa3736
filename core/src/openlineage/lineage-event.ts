import type { ColumnFlow, DatasetEdge } from '../lineage/facts.ts';

/**
 * What one OpenLineage event says, read: the form in which it is stored. The events of a run are joined when they are
 * asked for and not when they arrive, because they may reach several collectors, in any order, with restarts in between
 * (docs/adr/0045-join-runs-when-asked.md).
 */
export interface LineageEvent {
  /** `job`: a JobEvent describes a job that may never have run. It moves nothing and is shown as design. */
  readonly kind: 'run' | 'dataset' | 'job';
  /**
   * 32 hexadecimal digits. Same event, same key: over run, type, time, producer and all that is read of it, so that two
   * events of one instant that tell different things are both kept.
   */
  readonly key: string;
  /** Of a dataset event its own key: two drops of one day are not one long run. Of a job event a key of the job. */
  readonly runId: string;
  /** Node id; '' for a dataset event. */
  readonly job: string;
  /** Node id of the job that started this run (`parent`); '' for none. */
  readonly parentJob: string;
  /** What the event says of its run; '' when nothing, and for dataset and job events. */
  readonly state: EventState;
  /**
   * Microseconds since the epoch: when the run began, as far as this event tells, and when the event happened. Only START
   * says it for sure: Airflow's run ids and nominal times tell the day that the run is about, of years ago in a backfill.
   */
  readonly startUs: number;
  readonly atUs: number;
  /** Registered set of the people whose data the run works on (run facet `vestige_subjects`); '' for none. */
  readonly subjectSet: string;
  readonly datasets: readonly RunDataset[];
}

export const EVENT_STATES = ['', 'start', 'running', 'complete', 'fail', 'abort', 'other'] as const;
export type EventState = (typeof EVENT_STATES)[number];

export interface RunDataset {
  readonly side: 'input' | 'output';
  /** Node id. */
  readonly node: string;
  readonly lifecycle: DatasetEdge['lifecycle'];
  /** Of an output that was renamed: node id of the name it had; '' otherwise. */
  readonly renamedFrom: string;
  /**
   * Of an output whose `columnLineage` can be relied on: what each input that the event names has to do with its columns. Null
   * where nobody knows, and for inputs.
   */
  readonly columns: readonly ColumnSource[] | null;
  /** From tags with known keys. */
  readonly categories: readonly string[];
}

export interface ColumnSource {
  /** Node id. */
  readonly input: string;
  readonly via: ColumnFlow;
}

/** All that the events of one run have told so far. */
export interface RunFacts {
  readonly runId: string;
  readonly job: string;
  /** Node id of the job that started it, as far as its events have told; '' for none. */
  readonly parentJob: string;
  readonly startUs: number;
  /** The last that was heard of it. */
  readonly endUs: number;
  /** `open`: it began and did not say that it ended. `unsaid`: told of without saying how it went. */
  readonly outcome: RunOutcome;
  readonly subjectSets: readonly string[];
  /** The same dataset may stand here several times, as often as events named it differently. */
  readonly datasets: readonly RunDataset[];
}

export type RunOutcome = 'complete' | 'failed' | 'open' | 'unsaid';

/** How a run went, by all its events in any order. One failure among them counts: what was half done is not done. */
export function outcomeOf(states: Iterable<EventState>): RunOutcome {
  const said = new Set(states);
  if (said.has('fail') || said.has('abort')) return 'failed';
  if (said.has('complete')) return 'complete';
  return said.has('start') || said.has('running') ? 'open' : 'unsaid';
}
