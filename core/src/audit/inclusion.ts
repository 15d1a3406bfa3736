import { nodeHash, sameHash } from './merkle-hash.ts';
import { type LeafRange, splitPoint } from './merkle-tree.ts';

/**
 * The steps of the proof that leaf `index` is in the tree of `size` leaves (RFC 6962 §2.1.1), from the leaf upwards:
 * each is the hash of a range of leaves, see `rangeHash`.
 *
 * @throws RangeError for an index that is not in the tree
 */
export function inclusionPath(index: number, size: number): LeafRange[] {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) {
    throw new RangeError(`a tree of ${size} has no leaf ${index}`);
  }
  const path: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const cut = start + splitPoint(end - start);
    if (index < cut) {
      path.push({ start: cut, end });
      end = cut;
    } else {
      path.push({ start, end: cut });
      start = cut;
    }
  }
  return path.reverse();
}

/** RFC 9162 §2.1.3.2. False for a proof that is too long or too short as well. */
export function verifyInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const step of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(step, hash);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(hash, step);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && sameHash(hash, root);
}
