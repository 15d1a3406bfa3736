/** A successful delete: of one record, or (`ref: ''`) of everything of the person in the node. */
export interface Deletion {
  readonly node: string;
  readonly ref: string;
  readonly startUs: number;
  readonly endUs: number;
}

/** Deletes of a person, found by what they cover: one record, or everything of the person in a node (ruling 12). */
export class Deletions {
  readonly #byRef: ReadonlyMap<string, readonly Deletion[]>;
  readonly #byNode: ReadonlyMap<string, readonly Deletion[]>;

  constructor(deletions: readonly Deletion[]) {
    this.#byRef = Map.groupBy(
      deletions.filter(({ ref }) => ref !== ''),
      ({ ref }) => ref,
    );
    this.#byNode = Map.groupBy(
      deletions.filter(({ ref }) => ref === ''),
      ({ node }) => node,
    );
  }

  /** Those that may cover what lies in this node under this ref ('' for the node as a whole). */
  of(node: string, ref: string): readonly Deletion[] {
    const whole = this.#byNode.get(node) ?? [];
    const single = ref === '' ? undefined : this.#byRef.get(ref);
    return single ? [...single, ...whole] : whole;
  }

  /**
   * End of the first delete that began after the data was there, or null. A delete that overlaps the write is taken not
   * to cover it: for an erasure it is the safe reading.
   */
  firstAfter(node: string, ref: string, settledUs: number): number | null {
    let first: number | null = null;
    for (const { startUs, endUs } of this.of(node, ref)) {
      if (startUs >= settledUs && (first === null || endUs < first)) first = endUs;
    }
    return first;
  }
}
