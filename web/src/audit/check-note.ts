import { hex } from '@vestige/audit-verify/bytes';
import { signedNote, type VkeyParts, vkeyIdInput, vkeyLines, vkeyParts } from '@vestige/audit-verify/note-text';
import { type Check, check } from './checks.ts';
import { ed25519Verifies, sha256 } from './web-crypto.ts';

const KEY_ID_BYTES = 4;

/**
 * Whether a checkpoint is a promise of the log: signed by one of its keys, and by none of them wrongly.
 *
 * @param vkeys text of `/v1/audit/keys`, or what an auditor was given on another way; null when there is none
 */
export async function checkPromise(note: string, vkeys: string | null): Promise<Check> {
  const read = signedNote(note);
  if (read === null) return check('promised', false, 'no_key');
  const keys = vkeys === null ? [] : await keysIn(vkeys);
  if (keys.length === 0) return check('promised', null, 'no_key');
  let signed = 0;
  for (const { name, keyId, signature } of read.signatures) {
    const known = keys.find((key) => key.name === name && key.id === hex(keyId));
    if (known === undefined) continue;
    const verifies = await ed25519Verifies({ format: 'raw', bytes: known.ed25519 }, signature, read.text);
    // A signature of a known key over another text condemns the note, whoever else has signed it.
    if (verifies !== true) return check('promised', verifies, 'no_browser');
    signed += 1;
  }
  return check('promised', signed > 0 ? true : null, 'other_key');
}

/** Lines that are no key, or whose id is not that of their key, are none. */
async function keysIn(vkeys: string): Promise<VkeyParts[]> {
  const keys: VkeyParts[] = [];
  for (const line of vkeyLines(vkeys)) {
    const parts = vkeyParts(line);
    if (parts === null) continue;
    if (hex((await sha256(vkeyIdInput(parts))).subarray(0, KEY_ID_BYTES)) === parts.id) keys.push(parts);
  }
  return keys;
}
