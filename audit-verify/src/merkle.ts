import { createHash } from 'node:crypto';

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

/**
 * The root that an inclusion proof leads to (RFC 9162 §2.1.3.2), or null when the proof has not the right length. BigInt
 * keeps the arithmetic exact for any size a checkpoint may claim.
 */
export function rootOfProof(index: number, size: number, leaf: Buffer, proof: readonly Buffer[]): Buffer | null {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return null;
  let [fn, sn] = [BigInt(index), BigInt(size) - 1n];
  let hash = leaf;
  for (const step of proof) {
    if (sn === 0n) return null;
    if ((fn & 1n) === 1n || fn === sn) {
      hash = nodeHash(step, hash);
      while ((fn & 1n) === 0n && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      hash = nodeHash(hash, step);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n ? hash : null;
}
