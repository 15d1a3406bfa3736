import { type SkewBounds, toleratedUs } from './clock.ts';
import { Doubts } from './doubts.ts';

/** A successful delete: of one record, or (`ref: ''`) of everything of the person in the node. */
export interface Deletion {
  readonly node: string;
  readonly ref: string;
  readonly startUs: number;
  readonly endUs: number;
  /** By whose clock. */
  readonly service: string;
}

/** Something of the person that lies in a place since a call that ended at `settledUs`, by the clock of `service`. */
export interface Settled {
  readonly node: string;
  readonly ref: string;
  readonly settledUs: number;
  readonly service: string;
}

/**
 * Deletes of a person, found by what they cover: one record, or everything of the person in a node (ruling 12).
 *
 * A delete is believed only where no tolerated skew could put it before what it should have removed: to say that
 * something is gone which is still there is the worst an answer can do, so an overlap or a doubt leaves it there.
 */
export class Deletions {
  readonly #skew: SkewBounds;
  readonly #doubts: Doubts;
  readonly #byRef = new Map<string, Deletion[]>();
  readonly #byNode = new Map<string, Deletion[]>();
  /** Made when first asked for: a memory that is emptied after every turn has as many deletes as writes and reads. */
  readonly #timelines = new Map<readonly Deletion[], Timeline>();
  /** Clocks by which something was said to be gone. */
  readonly #relied = new Map<string, { readonly by: string; readonly service: string; readonly reader: string }>();

  /** @param doubts between the clock of a delete and that of a write or a read: then it takes nothing away; they may grow */
  constructor(deletions: readonly Deletion[], skew: SkewBounds, doubts = new Doubts()) {
    this.#skew = skew;
    this.#doubts = doubts;
    for (const deletion of deletions) this.add(deletion);
  }

  add(deletion: Deletion): void {
    const { node, ref } = deletion;
    const [index, key] = ref === '' ? [this.#byNode, node] : [this.#byRef, ref];
    const known = index.get(key);
    if (known) {
      known.push(deletion);
      this.#timelines.delete(known);
    } else index.set(key, [deletion]);
  }

  /** Whether any may cover what lies in this node under this ref. */
  any(node: string, ref: string): boolean {
    return this.#byNode.has(node) || (ref !== '' && this.#byRef.has(ref));
  }

  /** Those that may cover what lies in this node under this ref ('' for the node as a whole). */
  of(node: string, ref: string): readonly Deletion[] {
    const whole = this.#byNode.get(node) ?? [];
    const single = ref === '' ? undefined : this.#byRef.get(ref);
    return single ? [...single, ...whole] : whole;
  }

  /** Tells of what was there whether one of these deletes certainly began after it; whenever that was. */
  covering(deletions: readonly Deletion[]): (settled: Pick<Settled, 'settledUs' | 'service'>) => boolean {
    const latestUs = new Map<string, number>();
    for (const { service, startUs } of deletions) {
      latestUs.set(service, Math.max(startUs, latestUs.get(service) ?? Number.NEGATIVE_INFINITY));
    }
    return ({ settledUs, service }) =>
      latestUs
        .entries()
        .some(
          ([by, startUs]) =>
            !this.#doubts.between(by, service) && startUs - toleratedUs(this.#skew, by, service) >= settledUs,
        );
  }

  /** Whether it was certainly gone when somebody began to read, by the clock of `reader`. */
  goneBy({ node, ref, settledUs, service }: Settled, instantUs: number, reader: string): boolean {
    const lists = [this.#byNode.get(node), ref === '' ? undefined : this.#byRef.get(ref)];
    return lists.some(
      (deletions) =>
        deletions !== undefined &&
        this.#timeline(deletions)
          .entries()
          .some(([by, { endsUs, latestStartsUs }]) => {
            if (this.#isDoubted(by, service, reader)) return false;
            const over = countUpTo(endsUs, instantUs - toleratedUs(this.#skew, by, reader));
            const latestUs = latestStartsUs[over - 1];
            const isGone = latestUs !== undefined && latestUs - toleratedUs(this.#skew, by, service) >= settledUs;
            if (isGone) this.#relied.set(`${by}\n${service}\n${reader}`, { by, service, reader });
            return isGone;
          }),
    );
  }

  /** Whether {@link goneBy} has said of something that it was gone, and would not by the doubts of now. */
  isTakenBack(): boolean {
    return this.#relied.values().some(({ by, service, reader }) => this.#isDoubted(by, service, reader));
  }

  #isDoubted(by: string, service: string, reader: string): boolean {
    return this.#doubts.between(by, service) || this.#doubts.between(by, reader);
  }

  #timeline(deletions: readonly Deletion[]): Timeline {
    const known = this.#timelines.get(deletions);
    if (known !== undefined) return known;
    const timeline: Timeline = new Map(
      Map.groupBy(deletions, ({ service }) => service)
        .entries()
        .map(([service, ofOne]) => [service, clockOf(ofOne)]),
    );
    this.#timelines.set(deletions, timeline);
    return timeline;
  }
}

/** Deletes by whose clock they were taken, ordered by their ends; beside each the latest start of it and those before. */
type Timeline = ReadonlyMap<string, { readonly endsUs: readonly number[]; readonly latestStartsUs: readonly number[] }>;

function clockOf(deletions: readonly Deletion[]) {
  const sorted = deletions.toSorted((a, b) => a.endUs - b.endUs);
  let latestUs = Number.NEGATIVE_INFINITY;
  const latestStartsUs = sorted.map(({ startUs }) => {
    latestUs = Math.max(latestUs, startUs);
    return latestUs;
  });
  return { endsUs: sorted.map(({ endUs }) => endUs), latestStartsUs };
}

/** How many of these, in their order, are not above the limit. */
function countUpTo(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? limit) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
