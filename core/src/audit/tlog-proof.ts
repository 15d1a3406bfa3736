import { VestigeError } from '../errors.ts';
import { HASH_BYTES } from './merkle-hash.ts';

/**
 * A file that proves offline that one entry is in the log (C2SP tlog-proof@v1, extension `.tlog-proof`).
 *
 * `extra` carries the entry itself, so that whoever was handed a certificate and this file needs nothing else. It is not
 * signed by standing there: a verifier hashes it and lets the proof decide.
 */
export interface TlogProof {
  readonly extra: Uint8Array | null;
  readonly index: number;
  /** From the sibling of the leaf up to a child of the root. */
  readonly hashes: readonly Uint8Array[];
  /** The signed note, byte for byte. */
  readonly checkpoint: string;
}

const HEADER = 'c2sp.org/tlog-proof@v1';
const INDEX = /^index (0|[1-9][0-9]{0,15})$/;
/** A tree of 2^53 leaves has no longer path. */
const HASHES_MAX = 53;
const PROOF_CHARS_MAX = 262_144;

export function formatTlogProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  return [
    HEADER,
    ...(extra === null ? [] : [`extra ${base64(extra)}`]),
    `index ${index}`,
    ...hashes.map(base64),
    '',
    checkpoint,
  ].join('\n');
}

/** @throws VestigeError `bad_request` for what is no proof */
export function parseTlogProof(text: string): TlogProof {
  const end = text.indexOf('\n\n');
  if (end < 0 || text.length > PROOF_CHARS_MAX) throw noProof();
  const lines = text.slice(0, end).split('\n');
  if (lines.shift() !== HEADER) throw noProof();
  const extra = lines[0]?.startsWith('extra ') ? bytesOf(lines.shift()?.slice('extra '.length) ?? '') : null;
  const index = INDEX.exec(lines.shift() ?? '')?.[1];
  if (index === undefined || lines.length > HASHES_MAX) throw noProof();
  const hashes = lines.map(bytesOf);
  if (hashes.some((hash) => hash.length !== HASH_BYTES)) throw noProof();
  return { extra, index: Number(index), hashes, checkpoint: text.slice(end + 2) };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function bytesOf(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw noProof();
  return bytes;
}

const noProof = () => new VestigeError('bad_request', 'this is no tlog-proof');
