import { nodeHash, sameHash } from './merkle-hash.ts';
import { type LeafRange, splitPoint } from './merkle-tree.ts';

/**
 * The steps of the proof that the tree of `second` leaves begins with the tree of `first` leaves (RFC 6962 §2.1.2); each
 * is the hash of a range of leaves. Empty when both are the same size.
 *
 * @throws RangeError unless 1 ≤ first ≤ second: every tree begins with the empty one, and there is nothing to prove
 */
export function consistencyPath(first: number, second: number): LeafRange[] {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 1 || first > second) {
    throw new RangeError(`no proof leads from ${first} leaves to ${second}`);
  }
  const path: LeafRange[] = [];
  let [start, end] = [0, second];
  /** Whether the range at hand is the whole first tree, whose hash the verifier has already. */
  let known = true;
  while (first !== end) {
    const cut = start + splitPoint(end - start);
    if (first <= cut) {
      path.push({ start: cut, end });
      end = cut;
    } else {
      path.push({ start, end: cut });
      start = cut;
      known = false;
    }
  }
  if (!known) path.push({ start, end });
  return path.reverse();
}

/** RFC 9162 §2.1.4.2. */
export function verifyConsistency(
  first: number,
  second: number,
  proof: readonly Uint8Array[],
  firstRoot: Uint8Array,
  secondRoot: Uint8Array,
): boolean {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 1 || first > second) return false;
  if (first === second) return proof.length === 0 && sameHash(firstRoot, secondRoot);
  const steps = isPowerOfTwo(first) ? [firstRoot, ...proof] : [...proof];
  const begin = steps.shift();
  if (begin === undefined) return false;
  let node = first - 1;
  let last = second - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  let [of1, of2] = [begin, begin];
  for (const step of steps) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      of1 = nodeHash(step, of1);
      of2 = nodeHash(step, of2);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      of2 = nodeHash(of2, step);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && sameHash(of1, firstRoot) && sameHash(of2, secondRoot);
}

const isPowerOfTwo = (size: number): boolean => size === splitPoint(size + 1);
