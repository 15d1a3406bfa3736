import { base64 } from './base64.ts';

/** What signed notes and checkpoints say (C2SP signed-note, tlog-checkpoint), before anybody has verified them. */
export interface SignedNote {
  /** What the signatures are over, its last newline included. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  /** Four bytes that tell keys of one name apart. */
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array<ArrayBuffer>;
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array<ArrayBuffer>;
}

/** A `vkey` taken apart. Its id has to be compared with {@link vkeyIdInput} before the key is used. */
export interface VkeyParts {
  readonly name: string;
  /** Eight hex digits. */
  readonly id: string;
  /** 32 bytes. */
  readonly ed25519: Uint8Array<ArrayBuffer>;
}

const ED25519 = 1;
const KEY_ID_BYTES = 4;

/** @returns null for what is no note */
export function signedNote(note: string): SignedNote | null {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return null;
  const signatures: NoteSignature[] = [];
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const [, name, signature = ''] = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    const bytes = base64(signature);
    if (name === undefined || bytes === null || bytes.length <= KEY_ID_BYTES) return null;
    signatures.push({ name, keyId: bytes.slice(0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) });
  }
  return { text: note.slice(0, end + 1), signatures };
}

/** What the first three lines say, whoever signed them. @returns null for what is no checkpoint */
export function checkpointOf(note: string): Checkpoint | null {
  const [origin = '', size = '', root = ''] = note.split('\n');
  const hash = base64(root);
  if (origin === '' || !/^(0|[1-9][0-9]{0,15})$/.test(size) || hash?.length !== 32) return null;
  return { origin, size: Number(size), root: hash };
}

/** @returns null for what is no Ed25519 `vkey` */
export function vkeyParts(text: string): VkeyParts | null {
  const [, name, id, key64] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(text) ?? [];
  const typed = base64(key64 ?? '');
  if (name === undefined || id === undefined || typed?.length !== 33 || typed[0] !== ED25519) return null;
  return { name, id, ed25519: typed.slice(1) };
}

/** The bytes whose SHA-256 begins with the id of the key. */
export function vkeyIdInput({ name, ed25519 }: VkeyParts): Uint8Array<ArrayBuffer> {
  const named = new TextEncoder().encode(`${name}\n`);
  return Uint8Array.of(...named, ED25519, ...ed25519);
}

/** The lines of a file of keys that are meant to be some; `#` begins a comment. */
export function vkeyLines(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}
