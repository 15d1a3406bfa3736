import { sameBytes } from '@vestige/audit-verify/bytes';
import { consistencySteps, inclusionSides } from '@vestige/audit-verify/merkle-path';
import { type Bytes, sha256 } from './web-crypto.ts';

/** Proofs of the audit log, hashed by WebCrypto along the paths of the offline verifier (RFC 6962, RFC 9162). */
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (entry: Uint8Array): Promise<Bytes> => sha256(LEAF, entry);
const nodeHash = (left: Uint8Array, right: Uint8Array): Promise<Bytes> => sha256(NODE, left, right);

/** Whether the entry is leaf `index` of the tree that has this root. */
export async function isIncluded(
  { index, entry, hashes }: { readonly index: number; readonly entry: Uint8Array; readonly hashes: readonly Bytes[] },
  tree: { readonly size: number; readonly root: Uint8Array },
): Promise<boolean> {
  const sides = inclusionSides(index, tree.size);
  if (sides?.length !== hashes.length) return false;
  let hash = await leafHash(entry);
  for (const [n, step] of hashes.entries()) {
    hash = await (sides[n] === 'left' ? nodeHash(step, hash) : nodeHash(hash, step));
  }
  return sameBytes(hash, tree.root);
}

interface Tree {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Whether the later tree begins with the whole of the earlier one. Trees of one size must be one tree. */
export async function isContinued(earlier: Tree, later: Tree, hashes: readonly Bytes[]): Promise<boolean> {
  if (earlier.size === later.size) return hashes.length === 0 && sameBytes(earlier.root, later.root);
  const steps = consistencySteps(earlier.size, later.size);
  const rest = [...hashes];
  const begin = steps?.begin === 'first_root' ? earlier.root : rest.shift();
  if (steps === null || begin === undefined || rest.length !== steps.joins.length) return false;
  let [of1, of2] = [begin, begin];
  for (const [n, step] of rest.entries()) {
    if (steps.joins[n] === 'both') [of1, of2] = [await nodeHash(step, of1), await nodeHash(step, of2)];
    else of2 = await nodeHash(of2, step);
  }
  return sameBytes(of1, earlier.root) && sameBytes(of2, later.root);
}
