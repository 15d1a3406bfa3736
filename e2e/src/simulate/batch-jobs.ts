import type { Surroundings } from './execution.ts';
import type { Store } from './systems.ts';
import type { Work } from './timeline.ts';

/** A job that copies between datasets and tells OpenLineage about it; nobody in it is tagged. */
export interface BatchJob {
  readonly name: string;
  readonly inputs: readonly Store[];
  readonly output: Store;
  /** Share of the people whose rows it really copies; 0 for a job that only counts. */
  readonly copies: number;
  readonly overwrites: boolean;
}

const NAMESPACE = 'nightly';
const PRODUCER = 'https://example.com/scheduler';

export function* runJob(env: Surroundings, events: unknown[], job: BatchJob): Work {
  const { dice, timeline, truth } = env;
  const runId = dice.uuid(dice.chance(0.5) ? 7 : 4, Math.floor(timeline.now / 1000));
  const node = `job:${NAMESPACE}/${job.name}`;
  const event = (eventType: string, more: object) => ({
    eventType,
    eventTime: new Date(Math.floor(timeline.now / 1000)).toISOString(),
    producer: PRODUCER,
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId },
    job: { namespace: NAMESPACE, name: job.name },
    ...more,
  });
  const inputs = job.inputs.map(({ dataset }) => dataset);
  events.push(event('START', { inputs }));
  yield* timeline.wait(dice.between(100_000, 2_000_000));

  const moved = { traceId: runId, spanId: '', party: '' };
  const found = job.inputs.flatMap(({ place }) => place.alive(timeline.now).map((item) => ({ place, item })));
  const copied: { key: string; number: number; told: boolean }[] = [];
  for (const { place, item } of found) {
    for (const [number, { told }] of item.people) {
      truth.moved({ ...moved, person: number, from: place.node, to: node, action: 'read', told, atUs: timeline.now });
      if (dice.chance(job.copies)) copied.push({ key: `${place.node} ${item.key}`, number, told });
    }
  }
  yield* timeline.wait(dice.between(100_000, 1_000_000));
  const { place } = job.output;
  if (job.overwrites) place.items.clear();
  for (const { key, number, told } of copied) {
    const item = place.item(key, '');
    const known = item.people.get(number)?.told ?? false;
    item.people.set(number, { told: known || told, linked: false, written: false });
    truth.moved({ ...moved, person: number, from: node, to: place.node, action: 'write', told, atUs: timeline.now });
  }
  yield* timeline.wait(dice.between(100_000, 1_000_000));
  const facets = job.overwrites ? { facets: { lifecycleStateChange: { lifecycleStateChange: 'OVERWRITE' } } } : {};
  events.push(event('COMPLETE', { inputs, outputs: [{ ...job.output.dataset, ...facets }] }));
}

/** Somebody empties or drops a dataset; a DatasetEvent says so. */
export function dropped(env: Surroundings, events: unknown[], store: Store, how: 'DROP' | 'TRUNCATE'): void {
  store.place.items.clear();
  events.push({
    eventTime: new Date(Math.ceil(env.timeline.now / 1000)).toISOString(),
    producer: PRODUCER,
    schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent',
    dataset: { ...store.dataset, facets: { lifecycleStateChange: { lifecycleStateChange: how } } },
  });
}
