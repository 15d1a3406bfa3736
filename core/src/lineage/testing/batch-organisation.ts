import fc from 'fast-check';
import type { LineageEvent } from '../../openlineage/lineage-event.ts';
import { withNamesakes } from '../../openlineage/namesakes.ts';
import { readLineageEvent } from '../../openlineage/read-event.ts';
import { runEdges } from '../../openlineage/run-edges.ts';
import { joinEvents } from '../../openlineage/testing/join-events.ts';
import { type Directory, directory } from '../directory.ts';
import type { DatasetEdge } from '../facts.ts';
import { type Drawn, ms, type World, world } from './world.ts';

/**
 * Small organisations of a few tables, spans and batch runs, with the truth about one person: where they really lie in the end.
 * Runs overlap, are tried again under one id, fail half-way, rewrite a table from itself, are told in any order, under two
 * names of the job or of the database, for a day of years ago, and of people whom nobody registered.
 */
export interface BatchOrganisation {
  readonly world: World;
  readonly directory: Directory;
  /** Node ids of the tables in which the person really lies. */
  readonly holding: ReadonlySet<string>;
  /** What was done, for a person who reads a failure. */
  readonly story: readonly string[];
}

const TABLES = ['a', 'b', 'c', 'd'] as const;
const NAMESPACE = 'postgres://db:5432';
const POOLER = 'postgres://10.0.0.5:6432';
const node = (table: string) => `store:${NAMESPACE}/shop.public.${table}`;
const aTable = fc.constantFrom(...TABLES);

const touch = fc.record({
  does: fc.constantFrom('write', 'write', 'delete'),
  table: aTable,
  at: fc.integer({ min: 0, max: 20_000 }),
});

const renaming = fc.record({
  does: fc.constant('rename'),
  from: aTable,
  to: aTable,
  at: fc.integer({ min: 0, max: 20_000 }),
});

const share = fc.integer({ min: 0, max: 100 });
const job = fc.record({
  does: fc.constant('run'),
  job: fc.constantFrom('first', 'second'),
  at: fc.integer({ min: 0, max: 20_000 }),
  length: fc.integer({ min: 0, max: 8_000 }),
  inputs: fc.uniqueArray(aTable, { maxLength: 3 }),
  outputs: fc.uniqueArray(aTable, { minLength: 1, maxLength: 2 }),
  change: fc.constantFrom('', '', 'OVERWRITE', 'TRUNCATE', 'DROP'),
  /** When, of its length, each try reads and writes, and which of its inputs arrive. */
  tries: fc.array(fc.record({ read: share, write: share, writes: fc.boolean() }), { minLength: 1, maxLength: 2 }),
  carries: fc.uniqueArray(aTable, { maxLength: 3 }),
  ends: fc.constantFrom('COMPLETE', 'COMPLETE', 'COMPLETE', 'FAIL', 'ABORT', ''),
  tells: fc.record({
    columns: fc.boolean(),
    inputsAt: fc.constantFrom('start', 'end', 'both'),
    outputsAt: fc.constantFrom('start', 'end', 'both'),
    startName: fc.constantFrom('', '', 'unknown'),
    pooler: fc.boolean(),
    backfill: fc.boolean(),
  }),
  people: fc.constantFrom('', '', 'them', 'others', 'misspelt', 'others and misspelt'),
});
type Job = typeof job extends fc.Arbitrary<infer T> ? T : never;

interface Step {
  readonly atMs: number;
  readonly take: () => void;
}

export const batchOrganisation: fc.Arbitrary<BatchOrganisation> = fc
  .tuple(
    fc.array(touch, { minLength: 1, maxLength: 3 }),
    fc.array(renaming, { maxLength: 1 }),
    fc.array(job, { minLength: 1, maxLength: 5 }),
    fc.integer(),
  )
  .map(([touches, renamings, jobs, seed]) => {
    const held = new Set<string>();
    const steps: Step[] = [];
    const drawn: Record<string, Drawn> = {};
    const events: { event: LineageEvent; people: string }[] = [];
    const tell = (event: object, people = '') => events.push({ event: readOrThrow(event), people });
    for (const [i, { does, table, at }] of touches.entries()) {
      drawn[`t${i}/s`] = { at: [at, at + 10], person: 'declared', does: [`${does} ${node(table)}`] };
      steps.push({ atMs: at + 5, take: () => (does === 'write' ? held.add(table) : held.delete(table)) });
    }
    for (const { from, to, at } of renamings) {
      const lifecycleStateChange = { lifecycleStateChange: 'RENAME', previousIdentifier: named(from, from === to) };
      tell({ eventTime: instant(at), dataset: { ...named(to, false), facets: { lifecycleStateChange } } });
      steps.push({
        atMs: at,
        take: () => {
          if (held.delete(from)) held.add(to);
        },
      });
    }
    for (const [i, one] of jobs.entries()) {
      for (const step of stepsOf(one, held)) steps.push(step);
      for (const event of eventsOf(one, i)) tell(event, one.people);
    }
    for (const { take } of steps.sort((a, b) => a.atMs - b.atMs)) take();
    const told = events.map((one, i) => [Math.imul(i + 1, seed | 1) >>> 0, one] as const).sort((a, b) => a[0] - b[0]);
    const aliases = [{ alias: `store:${POOLER}/*`, canonical: `store:${NAMESPACE}/*` }];
    return {
      world: { ...world(drawn), datasets: edgesOf(told.map(([, one]) => one)) },
      directory: directory({ aliases }),
      holding: new Set([...held].map(node)),
      story: [...touches, ...renamings, ...jobs].map((one) => JSON.stringify(one)),
    };
  });

