/**
 * The shape of proofs (RFC 6962 §2.1, verified after RFC 9162 §2.1): which hashes are joined with which, and on which
 * side. It hashes nothing itself, so that the verifier, which hashes at once, and the console, whose WebCrypto answers
 * later, walk one path. BigInt keeps the arithmetic exact for any size that a checkpoint may claim.
 */

/** On which side each step of a proof stands, from the leaf up. */
export type Side = 'left' | 'right';

/**
 * §2.1.3.2.
 *
 * @returns one side for each hash that the proof must have; null when a tree of `size` has no leaf `index`
 */
export function inclusionSides(index: number, size: number): Side[] | null {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return null;
  const sides: Side[] = [];
  let [node, last] = [BigInt(index), BigInt(size) - 1n];
  while (last > 0n) {
    const left = (node & 1n) === 1n || node === last;
    sides.push(left ? 'left' : 'right');
    if (left) while ((node & 1n) === 0n && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    [node, last] = [node >> 1n, last >> 1n];
  }
  return sides;
}

/**
 * What a hash of a consistency proof is joined to: `both` on the left of the two roots that are being rebuilt, `later`
 * on the right of that of the larger tree alone.
 */
export type Join = 'both' | 'later';

export interface ConsistencySteps {
  /** Where both begin: with the root of the smaller tree, which is no part of the proof then, or with its first hash. */
  readonly begin: 'first_root' | 'first_hash';
  readonly joins: readonly Join[];
}

/**
 * §2.1.4.2, for two trees of different sizes.
 *
 * @returns null unless 1 ≤ first < second: nothing is to be proven of the empty tree, nor of a tree and itself
 */
export function consistencySteps(first: number, second: number): ConsistencySteps | null {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 1 || first >= second) return null;
  let [node, last] = [BigInt(first) - 1n, BigInt(second) - 1n];
  while ((node & 1n) === 1n) [node, last] = [node >> 1n, last >> 1n];
  // All ones were shifted out: the smaller tree is a power of two, and one of the subtrees of the larger.
  const begin = node === 0n ? 'first_root' : 'first_hash';
  const joins: Join[] = [];
  while (last > 0n) {
    const both = (node & 1n) === 1n || node === last;
    joins.push(both ? 'both' : 'later');
    if (both) while ((node & 1n) === 0n && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    [node, last] = [node >> 1n, last >> 1n];
  }
  return { begin, joins };
}
