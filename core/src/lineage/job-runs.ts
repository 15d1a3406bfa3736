import type { Deletion } from './deletions.ts';
import type { DatasetEdge } from './facts.ts';
import { compareText, type Flow } from './flow.ts';
import { statedBy } from './one-edge.ts';

/** One run of a job, with everything it read, wrote and ended. */
export interface JobRun {
  readonly runId: string;
  readonly job: string;
  readonly startUs: number;
  /** The last that was heard of it. */
  readonly endUs: number;
  /** The last instant at which it may have read or written: `endUs`, or later while it did not say that it ended. */
  readonly untilUs: number;
  readonly failed: boolean;
  readonly edges: readonly DatasetEdge[];
  /**
   * Whether the run says that it worked on the person's data; null when it does not say whose. A run that names others has
   * told the whole truth, as a span that declares others has (ruling 6): it read and wrote nothing of the person.
   */
  readonly states: boolean | null;
}

/** Two jobs may have given a run the same id. */
export const runKey = ({ job, runId }: Pick<DatasetEdge, 'job' | 'runId'>): string => `${job}\n${runId}`;

/** Runs in the order in which they started. */
export function runsOf(edges: readonly DatasetEdge[]): JobRun[] {
  const groups = Map.groupBy(edges, runKey);
  return [...groups.values()]
    .map((group) => {
      return {
        runId: group[0]?.runId ?? '',
        job: group[0]?.job ?? '',
        startUs: group.reduce((first, { startUs }) => Math.min(first, startUs), Number.POSITIVE_INFINITY),
        endUs: group.reduce((last, { endUs }) => Math.max(last, endUs), 0),
        untilUs: group.reduce((last, { endUs, untilUs = 0 }) => Math.max(last, endUs, untilUs), 0),
        failed: group.some(({ failed }) => failed === true),
        edges: group,
        states: stated(group),
      };
    })
    .sort((a, b) => a.startUs - b.startUs || a.endUs - b.endUs || compareText(a.runId, b.runId));
}

/** It names others only where all that was told of it does: what was told before the set was known may be of anybody. */
function stated(edges: readonly DatasetEdge[]): boolean | null {
  return edges.map(({ statesPerson }) => statesPerson).reduce(statedBy) ?? null;
}

/**
 * Runs that name people by lists of which nobody can say whether this person is in them: nobody made the list, or it was made
 * under a key that an identifier of the person is not known under. They are taken for runs that did not say whose data it was.
 *
 * @param flows what the answer tells: only runs behind it count
 */
export function runsOfUnclearLists(edges: readonly DatasetEdge[], flows: readonly Flow[]): number {
  const followed = new Set(flows.flatMap(({ rule, traceId }) => (rule === 'job' ? [traceId] : [])));
  const isUnclear = ({ runId, subjectSets = [], statesPerson }: DatasetEdge) =>
    followed.has(runId) && subjectSets.length > 0 && statesPerson === undefined;
  return new Set(edges.filter(isUnclear).map(runKey)).size;
}

/**
 * What a run ended: what it dropped or emptied, and what it overwrote with nothing of the person. What it filled from itself is
 * still there: a table that was read, emptied and written again, or one that was renamed and whose two names are one by now.
 *
 * @param holds whether an input may hold the person when the run reads it; asked only for overwrites
 */
export function endingsOf(run: JobRun, holds: (input: string) => boolean): Deletion[] {
  if (run.failed) return [];
  const ended = new Set<string>();
  const refilled = refilledOutputs(run, holds);
  const kept = new Set(
    run.edges.filter((edge) => edge.input === edge.output && fills(edge)).map(({ output }) => output),
  );
  for (const { input, output, lifecycle } of run.edges) {
    if (lifecycle === '') continue;
    const isKept = lifecycle === 'overwrite' ? refilled.has(output) : kept.has(output || input);
    if (!isKept) ended.add(output || input);
  }
  // A run of one instant (a table that was renamed) still read what it ended.
  const endUs = settledUs(run);
  return [...ended].map((node) => ({ node, ref: '', startUs: run.startUs, endUs, service: run.job }));
}

/** Each edge and each input once: a run may have hundreds of thousands of edges. */
function refilledOutputs(run: JobRun, holds: (input: string) => boolean): ReadonlySet<string> {
  const refilled = new Set<string>();
  if (run.states === false || !run.edges.some(({ lifecycle }) => lifecycle === 'overwrite')) return refilled;
  const known = new Map<string, boolean>();
  for (const edge of run.edges) {
    if (edge.input === '' || refilled.has(edge.output) || !fills(edge)) continue;
    const held = known.get(edge.input) ?? holds(edge.input);
    known.set(edge.input, held);
    if (held) refilled.add(edge.output);
  }
  return refilled;
}

/** A run's writes are over; a run told by one event has no length, and a delete at that instant comes after it. */
export const settledUs = ({ startUs, untilUs }: JobRun): number => Math.max(untilUs, startUs + 1);

/** What an edge says was read, as opposed to dropped or emptied. */
export function reads({ input, output, lifecycle }: DatasetEdge): boolean {
  return input !== '' && input !== output && lifecycle !== 'drop' && !(output === '' && lifecycle !== '');
}

/** What an edge says was read and written again in the same place. */
export function rewrites({ input, output, lifecycle }: DatasetEdge): boolean {
  return input !== '' && input === output && lifecycle !== 'drop';
}

/**
 * Whether values of the input may be in the output. By column lineage they are not where the input only chose rows, or
 * no column is made of it. A masked value still stands for the person (GDPR recital 26: pseudonyms are personal data).
 */
export function fills({ columns }: Pick<DatasetEdge, 'columns'>): boolean {
  return columns === undefined || columns === 'copied' || columns === 'masked';
}
