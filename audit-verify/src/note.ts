import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { hex } from './bytes.ts';
import { signedNote, vkeyIdInput, vkeyLines, vkeyParts } from './note-text.ts';

/** Who has signed a note, with Node's own Ed25519. */
export interface VerifierKey {
  /** The `vkey` as it was given. */
  readonly text: string;
  readonly name: string;
  readonly id: string;
  readonly key: KeyObject;
}

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** @returns null for what is no Ed25519 `vkey`, or whose id is not that of its key */
export function verifierKey(text: string): VerifierKey | null {
  const parts = vkeyParts(text.trim());
  if (parts === null) return null;
  const { name, id, ed25519 } = parts;
  if (id !== createHash('sha256').update(vkeyIdInput(parts)).digest('hex').slice(0, 8)) return null;
  const key = createPublicKey({ key: Buffer.concat([SPKI, ed25519]), format: 'der', type: 'spki' });
  return { text: text.trim(), name, id, key };
}

/** One a line; `#` begins a comment. @returns the keys, and the lines that are none */
export function verifierKeys(text: string): { keys: VerifierKey[]; wrong: string[] } {
  const parsed = vkeyLines(text).map((line) => verifierKey(line) ?? line);
  return {
    keys: parsed.filter((each): each is VerifierKey => typeof each !== 'string'),
    wrong: parsed.filter((each): each is string => typeof each === 'string'),
  };
}

/**
 * Which of these keys have signed the note, and whether one of them signed something else.
 *
 * @returns null for what is no note
 */
export function signersOf(
  note: string,
  keys: readonly VerifierKey[],
): { signed: VerifierKey[]; forged: boolean } | null {
  const read = signedNote(note);
  if (read === null) return null;
  const text = Buffer.from(read.text, 'utf8');
  const signed: VerifierKey[] = [];
  let forged = false;
  for (const { name, keyId, signature } of read.signatures) {
    const known = keys.find((key) => key.name === name && key.id === hex(keyId));
    if (known === undefined) continue;
    if (verify(null, text, known.key, signature)) signed.push(known);
    else forged = true;
  }
  return { signed, forged };
}
