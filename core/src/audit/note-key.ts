import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { VestigeError } from '../errors.ts';
import type { Secret } from '../secret.ts';

/** The only signature type we speak: Ed25519 over the note text (C2SP signed-note). */
const ED25519 = 0x01;
const RAW_KEY_BYTES = 32;
/** What stands before the raw key in a SubjectPublicKeyInfo of RFC 8410. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
/** Names hold neither spaces nor `+`, or a signature line could be read two ways. */
const KEY_NAME = /^[^\s+\p{C}]{1,255}$/u;

/** A public key as C2SP publishes it: whose notes it signs, and the key. */
export interface NoteVerifier {
  readonly name: string;
  /** Four bytes: tells keys of one name apart, proves nothing. */
  readonly id: Uint8Array;
  readonly publicKey: KeyObject;
  /** The `vkey` to publish: `name+hex(id)+base64(0x01 ‖ key)`. */
  readonly text: string;
}

export interface NoteSigner extends NoteVerifier {
  /** @returns the signature over the text of a note */
  sign(text: string): Uint8Array;
}

/**
 * Signs as `name`. The same private key under another name is another key, so a note of one tenant's log proves nothing
 * about another's.
 *
 * @throws VestigeError `misconfigured` for a key that is not Ed25519, or a name that a note cannot carry
 */
export function noteSigner(name: string, key: Secret<KeyObject>): NoteSigner {
  if (!KEY_NAME.test(name)) throw new VestigeError('misconfigured', 'a key name has no spaces and no plus sign');
  const privateKey = key.reveal();
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new VestigeError('misconfigured', 'audit logs need Ed25519 keys');
  const publicKey = createPublicKey(privateKey);
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
  return { ...verifierOf(name, raw), sign: (text) => sign(null, Buffer.from(text, 'utf8'), privateKey) };
}

/** @throws VestigeError `bad_request` for what is no `vkey`, or whose id is not that of its key */
export function parseVerifierKey(text: string): NoteVerifier {
  const [name = '', id = '', ...rest] = text.trim().split('+');
  const bytes = Buffer.from(rest.join('+'), 'base64');
  if (!KEY_NAME.test(name) || bytes.length !== 1 + RAW_KEY_BYTES || bytes[0] !== ED25519) {
    throw new VestigeError('bad_request', 'this is no Ed25519 verifier key: name+id+key');
  }
  const verifier = verifierOf(name, bytes.subarray(1));
  if (Buffer.from(verifier.id).toString('hex') !== id) {
    throw new VestigeError('bad_request', 'the id of this verifier key is not that of its key');
  }
  return verifier;
}

function verifierOf(name: string, raw: Buffer): NoteVerifier {
  const typed = Buffer.concat([Buffer.of(ED25519), raw]);
  const id = createHash('sha256').update(`${name}\n`, 'utf8').update(typed).digest().subarray(0, 4);
  return {
    name,
    id,
    publicKey: createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' }),
    text: `${name}+${id.toString('hex')}+${typed.toString('base64')}`,
  };
}
