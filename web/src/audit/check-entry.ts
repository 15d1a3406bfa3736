import { checkpointOf } from '@vestige/audit-verify/note-text';
import { proofOf } from '@vestige/audit-verify/proof-file';
import { checkPromise } from './check-note.ts';
import { type Check, check } from './checks.ts';
import { isIncluded } from './merkle-proof.ts';
import { canHash } from './web-crypto.ts';

/** What a proof file proves, and of which log. */
export interface ProvenEntry {
  readonly checks: readonly Check[];
  /** The entry as it was hashed, canonical JSON; null when the file is no proof. */
  readonly entry: string | null;
  readonly index: number;
  readonly origin: string;
  readonly size: number;
}

/**
 * Verifies a `.tlog-proof` file: the entry in it is in the tree that the checkpoint in it promises, and the checkpoint is
 * signed by the log.
 *
 * @param expected bytes that the entry must have; without them those of the file are taken
 */
export async function checkEntry(proofText: string, vkeys: string | null, expected?: string): Promise<ProvenEntry> {
  const proof = proofOf(proofText);
  const tree = proof && checkpointOf(proof.checkpoint);
  const bytes = expected === undefined ? proof?.entry : new TextEncoder().encode(expected);
  if (!proof || !tree || !bytes) {
    return { checks: [check('form', false, 'no_proof')], entry: null, index: 0, origin: '', size: 0 };
  }
  const told = { entry: new TextDecoder().decode(bytes), index: proof.index, origin: tree.origin, size: tree.size };
  if (!canHash()) {
    return { ...told, checks: [check('included', null, 'no_browser'), check('promised', null, 'no_browser')] };
  }
  const included = await isIncluded({ index: proof.index, entry: bytes, hashes: proof.hashes }, tree);
  return {
    ...told,
    checks: [check('included', included, 'no_proof'), await checkPromise(proof.checkpoint, vkeys)],
  };
}
