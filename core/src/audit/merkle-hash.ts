import { createHash } from 'node:crypto';

/**
 * Hashes of a Merkle tree after RFC 6962 §2.1. The prefix byte keeps a leaf from passing for a node: without it somebody
 * could show two hashes as an entry of the log.
 */
export const HASH_BYTES = 32;
const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** Root of the log nobody has written to: SHA-256 of nothing. */
export const EMPTY_ROOT: Uint8Array = createHash('sha256').digest();

/** @param entry the bytes of one entry, exactly as they are stored and handed out */
export function leafHash(entry: Uint8Array): Uint8Array {
  return createHash('sha256').update(LEAF).update(entry).digest();
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
