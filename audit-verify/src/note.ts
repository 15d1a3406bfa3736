import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { base64 } from './base64.ts';

/** Signed notes and checkpoints after C2SP (signed-note, tlog-checkpoint), Ed25519. */
export interface VerifierKey {
  /** The `vkey` as it was given. */
  readonly text: string;
  readonly name: string;
  readonly id: string;
  readonly key: KeyObject;
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

const ED25519 = 1;
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** @returns null for what is no Ed25519 `vkey`, or whose id is not that of its key */
export function verifierKey(text: string): VerifierKey | null {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(text.trim());
  const [, name = '', id = '', key64 = ''] = match ?? [];
  const typed = base64(key64) ?? Buffer.alloc(0);
  if (match === null || typed.length !== 33 || typed[0] !== ED25519) return null;
  const expected = createHash('sha256').update(`${name}\n`).update(typed).digest('hex').slice(0, 8);
  if (id !== expected) return null;
  const key = createPublicKey({ key: Buffer.concat([SPKI, typed.subarray(1)]), format: 'der', type: 'spki' });
  return { text: text.trim(), name, id, key };
}

/** One a line; `#` begins a comment. @returns the keys, and the lines that are none */
export function verifierKeys(text: string): { keys: VerifierKey[]; wrong: string[] } {
  const lines = text.split('\n').map((line) => line.trim());
  const given = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const parsed = given.map((line) => verifierKey(line) ?? line);
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
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return null;
  const text = Buffer.from(note.slice(0, end + 1), 'utf8');
  const signed: VerifierKey[] = [];
  let forged = false;
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const [, name, signature = ''] = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    const bytes = base64(signature);
    if (name === undefined || bytes === null || bytes.length < 5) return null;
    const known = keys.find((key) => key.name === name && key.id === bytes.subarray(0, 4).toString('hex'));
    if (known === undefined) continue;
    if (verify(null, text, known.key, bytes.subarray(4))) signed.push(known);
    else forged = true;
  }
  return { signed, forged };
}

/** What the first three lines say, whoever signed them. @returns null for what is no checkpoint */
export function checkpointOf(note: string): Checkpoint | null {
  const [origin = '', size = '', root = ''] = note.split('\n');
  const hash = base64(root);
  if (origin === '' || !/^(0|[1-9][0-9]{0,15})$/.test(size) || hash?.length !== 32) return null;
  return { origin, size: Number(size), root: hash };
}
