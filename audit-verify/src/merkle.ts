import { createHash } from 'node:crypto';
import { inclusionSides } from './merkle-path.ts';

/** RFC 6962 hashing, written for this verifier alone: it shares no line with what it verifies. */
export const leafHash = (entry: Uint8Array): Buffer =>
  createHash('sha256').update(Uint8Array.of(0)).update(entry).digest();
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer =>
  createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();

/** A tree that only grows: remembers its right edge, which is enough for the root at every size on the way. */
export class GrowingTree {
  /** Complete subtrees from left to right, as height and hash. */
  readonly #edge: { height: number; hash: Buffer }[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(entry: Uint8Array): void {
    let height = 0;
    let hash = leafHash(entry);
    for (let left = this.#edge.at(-1); left !== undefined && left.height === height; left = this.#edge.at(-1)) {
      this.#edge.pop();
      hash = nodeHash(left.hash, hash);
      height += 1;
    }
    this.#edge.push({ height, hash });
    this.#size += 1;
  }

  root(): Buffer {
    const [last, ...rest] = this.#edge.map(({ hash }) => hash).reverse();
    if (last === undefined) return createHash('sha256').digest();
    return rest.reduce((right, left) => nodeHash(left, right), last);
  }
}

/** The root that an inclusion proof leads to, or null when the proof has not the right length. */
export function rootOfProof(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | null {
  const sides = inclusionSides(index, size);
  if (sides?.length !== proof.length) return null;
  return proof.reduce((hash, step, n) => (sides[n] === 'left' ? nodeHash(step, hash) : nodeHash(hash, step)), leaf);
}
