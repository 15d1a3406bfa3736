import { VestigeError } from '../errors.ts';
import { HASH_BYTES } from './merkle-hash.ts';
import { type NoteSigner, type NoteVerifier, parseVerifierKey } from './note-key.ts';
import { openNote, signNote } from './signed-note.ts';

/** What a log says of itself at one size (C2SP tlog-checkpoint); signed, it is a promise that it cannot take back. */
export interface Checkpoint {
  /** Names the log for ever, e.g. `vestige.example.com/audit/acme`. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

const SIZE = /^(0|[1-9][0-9]{0,15})$/;
const BASE64_HASH = /^[A-Za-z0-9+/]{43}=$/;

/** The signed note. Never sign one that is inconsistent with an earlier one: see `store/src/audit/sign-checkpoint.ts`. */
export function signCheckpoint({ origin, size, root }: Checkpoint, signers: readonly NoteSigner[]): string {
  return signNote(`${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`, signers);
}

/**
 * Opens a checkpoint of the log `origin`. Lines after the third are extensions, which are read over.
 *
 * @throws VestigeError `bad_request` for what is none, is another log's, or was signed by none of these keys
 */
export function openCheckpoint(
  note: string,
  origin: string,
  verifiers: readonly NoteVerifier[],
): Checkpoint & { readonly signedBy: readonly NoteVerifier[] } {
  const { text, signedBy } = openNote(note, verifiers);
  const [first, size = '', root = ''] = text.split('\n');
  if (first !== origin) throw new VestigeError('bad_request', 'this checkpoint is of another log');
  if (!SIZE.test(size) || !BASE64_HASH.test(root)) throw new VestigeError('bad_request', 'this is no checkpoint');
  return { origin, size: Number(size), root: rootOf(root), signedBy };
}

/** What the lines say, on trust: for checkpoints that come out of our own database. */
export function readCheckpoint(note: string): Checkpoint {
  const [origin = '', size = '', root = ''] = note.split('\n');
  if (origin === '' || !SIZE.test(size) || !BASE64_HASH.test(root)) {
    throw new VestigeError('bad_request', 'this is no checkpoint');
  }
  return { origin, size: Number(size), root: rootOf(root) };
}

/** One `vkey` a line; blank lines and lines that begin with `#` are left out. @throws VestigeError as the parser of one */
export function parseVerifierKeys(text: string): NoteVerifier[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseVerifierKey);
}

function rootOf(base64: string): Uint8Array {
  const root = Buffer.from(base64, 'base64');
  if (root.length !== HASH_BYTES || root.toString('base64') !== base64) {
    throw new VestigeError('bad_request', 'this is no checkpoint');
  }
  return root;
}
