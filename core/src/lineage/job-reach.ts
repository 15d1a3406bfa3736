import type { DatasetEdge } from './facts.ts';
import { fills, reads, runKey } from './job-runs.ts';
import { statedBy } from './one-edge.ts';

/** What is known of one run by now. */
interface KnownRun {
  startUs: number;
  endUs: number;
  /** As `statesPerson` of its edges; null before the first of them. */
  states: boolean | undefined | null;
  /** By each dataset that it read: which others may have been filled from it. */
  readonly fills: Map<string, Set<string>>;
}

/**
 * Which datasets runs may have brought the person to (rule 7), while runs come in round by round: only what came in is
 * looked at, so a chain of jobs costs its length and not the square of it.
 *
 * It decides what is asked for, not what is answered, and so leaves out what ends residency. It may reach a dataset too
 * many, never one too few.
 */
export class JobReach {
  readonly #toleratedUs: number;
  readonly #runs = new Map<string, KnownRun>();
  readonly #readers = new Map<string, Set<KnownRun>>();
  /** Of each dataset: since when it may have held the person. */
  readonly #sinceUs = new Map<string, number>();
  /** Reached and not yet told. */
  #fresh = new Set<string>();

  /** @param toleratedUs how far clocks may be apart */
  constructor(toleratedUs: number) {
    this.#toleratedUs = toleratedUs;
  }

  /** Spans say that the person was put there, or found there. */
  holds(node: string, fromUs: number): void {
    this.#follow(new Map([[node, fromUs]]));
  }

  /** @param edges that are new, or tell more than before */
  add(edges: readonly DatasetEdge[]): void {
    const found = new Map<string, number>();
    for (const edge of edges) {
      const run = this.#runOf(edge);
      const isWider = widen(run, edge);
      if (edge.output !== '' && reads(edge) && fills(edge)) this.#addWay(run, edge);
      // Nearly always all edges of a run tell the same times: then only what is new is looked at.
      for (const input of isWider ? run.fills.keys() : [edge.input]) {
        const outputs = isWider ? run.fills.get(input) : [edge.output];
        this.#carry(run, input, outputs ?? [], found);
      }
    }
    this.#follow(found);
  }

  /** Datasets that were reached since the last call. */
  takeFresh(): ReadonlySet<string> {
    const fresh = this.#fresh;
    this.#fresh = new Set();
    return fresh;
  }

  #runOf(edge: DatasetEdge): KnownRun {
    const key = runKey(edge);
    const known = this.#runs.get(key);
    if (known) return known;
    const run: KnownRun = { startUs: Number.POSITIVE_INFINITY, endUs: 0, states: null, fills: new Map() };
    this.#runs.set(key, run);
    return run;
  }

  #addWay(run: KnownRun, { input, output }: DatasetEdge): void {
    const outputs = run.fills.get(input);
    if (outputs) {
      outputs.add(output);
      return;
    }
    run.fills.set(input, new Set([output]));
    const readers = this.#readers.get(input);
    if (readers) readers.add(run);
    else this.#readers.set(input, new Set([run]));
  }

  #follow(found: Map<string, number>): void {
    for (const [node, fromUs] of found) {
      found.delete(node);
      const known = this.#sinceUs.get(node);
      if (known !== undefined && known <= fromUs) continue;
      if (known === undefined) this.#fresh.add(node);
      this.#sinceUs.set(node, fromUs);
      for (const run of this.#readers.get(node) ?? []) this.#carry(run, node, run.fills.get(node) ?? [], found);
    }
  }

  /** What the run may have taken from one dataset into others. */
  #carry(run: KnownRun, input: string, outputs: Iterable<string>, into: Map<string, number>): void {
    const since = this.#sinceUs.get(input);
    if (since === undefined || run.states === false || since > run.endUs + this.#toleratedUs) return;
    const atUs = Math.max(since, run.startUs);
    const ways = run.fills.get(input);
    for (const output of outputs) {
      if (ways?.has(output) && atUs < (into.get(output) ?? Number.POSITIVE_INFINITY)) into.set(output, atUs);
    }
  }
}

/** @returns whether edges that were known may carry more than before */
function widen(run: KnownRun, { startUs, endUs, untilUs = endUs, statesPerson }: DatasetEdge): boolean {
  const isEarlier = startUs < run.startUs;
  const isLater = untilUs > run.endUs;
  const states = run.states === null ? statesPerson : statedBy(run.states, statesPerson);
  const isFreed = run.states === false && states !== false;
  run.startUs = Math.min(startUs, run.startUs);
  run.endUs = Math.max(untilUs, run.endUs);
  run.states = states;
  return isEarlier || isLater || isFreed;
}
