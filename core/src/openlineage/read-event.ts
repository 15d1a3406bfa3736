import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { DatasetEdge } from '../lineage/facts.ts';
import { jobNode } from '../node/actor.ts';
import { datasetNode } from '../node/dataset.ts';
import { type Dataset, DatasetEvent, JobEvent, RunEvent } from './event-schema.ts';

/** Inputs times outputs of one event. */
export const EDGES_MAX = 10_000;

export interface LineageReading {
  readonly kind: 'run' | 'dataset' | 'job';
  /** Same event, same key: over run, type, time and producer, as the specification identifies an event. */
  readonly key: string;
  readonly edges: readonly DatasetEdge[];
  /** Node ids of all datasets named, also of events without edges. A run may tell inputs and outputs apart in time. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Other names of the same dataset, from `symlinks`. */
  readonly aliases: readonly { readonly alias: string; readonly canonical: string }[];
  /** Data categories from known tag keys. */
  readonly categories: readonly { readonly node: string; readonly categories: readonly string[] }[];
}

/**
 * One OpenLineage event (RunEvent, DatasetEvent or JobEvent) as edges between datasets.
 *
 * - Each event of a run with inputs and outputs gives an edge per pair, from the run's start, as far as the event tells
 *   it, to the event's time; later events of the run carry the later end.
 * - `lifecycleStateChange` DROP or TRUNCATE without an input, or on an input, is an edge without output (ruling 7);
 *   OVERWRITE and TRUNCATE of an output mark its edges; RENAME copies the old name into the new one and drops the old.
 * - A JobEvent describes a job that may never have run: it names datasets and moves nothing.
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
  read: (event: z.infer<Shape>) => LineageReading | { readonly rejected: string },
): LineageReading | { readonly rejected: string } {
  const result = schema.safeParse(event);
  if (result.success) return read(result.data);
  const fields = result.error.issues.slice(0, 5).map(({ path, code }) => `${path.join('.')}: ${code}`);
  return { rejected: fields.join('; ') };
}

function readRun(event: RunEvent): LineageReading | { readonly rejected: string } {
  const inputs = event.inputs ?? [];
  const outputs = event.outputs ?? [];
  if (inputs.length * outputs.length > EDGES_MAX) return { rejected: `inputs times outputs: more than ${EDGES_MAX}` };
  const runId = event.run.runId.toLowerCase();
  const endUs = microseconds(event.eventTime);
  const startUs = Math.min(endUs, startOf(runId, event.run.facets?.nominalTime?.nominalStartTime ?? '') || endUs);
  const common = { job: jobNode(event.job.namespace, event.job.name), runId, startUs, endUs };
  const edges = edgesOf(inputs, outputs, common);
  const key = keyOf('run', runId, event.eventType ?? '', event.eventTime, event.producer ?? '');
  return { kind: 'run', key, edges, ...named(inputs, outputs) };
}

function readDataset(event: DatasetEvent): LineageReading {
  const { dataset } = event;
  const key = keyOf('dataset', dataset.namespace, dataset.name, event.eventTime, event.producer ?? '');
  const atUs = microseconds(event.eventTime);
  // Every such event is an occurrence of its own: two drops of one day are not one long run.
  const common = { job: '', runId: key, startUs: atUs, endUs: atUs };
  return { kind: 'dataset', key, edges: edgesOf([], [dataset], common), ...named([], [dataset]) };
}

function readJob(event: JobEvent): LineageReading {
  const key = keyOf('job', event.job.namespace, event.job.name, event.eventTime, event.producer ?? '');
  return { kind: 'job', key, edges: [], ...named(event.inputs ?? [], event.outputs ?? []) };
}

type Common = Pick<DatasetEdge, 'job' | 'runId' | 'startUs' | 'endUs'>;

function edgesOf(inputs: readonly Dataset[], outputs: readonly Dataset[], common: Common): DatasetEdge[] {
  const edges: DatasetEdge[] = [];
  const sources = inputs.map((dataset) => ({ node: nodeOf(dataset), lifecycle: lifecycleOf(dataset) }));
  for (const { node, lifecycle } of sources) {
    if (lifecycle === 'drop' || lifecycle === 'truncate') edges.push({ ...common, input: node, output: '', lifecycle });
  }
  for (const dataset of outputs) {
    const output = nodeOf(dataset);
    const lifecycle = lifecycleOf(dataset);
    const previous = dataset.facets?.lifecycleStateChange?.previousIdentifier;
    if (dataset.facets?.lifecycleStateChange?.lifecycleStateChange === 'RENAME' && previous !== undefined) {
      const old = datasetNode(previous.namespace, previous.name);
      edges.push(
        { ...common, input: old, output, lifecycle: '' },
        { ...common, input: old, output: '', lifecycle: 'drop' },
      );
    }
    if (lifecycle === 'drop') edges.push({ ...common, input: output, output: '', lifecycle });
    else if (sources.length > 0)
      for (const { node } of sources) edges.push({ ...common, input: node, output, lifecycle });
    else if (lifecycle === 'truncate') edges.push({ ...common, input: output, output: '', lifecycle });
    else if (lifecycle === 'overwrite') edges.push({ ...common, input: '', output, lifecycle });
  }
  return edges;
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

function named(
  inputs: readonly Dataset[],
  outputs: readonly Dataset[],
): Pick<LineageReading, 'inputs' | 'outputs' | 'aliases' | 'categories'> {
  const datasets = [...inputs, ...outputs];
  return {
    inputs: [...new Set(inputs.map(nodeOf))],
    outputs: [...new Set(outputs.map(nodeOf))],
    aliases: datasets.flatMap((dataset) => {
      const canonical = nodeOf(dataset);
      return (dataset.facets?.symlinks?.identifiers ?? [])
        .map(({ namespace, name }) => ({ alias: datasetNode(namespace, name), canonical }))
        .filter(({ alias }) => alias !== canonical);
    }),
    categories: datasets.flatMap((dataset) => {
      const categories = categoriesOf(dataset);
      return categories.length === 0 ? [] : [{ node: nodeOf(dataset), categories }];
    }),
  };
}

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
  return fromId || fromFacet;
}

/** Microseconds since the epoch; finer digits are cut. */
function microseconds(instant: string): number {
  const fraction = /\.(\d{1,9})/.exec(instant)?.[1] ?? '';
  const whole = Date.parse(instant.replace(/\.\d+/, '').replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(whole) ? 0 : whole * 1_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

function keyOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
}
