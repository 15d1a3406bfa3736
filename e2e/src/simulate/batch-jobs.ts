import type { Surroundings } from './execution.ts';
import type { SimPerson } from './span.ts';
import type { Store } from './systems.ts';
import type { Work } from './timeline.ts';

/** A job that copies between datasets and tells OpenLineage about it. No span is made of it, and nobody is tagged. */
export interface BatchJob {
  readonly name: string;
  readonly inputs: readonly Store[];
  readonly output: Store;
  /** Share of the people whose rows it really copies; 0 for a job that only counts. */
  readonly copies: number;
  readonly overwrites: boolean;
  /** What it tells of columns: nothing, that it copies them, or that it only groups by them. */
  readonly columns: 'copied' | 'shaped' | null;
  /** It works on a set of people, and says which. */
  readonly namesPeople: boolean;
}

const NAMESPACE = 'nightly';
const PRODUCER = 'https://example.com/scheduler';

export function* runJob(env: Surroundings, events: unknown[], job: BatchJob): Work {
  const { dice, timeline, truth } = env;
  const runId = dice.uuid(dice.chance(0.5) ? 7 : 4, Math.floor(timeline.now / 1000));
  const node = `job:${NAMESPACE}/${job.name}`;
  const about = job.namesPeople ? dice.some(env.people, 0.5) : null;
  const facets =
    about === null || about.length === 0 ? {} : { facets: { vestige_subjects: { set: env.nameSet(about) } } };
  const event = (eventType: string, more: object) => ({
    eventType,
    eventTime: instant(Math.floor(timeline.now / 1000)),
    producer: PRODUCER,
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId, ...facets },
    job: { namespace: NAMESPACE, name: job.name },
    ...more,
  });
  const inputs = job.inputs.map(({ dataset }) => dataset);
  events.push(event('START', { inputs }));
  yield* timeline.wait(dice.between(100_000, 2_000_000));

  const moved = { traceId: runId, spanId: '', party: '' };
  const isAbout = (person: SimPerson) => about === null || about.length === 0 || about.includes(person);
  const copied: { key: string; number: number; told: boolean }[] = [];
  for (const { place } of job.inputs) {
    for (const item of place.alive(timeline.now)) {
      for (const [number, { told }] of item.people) {
        if (!isAbout(env.person(number))) continue;
        truth.moved({ ...moved, person: number, from: place.node, to: node, action: 'read', told, atUs: timeline.now });
        if (dice.chance(job.copies)) copied.push({ key: `${place.node} ${item.key}`, number, told });
      }
    }
  }
  yield* timeline.wait(dice.between(100_000, 1_000_000));
  const { place } = job.output;
  if (job.overwrites) place.items.clear();
  for (const { key, number, told } of copied) {
    const item = place.item(key, `${place.node}#${dice.base64url22()}`);
    const known = item.people.get(number);
    // A job names no records: who reads one of them later cannot be followed by it.
    item.people.set(number, { linked: false, written: false, ...known, told: (known?.told ?? false) || told });
    truth.moved({ ...moved, person: number, from: node, to: place.node, action: 'write', told, atUs: timeline.now });
  }
  yield* timeline.wait(dice.between(100_000, 1_000_000));
  events.push(event('COMPLETE', { inputs, outputs: [{ ...job.output.dataset, facets: outputFacets(job) }] }));
}

function outputFacets({ overwrites, columns, inputs }: BatchJob): object {
  const transformations =
    columns === 'copied' ? [{ type: 'DIRECT', subtype: 'IDENTITY' }] : [{ type: 'INDIRECT', subtype: 'GROUP_BY' }];
  const inputFields = inputs.map(({ dataset }) => ({ ...dataset, field: 'id', transformations }));
  return {
    ...(overwrites ? { lifecycleStateChange: { lifecycleStateChange: 'OVERWRITE' } } : {}),
    ...(columns === null
      ? {}
      : { schema: { fields: [{ name: 'id' }] }, columnLineage: { fields: { id: { inputFields } } } }),
  };
}

/** Somebody empties or drops a dataset; a DatasetEvent says so. */
export function dropped(env: Surroundings, events: unknown[], store: Store, how: 'DROP' | 'TRUNCATE'): void {
  store.place.items.clear();
  events.push({
    eventTime: instant(Math.ceil(env.timeline.now / 1000)),
    producer: PRODUCER,
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
    dataset: { ...store.dataset, facets: { lifecycleStateChange: { lifecycleStateChange: how } } },
  });
}

/** A table goes by another name from now on; what was in it is there. */
export function renamed(env: Surroundings, events: unknown[], from: Store, to: Store): void {
  const moved = { traceId: env.dice.hex(16), spanId: '', party: '', atUs: env.timeline.now };
  for (const [key, item] of from.place.items) {
    const copy = to.place.item(key, `${to.place.node}#${env.dice.base64url22()}`);
    for (const [person, { told }] of item.people) {
      copy.people.set(person, { told, linked: false, written: false });
      env.truth.moved({ ...moved, person, from: from.place.node, to: to.place.node, action: 'write', told });
    }
  }
  from.place.items.clear();
  events.push({
    eventTime: instant(Math.ceil(env.timeline.now / 1000)),
    producer: PRODUCER,
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
    dataset: {
      ...to.dataset,
      facets: { lifecycleStateChange: { lifecycleStateChange: 'RENAME', previousIdentifier: from.dataset } },
    },
  });
}

const instant = (ms: number) => new Date(ms).toISOString();
