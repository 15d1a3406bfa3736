import type { ColumnFlow, DatasetEdge } from '../lineage/facts.ts';

/**
 * What one OpenLineage event says, read: the form in which it is stored. The events of a run are joined when they are
 * asked for and not when they arrive, because they may reach several collectors, in any order, with restarts in between
 * (docs/adr/0045-join-runs-when-asked.md).
 */
export interface LineageEvent {
  /** `job`: a JobEvent describes a job that may never have run. It moves nothing and is shown as design. */
  readonly kind: 'run' | 'dataset' | 'job';
  /** 32 hexadecimal digits. Same event, same key: over run, type, time and producer, as the specification identifies an event. */
  readonly key: string;
  /** Of a dataset event its own key: two drops of one day are not one long run. Of a job event a key of the job. */
  readonly runId: string;
  /** Node id; '' for a dataset event. */
  readonly job: string;
  /** Node id of the job that started this run (`parent`); '' for none. */
  readonly parentJob: string;
  /** Microseconds since the epoch: when the run began, as far as this event tells, and when the event happened. */
  readonly startUs: number;
  readonly atUs: number;
  /** Registered set of the people whose data the run works on (run facet `vestige_subjects`); '' for none. */
  readonly subjectSet: string;
  readonly datasets: readonly RunDataset[];
}

export interface RunDataset {
  readonly side: 'input' | 'output';
  /** Node id. */
  readonly node: string;
  readonly lifecycle: DatasetEdge['lifecycle'];
  /** Of an output that was renamed: node id of the name it had; '' otherwise. */
  readonly renamedFrom: string;
  /** Of an output whose `columnLineage` is told: the inputs its columns are made from. Null when it is not told. */
  readonly columns: readonly ColumnSource[] | null;
  /** From tags with known keys. */
  readonly categories: readonly string[];
}

export interface ColumnSource {
  /** Node id. */
  readonly input: string;
  readonly via: Exclude<ColumnFlow, 'none'>;
}

/** All that the events of one run have told so far. */
export interface RunFacts {
  readonly runId: string;
  readonly job: string;
  /** Node id of the job that started it, as far as its events have told; '' for none. */
  readonly parentJob: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly subjectSets: readonly string[];
  /** The same dataset may stand here several times, as often as events named it differently. */
  readonly datasets: readonly RunDataset[];
}
