import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { DatasetEdge } from '../lineage/facts.ts';
import { jobNode } from '../node/actor.ts';
import { datasetNode } from '../node/dataset.ts';
import { columnSources } from './column-lineage.ts';
import { type Dataset, DatasetEvent, JobEvent, RunEvent } from './event-schema.ts';
import type { LineageEvent, RunDataset } from './lineage-event.ts';

export interface LineageReading {
  readonly event: LineageEvent;
  /** Other names of the same dataset, from `symlinks`. */
  readonly aliases: readonly { readonly alias: string; readonly canonical: string }[];
}

/**
 * One OpenLineage event (RunEvent, DatasetEvent or JobEvent, spec 2-0-2), read for what moves data: the datasets of each
 * side, what `lifecycleStateChange` did to them, which inputs the columns come from, tags with known keys, and the job
 * that started this one. `ownership` and every other facet is ignored.
 *
 * @returns `rejected`: what is wrong, by field, without values of the event
 */
export function readLineageEvent(event: unknown): LineageReading | { readonly rejected: string } {
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    return { rejected: 'An event is an object.' };
  if ('run' in event) return parsed(RunEvent, event, readRun);
  if ('dataset' in event) return parsed(DatasetEvent, event, readDataset);
  if ('job' in event) return parsed(JobEvent, event, readJob);
  return { rejected: 'An event has a run, a dataset or a job.' };
}

function parsed<Shape extends z.ZodType>(
  schema: Shape,
  event: object,
  read: (event: z.infer<Shape>) => LineageReading,
): LineageReading | { readonly rejected: string } {
  const result = schema.safeParse(event);
  if (result.success) {
    const found = read(result.data);
    // A run of the year 9999 would have read whatever anybody wrote until then; one without a date began in 1970.
    return isBelievable(found.event.atUs) ? found : { rejected: 'eventTime: no instant between 2000 and 2200' };
  }
  const fields = result.error.issues.slice(0, 5).map(({ path, code }) => `${path.join('.')}: ${code}`);
  return { rejected: fields.join('; ') };
}

function readRun(event: RunEvent): LineageReading {
  const runId = event.run.runId.toLowerCase();
  const atUs = microseconds(event.eventTime);
  const { nominalTime, parent, vestige_subjects: subjects } = event.run.facets ?? {};
  return reading(
    {
      kind: 'run',
      key: keyOf('run', runId, event.eventType ?? '', event.eventTime, event.producer ?? ''),
      runId,
      job: jobNode(event.job.namespace, event.job.name),
      parentJob: parent ? jobNode(parent.job.namespace, parent.job.name) : '',
      startUs: Math.min(atUs, startOf(runId, nominalTime?.nominalStartTime ?? '') || atUs),
      atUs,
      subjectSet: subjects?.set ?? '',
    },
    event.inputs ?? [],
    event.outputs ?? [],
  );
}

function readDataset(event: DatasetEvent): LineageReading {
  const { dataset } = event;
  const key = keyOf('dataset', dataset.namespace, dataset.name, event.eventTime, event.producer ?? '');
  const atUs = microseconds(event.eventTime);
  const common = { kind: 'dataset', key, runId: key, job: '', parentJob: '', startUs: atUs, atUs } as const;
  return reading({ ...common, subjectSet: '' }, [], [dataset]);
}

function readJob(event: JobEvent): LineageReading {
  const atUs = microseconds(event.eventTime);
  const job = jobNode(event.job.namespace, event.job.name);
  return reading(
    {
      kind: 'job',
      key: keyOf('job', event.job.namespace, event.job.name, event.eventTime, event.producer ?? ''),
      runId: keyOf('job', job),
      job,
      parentJob: '',
      startUs: atUs,
      atUs,
      subjectSet: '',
    },
    event.inputs ?? [],
    event.outputs ?? [],
  );
}

function reading(
  event: Omit<LineageEvent, 'datasets'>,
  inputs: readonly Dataset[],
  outputs: readonly Dataset[],
): LineageReading {
  return {
    event: {
      ...event,
      datasets: [
        ...inputs.map((dataset) => datasetOf('input', dataset)),
        ...outputs.map((dataset) => datasetOf('output', dataset)),
      ],
    },
    aliases: [...inputs, ...outputs].flatMap(aliasesOf),
  };
}

function datasetOf(side: RunDataset['side'], dataset: Dataset): RunDataset {
  const { lifecycleStateChange: change, columnLineage } = dataset.facets ?? {};
  const previous = change?.lifecycleStateChange === 'RENAME' ? change.previousIdentifier : undefined;
  return {
    side,
    node: nodeOf(dataset),
    lifecycle: lifecycleOf(dataset),
    renamedFrom: side === 'output' && previous ? datasetNode(previous.namespace, previous.name) : '',
    columns: side === 'output' ? columnSources(columnLineage) : null,
    categories: categoriesOf(dataset),
  };
}

function aliasesOf(dataset: Dataset): LineageReading['aliases'] {
  const canonical = nodeOf(dataset);
  const names = (dataset.facets?.symlinks?.identifiers ?? []).map(({ namespace, name }) =>
    datasetNode(namespace, name),
  );
  return [...new Set(names)].filter((alias) => alias !== canonical).map((alias) => ({ alias, canonical }));
}

function lifecycleOf(dataset: Dataset): DatasetEdge['lifecycle'] {
  switch (dataset.facets?.lifecycleStateChange?.lifecycleStateChange) {
    case 'DROP':
      return 'drop';
    case 'TRUNCATE':
      return 'truncate';
    case 'OVERWRITE':
      return 'overwrite';
    default:
      return '';
  }
}

const nodeOf = (dataset: Dataset) => datasetNode(dataset.namespace, dataset.name);

const CATEGORY_TAG = /^(?:pii|classification|data_category|sensitivity|gdpr\.[a-z0-9_.]{1,64})$/;
const CATEGORY = /^[a-z0-9_.]{1,128}$/;

/** Only known tag keys are kept, and of them only values that look like categories (ruling 27). */
function categoriesOf(dataset: Dataset): string[] {
  const categories = (dataset.facets?.tags?.tags ?? [])
    .filter(({ key }) => CATEGORY_TAG.test(key.toLowerCase()))
    .map(({ key, value }) => (value === undefined || value === 'true' ? key : value).toLowerCase())
    .filter((category) => CATEGORY.test(category) && !/\d{7}/.test(category));
  return [...new Set(categories)];
}

/** A version 7 UUID, which OpenLineage clients make, holds the instant of the run's start (RFC 9562 §5.7). 0: unknown. */
function startOf(runId: string, nominalStart: string): number {
  const fromId = runId[14] === '7' ? Number.parseInt(runId.slice(0, 8) + runId.slice(9, 13), 16) * 1_000 : 0;
  const fromFacet = nominalStart === '' ? 0 : microseconds(nominalStart);
  return [fromId, fromFacet].find(isBelievable) ?? 0;
}

/** As for spans, an older instant comes from a clock that was never set. */
const AT_MIN_US = Date.UTC(2000) * 1_000;
const AT_MAX_US = Date.UTC(2200) * 1_000;

const isBelievable = (us: number): boolean => us >= AT_MIN_US && us < AT_MAX_US;

/** Microseconds since the epoch; finer digits are cut. */
function microseconds(instant: string): number {
  const fraction = /\.(\d{1,9})/.exec(instant)?.[1] ?? '';
  const whole = Date.parse(instant.replace(/\.\d+/, '').replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(whole) ? 0 : whole * 1_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

function keyOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
}
