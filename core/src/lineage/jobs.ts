import { type SkewBounds, skewToPrecede } from './clock.ts';
import { type Deletion, Deletions } from './deletions.ts';
import type { DatasetEdge } from './facts.ts';
import { type Cause, compareText, type Flow } from './flow.ts';
import type { Holding } from './leaving.ts';

export interface JobSpread {
  readonly flows: readonly Flow[];
  readonly holdings: readonly Holding[];
  /** DROP, TRUNCATE and OVERWRITE that ended the residency of a dataset (ruling 7). */
  readonly endings: readonly Deletion[];
}

/** One run of a job, with everything it read, wrote and ended. */
interface Run {
  readonly runId: string;
  readonly job: string;
  readonly startUs: number;
  readonly endUs: number;
  readonly edges: readonly DatasetEdge[];
}

/** The person was in a dataset from one instant to another; what ends it must begin after `settledUs`. */
interface Stay {
  readonly fromUs: number;
  readonly settledUs: number;
  /** By whose clock. */
  readonly service: string;
  readonly cause: Cause;
  readonly ref: string;
}

interface Ending extends Deletion {
  readonly run: Run;
}

/**
 * Rule 7: a run that reads a dataset while it holds the person makes what it writes `possible`, transitively in time
 * order. Ruling 7: TRUNCATE and DROP end a dataset's residency for later runs; OVERWRITE does, unless an input of the same
 * run holds the person.
 *
 * @param edges node ids canonical; every edge once
 * @param holdings what spans say about the datasets
 */
export function spreadThroughJobs(
  edges: readonly DatasetEdge[],
  holdings: readonly Holding[],
  deletions: readonly Deletion[],
  skew: SkewBounds,
): JobSpread {
  const runs = runsOf(edges);
  let endings = runs.flatMap((run) => endingsOf(run, () => true));
  // Whether an overwrite ends anything depends on what its inputs hold, which depends on what ended before. Without any
  // overwrite the inputs hold at most too much, so each round can only add endings.
  for (;;) {
    const ends = new Deletions([...deletions, ...endings], skew);
    const presence = new Presence(runs, holdings, ends, skew);
    const next = runs.flatMap((run) => endingsOf(run, (input) => presence.readable(input, run) !== null));
    if (next.length <= endings.length) return { flows: presence.flows(), holdings: presence.holdings(), endings };
    endings = next;
  }
}

function runsOf(edges: readonly DatasetEdge[]): Run[] {
  const groups = Map.groupBy(edges, ({ job, runId }) => `${job}\n${runId}`);
  return [...groups.values()]
    .map((group) => ({
      runId: group[0]?.runId ?? '',
      job: group[0]?.job ?? '',
      startUs: Math.min(...group.map(({ startUs }) => startUs)),
      endUs: Math.max(...group.map(({ endUs }) => endUs)),
      edges: group,
    }))
    .sort((a, b) => a.startUs - b.startUs || a.endUs - b.endUs || compareText(a.runId, b.runId));
}

/** @param holds whether an input may hold the person when the run reads it; asked only for overwrites */
function endingsOf(run: Run, holds: (input: string) => boolean): Ending[] {
  const ended = new Set<string>();
  for (const { input, output, lifecycle } of run.edges) {
    if (lifecycle === '') continue;
    const kept = lifecycle === 'overwrite' && run.edges.some((edge) => edge.input !== '' && holds(edge.input));
    if (!kept) ended.add(output || input);
  }
  return [...ended].map((node) => ({ node, ref: '', startUs: run.startUs, endUs: run.endUs, service: run.job, run }));
}

/** What an edge says was copied, as opposed to dropped or emptied. */
const copies = ({ input, output, lifecycle }: DatasetEdge) =>
  input !== '' && input !== output && lifecycle !== 'drop' && !(output === '' && lifecycle !== '');

/** When each dataset may have held the person, given what ended its residency. */
class Presence {
  readonly #runs: readonly Run[];
  readonly #ends: Deletions;
  readonly #skew: SkewBounds;
  readonly #stays = new Map<string, Stay[]>();
  /** Earliest instant at which a run could have read, by input and by what it wrote. */
  readonly #written = new Map<Run, Map<string, number>>();

