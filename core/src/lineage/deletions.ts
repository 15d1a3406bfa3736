import { type SkewBounds, toleratedUs } from './clock.ts';

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
  readonly #byRef = new Map<string, Deletion[]>();
  readonly #byNode = new Map<string, Deletion[]>();

  constructor(deletions: readonly Deletion[], skew: SkewBounds) {
    this.#skew = skew;
    for (const deletion of deletions) this.add(deletion);
  }

  add(deletion: Deletion): void {
    const { node, ref } = deletion;
    const [index, key] = ref === '' ? [this.#byNode, node] : [this.#byRef, ref];
    const known = index.get(key);
    if (known) known.push(deletion);
    else index.set(key, [deletion]);
  }

  /** Those that may cover what lies in this node under this ref ('' for the node as a whole). */
  of(node: string, ref: string): readonly Deletion[] {
    const whole = this.#byNode.get(node) ?? [];
    const single = ref === '' ? undefined : this.#byRef.get(ref);
    return single ? [...single, ...whole] : whole;
  }

  /** Whether the delete certainly began after the data was there. */
  covers(deletion: Deletion, { settledUs, service }: Pick<Settled, 'settledUs' | 'service'>): boolean {
    return deletion.startUs - toleratedUs(this.#skew, deletion.service, service) >= settledUs;
  }

  /** Whether it was certainly gone when somebody began to read, by the clock of `reader`. */
  goneBy(settled: Settled, instantUs: number, reader: string): boolean {
    return this.of(settled.node, settled.ref).some(
      (deletion) =>
        this.covers(deletion, settled) &&
        deletion.endUs + toleratedUs(this.#skew, deletion.service, reader) <= instantUs,
    );
  }
}
