import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { jobNode } from '../node/actor.ts';
import { datasetNode, isPartOfNode } from '../node/dataset.ts';
import { columnInputs, columnSources } from './column-lineage.ts';
import { type Dataset, DatasetEvent, JobEvent, RunEvent } from './event-schema.ts';
import { type FedDataset, fedBy, fedDatasets } from './explicit-lineage.ts';
import { isLeftAlone, lifecycleOf, renamingOf } from './lifecycle.ts';
import { tooMuchOf } from './limits.ts';
import { EVENT_STATES, type LineageEvent, type RunDataset } from './lineage-event.ts';
import { oneOfEach } from './one-of-each.ts';

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
    if (!isBelievable(found.event.atUs)) return { rejected: 'eventTime: no instant between 2000 and 2200' };
    const tooMuch = tooMuchOf(found);
    return tooMuch === null ? found : { rejected: tooMuch };
  }
  const fields = result.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')}: ${adviceOf(issue)}`);
  return { rejected: fields.join('; ') };
}

/** Messages of zod's own may quote the event; those of the schema say what to do. */
function adviceOf({ code, message, path }: z.core.$ZodIssue): string {
  if (code === 'invalid_type') return 'missing, or of another type than the specification says';
  if (code === 'invalid_format' || (code === 'too_big' && /^(?:in|out)puts$/.test(String(path.at(-1))))) return message;
  return code === 'too_big' ? 'too long' : code;
}

function readRun(event: RunEvent): LineageReading {
  const runId = event.run.runId.toLowerCase();
  const atUs = microseconds(event.eventTime);
  const { nominalTime, parent, lineage, vestige_subjects: subjects } = event.run.facets ?? {};
  const state = EVENT_STATES.find((one) => one === (event.eventType ?? '').toLowerCase()) ?? '';
  const hint = state === 'start' ? 0 : startOf(runId, nominalTime?.nominalStartTime ?? '');
  return reading(
    {
      kind: 'run',
      runId,
      job: jobNode(event.job.namespace, event.job.name),
      parentJob: parent ? jobNode(parent.job.namespace, parent.job.name) : '',
      state,
      startUs: Math.min(atUs, hint || atUs),
      atUs,
      subjectSet: subjects?.set ?? '',
    },
    event,
    [lineage, event.job.facets?.lineage].flatMap((facet) => (facet === undefined ? [] : fedDatasets(facet))),
  );
}

function readDataset(event: DatasetEvent): LineageReading {
  const { dataset } = event;
  const atUs = microseconds(event.eventTime);
  const common = { kind: 'dataset', runId: '', job: '', parentJob: '', state: '', startUs: atUs, atUs } as const;
  // What a dataset event says of where the dataset comes from is design: nobody ran anything at that instant.
  return reading({ ...common, subjectSet: '' }, { ...event, outputs: [dataset] }, null);
}

function readJob(event: JobEvent): LineageReading {
  const atUs = microseconds(event.eventTime);
  const job = jobNode(event.job.namespace, event.job.name);
  const common = { kind: 'job', runId: keyOf('job', job), job, parentJob: '', state: '', startUs: atUs, atUs } as const;
  const { lineage } = event.job.facets ?? {};
  return reading({ ...common, subjectSet: '' }, event, lineage === undefined ? [] : fedDatasets(lineage));
}

interface Told {
  readonly eventTime: string;
  readonly eventType?: string | undefined;
  readonly producer?: string | undefined;
  readonly inputs?: readonly Dataset[] | null | undefined;
  readonly outputs?: readonly Dataset[] | null | undefined;
}

/** @param fed what facets say beside `inputs` and `outputs`; null where no facet says that anything moved */
function reading(
  event: Omit<LineageEvent, 'datasets' | 'key'>,
  told: Told,
  fed: readonly FedDataset[] | null,
): LineageReading {
  const { kind, runId, job, parentJob, subjectSet } = event;
  const [inputs, outputs] = [told.inputs ?? [], told.outputs ?? []];
  const nodes = new Set(inputs.map(nodeOf));
  const named = [
    ...inputs.map((dataset) => datasetOf('input', dataset, kind, nodes)),
    ...outputs
      .filter((dataset) => !isLeftAlone(dataset, kind))
      .map((dataset) => datasetOf('output', dataset, kind, nodes)),
  ];
  const datasets = oneOfEach([
    ...named,
    ...(fed === null ? [] : toldByFacets(outputs, fed, named)),
    ...outputs.flatMap((dataset) => partlyRenamed(dataset, kind)),
  ]);
  const of = kind === 'run' ? `${runId} ${job}` : job;
  const content = JSON.stringify([datasets, parentJob, subjectSet]);
  const key = keyOf(kind, of, told.eventType ?? '', told.eventTime, told.producer ?? '', content);
  return {
    event: { ...event, key, runId: kind === 'dataset' ? key : runId, datasets },
    aliases: [...inputs, ...outputs].flatMap(aliasesOf),
  };
}