  constructor(runs: readonly Run[], holdings: readonly Holding[], ends: Deletions, skew: SkewBounds) {
    this.#runs = runs;
    this.#ends = ends;
    this.#skew = skew;
    for (const { node, ref, startUs, endUs, service, traceId, spanId } of holdings) {
      const cause: Cause = { rule: 7, traceId, spanId, atUs: startUs };
      this.#add(node, { fromUs: startUs, settledUs: endUs, service, cause, ref });
    }
    this.#follow();
  }

  #add(node: string, stay: Stay): void {
    const known = this.#stays.get(node);
    if (known) known.push(stay);
    else this.#stays.set(node, [stay]);
  }

  #follow(): void {
    const readers = new Map<string, Set<Run>>();
    for (const run of this.#runs) {
      for (const edge of run.edges) {
        if (!copies(edge)) continue;
        const known = readers.get(edge.input);
        if (known) known.add(run);
        else readers.set(edge.input, new Set([run]));
      }
    }
    const queue = new Set(this.#runs);
    for (const run of queue) {
      queue.delete(run);
      for (const edge of run.edges) {
        if (edge.output === '' || !copies(edge)) continue;
        const read = this.readable(edge.input, run);
        const written = this.#written.get(run) ?? new Map<string, number>();
        this.#written.set(run, written);
        if (read === null || (written.get(edge.output) ?? Number.POSITIVE_INFINITY) <= read.atUs) continue;
        written.set(edge.output, read.atUs);
        const cause: Cause = { rule: 7, traceId: run.runId, spanId: '', atUs: read.atUs };
        const settledUs = Math.max(run.endUs, run.startUs + 1);
        this.#add(edge.output, { fromUs: read.atUs, settledUs, service: run.job, cause, ref: '' });
        for (const reader of readers.get(edge.output) ?? []) queue.add(reader);
      }
    }
  }

  /** The earliest instant within the run at which the dataset held the person, with the stay that says so. */
  readable(node: string, run: Run): { atUs: number; skewUs: number; stay: Stay } | null {
    let best: { atUs: number; skewUs: number; stay: Stay } | null = null;
    for (const stay of this.#stays.get(node) ?? []) {
      if (stay.cause.spanId === '' && stay.cause.traceId === run.runId) continue;
      const skewUs = skewToPrecede(this.#skew, stay.fromUs, stay.service, run.endUs, run.job);
      if (skewUs === null || this.#ends.goneBy({ ...stay, node }, run.startUs, run.job)) continue;
      const atUs = Math.max(stay.fromUs, run.startUs);
      if (best === null || atUs < best.atUs || (atUs === best.atUs && earlier(stay, best.stay))) {
        best = { atUs, skewUs, stay };
      }
    }
    return best;
  }

  holdings(): Holding[] {
    return this.#runs.flatMap((run) =>
      [...(this.#written.get(run) ?? [])].map(([node, atUs]) => ({
        node,
        ref: '',
        kind: 'write',
        confidence: 'possible',
        startUs: atUs,
        endUs: Math.max(run.endUs, run.startUs + 1),
        service: run.job,
        retentionUntilMs: 0,
        traceId: run.runId,
        spanId: '',
      })),
    );
  }

  /** Dataset → job when the run could first read it, job → dataset when the run had ended. */
  flows(): Flow[] {
    return this.#runs.flatMap((run) => {
      const base = {
        confidence: 'possible',
        actor: false,
        traceId: run.runId,
        spanId: '',
        rule: 'job',
        categories: [],
        purposes: [],
        host: '',
        country: '',
      } as const;
      const flows: Flow[] = [];
      for (const input of new Set(run.edges.filter(copies).map((edge) => edge.input))) {
        const read = this.readable(input, run);
        if (read === null) continue;
        const { atUs, skewUs, stay } = read;
        flows.push({ ...base, from: input, to: run.job, action: 'read', atUs, skewUs, because: stay.cause });
      }
      for (const [output, atUs] of this.#written.get(run) ?? []) {
        const because: Cause = { rule: 7, traceId: run.runId, spanId: '', atUs };
        const endUs = Math.max(run.endUs, atUs);
        flows.push({ ...base, from: run.job, to: output, action: 'write', atUs: endUs, skewUs: 0, because });
      }
      return flows;
    });
  }
}

function earlier(a: Stay, b: Stay): boolean {
  const order =
    a.fromUs - b.fromUs || compareText(a.cause.traceId, b.cause.traceId) || compareText(a.cause.spanId, b.cause.spanId);
  return order < 0;
}
