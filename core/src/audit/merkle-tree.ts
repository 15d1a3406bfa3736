import { VestigeError } from '../errors.ts';
import { EMPTY_ROOT, leafHash, nodeHash } from './merkle-hash.ts';

/**
 * Where the hashes of a growing log lie.
 *
 * Stored are complete subtrees only: the node at `level` and `pos` covers the 2^level leaves from pos·2^level on and
 * never changes once it is there. Everything else that RFC 6962 asks for, a root or a step of a proof, covers a range of
 * leaves that is folded from such nodes, so a proof over a million entries reads some dozens of rows.
 */
export interface TreeNode {
  readonly level: number;
  readonly pos: number;
}

/** Leaves from `start` to `end`, exclusive. `start` is a multiple of the smallest power of two that is not below the length. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** Looks a stored hash up. */
export type HashOf = (node: TreeNode) => Uint8Array | undefined;

/** A stored node with its hash. */
export interface HashedNode extends TreeNode {
  readonly hash: Uint8Array;
}

export const nodeKey = ({ level, pos }: TreeNode): string => `${level}/${pos}`;

/** The complete subtrees that a range is folded from, left to right; at most one per level. */
export function nodesOfRange({ start, end }: LeafRange): TreeNode[] {
  const nodes: TreeNode[] = [];
  for (let at = start; at < end; ) {
    const level = floorLog2(end - at);
    nodes.push({ level, pos: at / 2 ** level });
    at += 2 ** level;
  }
  return nodes;
}

/**
 * Hash of a range of leaves.
 *
 * @throws VestigeError `internal` when a node is missing: the stored tree is damaged
 */
export function rangeHash(range: LeafRange, hashOf: HashOf): Uint8Array {
  if (range.start === range.end) return EMPTY_ROOT;
  return nodesOfRange(range)
    .map((node) => stored(node, hashOf))
    .reduceRight((right, left) => nodeHash(left, right));
}

/** Root of the first `size` leaves. @throws VestigeError as {@link rangeHash} */
export function rootHash(size: number, hashOf: HashOf): Uint8Array {
  return rangeHash({ start: 0, end: size }, hashOf);
}

/**
 * Every complete subtree that ends with one of the new leaves.
 *
 * @param size leaves before
 * @param hashOf needs the nodes of `nodesOfRange({ start: 0, end: size })`, and no others
 * @throws VestigeError as {@link rangeHash}
 */
export function grow(size: number, entries: readonly Uint8Array[], hashOf: HashOf): HashedNode[] {
  const grown: HashedNode[] = [];
  /** Hashes of the complete subtrees on the right edge, largest first. */
  const edge = nodesOfRange({ start: 0, end: size }).map((node) => ({ ...node, hash: stored(node, hashOf) }));
  for (const [offset, entry] of entries.entries()) {
    let node: HashedNode = { level: 0, pos: size + offset, hash: leafHash(entry) };
    grown.push(node);
    for (let left = edge.at(-1); left !== undefined && left.level === node.level; left = edge.at(-1)) {
      edge.pop();
      node = { level: node.level + 1, pos: left.pos / 2, hash: nodeHash(left.hash, node.hash) };
      grown.push(node);
    }
    edge.push(node);
  }
  return grown;
}

/** Largest power of two below `size`: where RFC 6962 cuts a tree of two leaves or more. */
export function splitPoint(size: number): number {
  return 2 ** floorLog2(size - 1);
}

function stored(node: TreeNode, hashOf: HashOf): Uint8Array {
  const hash = hashOf(node);
  if (hash === undefined) throw new VestigeError('internal', `the audit tree has no node ${nodeKey(node)}`);
  return hash;
}

/** Exact for every safe integer, unlike `Math.log2`, which rounds just below large powers of two. */
function floorLog2(size: number): number {
  let level = 0;
  for (let rest = size; rest >= 2; rest = Math.floor(rest / 2)) level += 1;
  return level;
}
