import { type SkewBounds, skewToPrecede } from './clock.ts';
import type { Deletions } from './deletions.ts';
import { type Cause, compareText } from './flow.ts';
import { fills, type JobRun, reads, rewrites, settledUs } from './job-runs.ts';
import type { Holding } from './leaving.ts';

/** The person was in a dataset from one instant on; what ends it must begin after `settledUs`. */
interface Stay {
  readonly fromUs: number;
  readonly settledUs: number;
  /** By whose clock. */
  readonly service: string;
  readonly cause: Cause;
  readonly ref: string;
}

export interface Readable {
  readonly atUs: number;
  readonly skewUs: number;
  readonly cause: Cause;
}

/** A run may have brought the person into a dataset. */
export interface Brought {
  readonly run: JobRun;
  readonly node: string;
  /** The earliest instant at which the run can have read what it wrote. */
  readonly atUs: number;
}

/** When each dataset may have held the person, given what ended its residency: rule 7, transitively in time order. */
export class Presence {
  readonly #runs: readonly JobRun[];
  readonly #ends: Deletions;
  readonly #skew: SkewBounds;
  /** Of each dataset in time order: the first that a run could read explains best how it came by the person. */
  readonly #stays = new Map<string, Stay[]>();
  /** Earliest instant at which a run could have read, by what it wrote. */
  readonly #written = new Map<JobRun, Map<string, number>>();
  /** The same of what it read there itself. */
  readonly #rewritten = new Map<JobRun, Map<string, number>>();

  /** @param holdings what spans say about the datasets */
  constructor(runs: readonly JobRun[], holdings: readonly Holding[], ends: Deletions, skew: SkewBounds) {
    this.#runs = runs;
    this.#ends = ends;
    this.#skew = skew;
    for (const { node, ref, startUs, endUs, service, traceId, spanId } of holdings) {
      const cause: Cause = { rule: 7, traceId, spanId, atUs: startUs };
      this.#add(node, { fromUs: startUs, settledUs: endUs, service, cause, ref });
    }
    this.#follow();
  }

  /** The earliest instant within the run at which the dataset held the person, and why. */
  readable(node: string, run: JobRun): Readable | null {
    if (run.states === false) return null;
    const latestUs = run.untilUs + Math.max(this.#skew.betweenServicesUs, this.#skew.withinServiceUs);
    for (const stay of this.#stays.get(node) ?? []) {
      if (stay.fromUs > latestUs) break;
      // What it wrote itself; another job may have given a run of its own the same id.
      if (stay.cause.spanId === '' && stay.cause.traceId === run.runId && stay.service === run.job) continue;
      const skewUs = skewToPrecede(this.#skew, stay.fromUs, stay.service, run.untilUs, run.job);
      if (skewUs === null || this.#ends.goneBy({ ...stay, node }, run.startUs, run.job)) continue;
      return { atUs: Math.max(stay.fromUs, run.startUs), skewUs, cause: stay.cause };
    }
    return null;
  }

  /** The same for all that one run reads, each looked up once. */
  readableBy(run: JobRun): (node: string) => Readable | null {
    const known = new Map<string, Readable | null>();
    return (node) => {
      const before = known.get(node);
      if (before !== undefined) return before;
      const found = this.readable(node, run);
      known.set(node, found);
      return found;
    };
  }

  brought(): Brought[] {
    return this.#by(this.#written);
  }

  /** What a run put where it had read it: nothing moved, and it lies there since. */
  rewritten(): Brought[] {
    return this.#by(this.#rewritten);
  }

  #by(runs: ReadonlyMap<JobRun, ReadonlyMap<string, number>>): Brought[] {
    return this.#runs.flatMap((run) => [...(runs.get(run) ?? [])].map(([node, atUs]) => ({ run, node, atUs })));
  }

  #add(node: string, stay: Stay): void {
    const known = this.#stays.get(node);
    if (known) known.splice(placeOf(stay, known), 0, stay);
    else this.#stays.set(node, [stay]);
  }

  #follow(): void {
    const readers = this.#readers();
    const queue = new Set(this.#runs);
    for (const run of queue) {
      queue.delete(run);
      const written = this.#written.get(run) ?? new Map<string, number>();
      const rewritten = this.#rewritten.get(run) ?? new Map<string, number>();
      this.#written.set(run, written);
      this.#rewritten.set(run, rewritten);
      // What a run wrote itself it does not read.
      const readable = this.readableBy(run);
      for (const edge of run.edges) {
        const isRewrite = rewrites(edge);
        if (edge.output === '' || !(reads(edge) || isRewrite) || !fills(edge)) continue;
        const read = readable(edge.input);
        const into = isRewrite ? rewritten : written;
        if (read === null || (into.get(edge.output) ?? Number.POSITIVE_INFINITY) <= read.atUs) continue;
        into.set(edge.output, read.atUs);
        const cause: Cause = { rule: 7, traceId: run.runId, spanId: '', atUs: read.atUs };
        this.#add(edge.output, { fromUs: read.atUs, settledUs: settledUs(run), service: run.job, cause, ref: '' });
        for (const reader of readers.get(edge.output) ?? []) queue.add(reader);
      }
    }
  }

  #readers(): ReadonlyMap<string, ReadonlySet<JobRun>> {
    const readers = new Map<string, Set<JobRun>>();
    for (const run of this.#runs) {
      for (const edge of run.edges) {
        if (!reads(edge) && !rewrites(edge)) continue;
        const known = readers.get(edge.input);
        if (known) known.add(run);
        else readers.set(edge.input, new Set([run]));
      }
    }
    return readers;
  }
}

/** Behind those that are earlier or the same. */
function placeOf(stay: Stay, sorted: readonly Stay[]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (earlier(stay, sorted[middle] ?? stay)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function earlier(a: Stay, b: Stay): boolean {
  const order =
    a.fromUs - b.fromUs || compareText(a.cause.traceId, b.cause.traceId) || compareText(a.cause.spanId, b.cause.spanId);
  return order < 0;
}