function* stepsOf(run: Job, held: Set<string>): Generator<Step> {
  const { at, length, inputs, outputs, change, tries, carries, ends, people } = run;
  const part = length / tries.length;
  const isTheirs = people !== 'others';
  for (const [i, { read, write, writes }] of tries.entries()) {
    const isLast = i === tries.length - 1;
    const from = at + i * part;
    const [readMs, writeMs] = [
      from + (part * Math.min(read, write)) / 100,
      from + (part * Math.max(read, write)) / 100,
    ];
    let carried = false;
    yield {
      atMs: readMs,
      take: () => {
        carried = isTheirs && inputs.some((table) => carries.includes(table) && held.has(table));
      },
    };
    // What failed, or was tried again, may have done all of it, or nothing.
    if (!(isLast && ends === 'COMPLETE') && !writes) continue;
    yield {
      atMs: writeMs,
      take: () => {
        for (const table of outputs) {
          if (change !== '') held.delete(table);
          if (change !== 'DROP' && carried) held.add(table);
        }
      },
    };
  }
}

function* eventsOf(run: Job, i: number): Generator<object> {
  const { at, length, inputs, outputs, tries, ends, tells, people } = run;
  const day = tells.backfill ? Date.UTC(2021, 0, 1) : ms(at) / 1_000;
  const hex = Math.floor(day).toString(16).padStart(12, '0');
  const runId = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(i).padStart(12, '0')}`;
  const sets = people.split(' and ').filter((set) => set !== '');
  const facets = (set: string | undefined) => (set === undefined ? {} : { vestige_subjects: { set: `set_${set}` } });
  const event = (eventType: string, atMs: number, end: 'start' | 'end') => ({
    eventType,
    eventTime: instant(atMs),
    run: { runId, facets: facets(end === 'start' ? sets[0] : sets.at(-1)) },
    job: {
      namespace: 'nightly',
      name: end === 'start' && tells.startName !== '' && isSplit(run) ? tells.startName : run.job,
    },
    ...([end, 'both'].includes(tells.inputsAt) ? { inputs: inputs.map((table) => named(table, tells.pooler)) } : {}),
    ...([end, 'both'].includes(tells.outputsAt) || isSplit(run)
      ? { outputs: end === 'start' && isSplit(run) ? [] : outputs.map((table) => output(run, table, end)) }
      : {}),
  });
  for (const [n] of tries.entries()) {
    const [from, to] = [at + (n * length) / tries.length, at + ((n + 1) * length) / tries.length];
    yield event('START', from, 'start');
    const last = n === tries.length - 1 ? ends : 'FAIL';
    yield event(last === '' ? 'RUNNING' : last, to, 'end');
  }
}

/** Only a START that names no outputs may be told of a job that has no name yet: else each of the two is a run of its own. */
const isSplit = ({ tells }: Job) => tells.startName !== '' && tells.outputsAt === 'end';

function output({ change, inputs, carries, tells }: Job, table: string, end: 'start' | 'end'): object {
  // Column lineage is told of the inputs that stand beside it, and truly.
  const sources = inputs.filter((input) => carries.includes(input));
  const isTold = tells.columns && sources.length > 0 && [end, 'both'].includes(tells.inputsAt);
  const inputFields = sources.map((input) => ({
    ...named(input, tells.pooler),
    field: 'x',
    transformations: [{ type: 'DIRECT' }],
  }));
  return {
    ...named(table, false),
    facets: {
      ...(change === '' ? {} : { lifecycleStateChange: { lifecycleStateChange: change } }),
      ...(isTold ? { schema: { fields: [{ name: 'x' }] }, columnLineage: { fields: { x: { inputFields } } } } : {}),
    },
  };
}

const named = (table: string, pooler: boolean) => ({
  namespace: pooler ? POOLER : NAMESPACE,
  name: `shop.public.${table}`,
});
const instant = (atMs: number) => new Date(ms(Math.round(atMs)) / 1_000).toISOString();

function readOrThrow(event: object): LineageEvent {
  const reading = readLineageEvent(event);
  if ('rejected' in reading) throw new Error(reading.rejected);
  return reading.event;
}

/** As the store answers, with what is known of the sets: those whom nobody registered leave nobody out. */
function edgesOf(events: readonly { event: LineageEvent; people: string }[]): DatasetEdge[] {
  const runs = Map.groupBy(
    events.map(({ event }) => event),
    ({ runId, job: name }) => `${runId} ${name}`,
  );
  return withNamesakes([...runs.values()].map(joinEvents))
    .flatMap((run) => [...runEdges(run)])
    .map((edge) => {
      const sets = edge.subjectSets ?? ['set_misspelt'];
      if (sets.includes('set_them')) return { ...edge, statesPerson: true };
      return sets.includes('set_misspelt') ? edge : { ...edge, statesPerson: false };
    });
}