/** Datasets that only `columnLineage` or `lineage` name: data came from them as much as from those in `inputs`. */
function toldByFacets(
  outputs: readonly Dataset[],
  fed: readonly FedDataset[],
  named: readonly RunDataset[],
): RunDataset[] {
  const ofOutputs = outputs.flatMap(({ facets: { columnLineage, lineage } = {} }) => [
    ...(columnLineage === undefined ? [] : columnInputs(columnLineage)),
    ...(lineage === undefined ? [] : fedBy(lineage)),
  ]);
  const sides = [
    ['input', [...ofOutputs, ...fed.flatMap(({ inputs }) => inputs)]],
    ['output', fed],
  ] as const;
  return sides.flatMap(([side, identifiers]) => {
    const known = new Set(named.filter((dataset) => dataset.side === side).map(({ node }) => node));
    const found = new Set(identifiers.map(({ namespace, name }) => datasetNode(namespace, name)));
    return [...found].filter((node) => !known.has(node)).map((node) => plain(side, node));
  });
}

/** What lay under the old name was taken along, also where something may be left there. */
function partlyRenamed(dataset: Dataset, kind: LineageEvent['kind']): RunDataset[] {
  const old = renamingOf(dataset, kind);
  return old === null || old.isGone ? [] : [plain('input', nodeOf(old))];
}

const plain = (side: RunDataset['side'], node: string): RunDataset => ({
  side,
  node,
  lifecycle: '',
  renamedFrom: '',
  columns: null,
  categories: [],
});

/** @param inputs node ids of the inputs that the event names */
function datasetOf(
  side: RunDataset['side'],
  dataset: Dataset,
  kind: LineageEvent['kind'],
  inputs: ReadonlySet<string>,
): RunDataset {
  const { columnLineage, schema } = dataset.facets ?? {};
  const old = side === 'output' ? renamingOf(dataset, kind) : null;
  const columns = schema?.fields.map(({ name }) => name);
  return {
    side,
    node: nodeOf(dataset),
    lifecycle: lifecycleOf(dataset, kind),
    renamedFrom: old?.isGone ? nodeOf(old) : '',
    columns: side === 'output' ? columnSources(columnLineage, columns, inputs) : null,
    categories: categoriesOf(dataset),
  };
}

/** A node that stands for more than the dataset, a folder or a bucket, is not another name of it. */
function aliasesOf(dataset: Dataset): LineageReading['aliases'] {
  if (!isWhole(dataset)) return [];
  const canonical = nodeOf(dataset);
  const names = (dataset.facets?.symlinks?.identifiers ?? []).filter(isWhole).map(nodeOf);
  return [...new Set(names)].filter((alias) => alias !== canonical).map((alias) => ({ alias, canonical }));
}

const isWhole = ({ namespace, name }: Identifier) => /[^/]/.test(name) && !isPartOfNode(namespace, name);

type Identifier = Pick<Dataset, 'namespace' | 'name'>;

const nodeOf = ({ namespace, name }: Identifier) => datasetNode(namespace, name);

const CATEGORY_TAG = /^(?:pii|classification|data_category|sensitivity|gdpr\.[a-z0-9_.]{1,64})$/;
/** `pii: false` says that it is none. */
const NOT_TAGGED = /^(?:false|no|none|0|)$/i;
const CATEGORY = /^[a-z0-9_.]{1,128}$/;

/** Only known tag keys are kept, and of them only values that look like categories (ruling 27). */
function categoriesOf(dataset: Dataset): string[] {
  const categories = (dataset.facets?.tags?.tags ?? [])
    .filter(({ key }) => CATEGORY_TAG.test(key.toLowerCase()))
    .filter(({ value }) => !NOT_TAGGED.test(String(value)))
    .map(({ key, value }) =>
      (value === undefined || /^(?:true|yes|1)$/i.test(String(value)) ? key : String(value)).toLowerCase(),
    )
    .filter((category) => CATEGORY.test(category) && !/\d{7}/.test(category));
  return [...new Set(categories)];
}

/**
 * A version 7 UUID, which OpenLineage clients make, holds the instant of the run's start (RFC 9562 §5.7). 0: unknown. Only a
 * hint, for runs whose START got lost: Airflow makes the id of the logical date.
 */
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
  const fraction = /\.(\d+)/.exec(instant)?.[1] ?? '';
  const whole = Date.parse(
    instant
      .toUpperCase()
      .replace(/\.\d+/, '')
      .replace(/([+-]\d{2})(\d{2})$/, '$1:$2'),
  );
  return Number.isNaN(whole) ? 0 : whole * 1_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

function keyOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
}
