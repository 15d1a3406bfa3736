import { verify } from 'node:crypto';
import { VestigeError } from '../errors.ts';
import type { NoteSigner, NoteVerifier } from './note-key.ts';

/**
 * Text signed by one or more keys (C2SP signed-note). Several signers sign the same text, which is how a key is handed
 * over to its successor.
 */
const SIGNATURE_LINE = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/;
const KEY_ID_BYTES = 4;
/** More than a note of ours ever carries, and what C2SP says a reader must accept. */
const SIGNATURES_MAX = 16;
const NOTE_CHARS_MAX = 65_536;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a note may hold no control character but the newline
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

/**
 * @param text ends with a newline
 * @throws VestigeError `internal` for a text that a note cannot carry
 */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  if (!text.endsWith('\n') || CONTROL.test(text) || signers.length === 0) {
    throw new VestigeError('internal', 'this text cannot be signed as a note');
  }
  const lines = signers.map((signer) => {
    const signature = Buffer.concat([signer.id, signer.sign(text)]).toString('base64');
    return `\u2014 ${signer.name} ${signature}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/**
 * Opens a note: its text, and which of these keys have signed it.
 *
 * Signatures of unknown keys are ignored; one of a known key that does not verify condemns the whole note.
 *
 * @throws VestigeError `bad_request` for what is no note, and for one that no known key has signed
 */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): { text: string; signedBy: NoteVerifier[] } {
  const { text, signatures } = splitNote(note);
  const signedBy = new Set<NoteVerifier>();
  for (const { name, bytes } of signatures) {
    const id = bytes.subarray(0, KEY_ID_BYTES);
    const verifier = verifiers.find((each) => each.name === name && id.equals(each.id));
    if (verifier === undefined) continue;
    if (!verify(null, Buffer.from(text, 'utf8'), verifier.publicKey, bytes.subarray(KEY_ID_BYTES))) {
      throw new VestigeError('bad_request', 'a signature of this note does not verify');
    }
    signedBy.add(verifier);
  }
  if (signedBy.size === 0) throw new VestigeError('bad_request', 'no known key has signed this note');
  return { text, signedBy: [...signedBy] };
}

function splitNote(note: string): { text: string; signatures: { name: string; bytes: Buffer }[] } {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || note.length > NOTE_CHARS_MAX || CONTROL.test(note) || !note.endsWith('\n')) throw noNote();
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) throw noNote();
  const signatures = lines.map((line) => {
    const [, name, base64 = ''] = SIGNATURE_LINE.exec(line) ?? [];
    const bytes = Buffer.from(base64, 'base64');
    // One spelling a signature: a note that can be written two ways is two notes.
    if (name === undefined || bytes.length <= KEY_ID_BYTES || bytes.toString('base64') !== base64) throw noNote();
    return { name, bytes };
  });
  return { text: note.slice(0, end + 1), signatures };
}

const noNote = () => new VestigeError('bad_request', 'this is no signed note');
