import { crc32 } from 'node:zlib';
import { TenantId } from '@vestige/core/ids';
import type { LogRecord } from './ingest-log.ts';

/**
 * The bytes of a segment file. All numbers are unsigned 32-bit, little-endian, unless said otherwise.
 *
 *     segment = magic (8) · salt (8) · crc · frame*
 *     frame   = salt (8) · body length · records · appended at (ms, float64) · crc · record*
 *     record  = crc · payload length · tenant · spans · payload
 *
 * A frame is what one fsync made durable, and the next one is written only after that fsync: a whole frame proves that
 * every frame before it was once whole on the disk. A frame without records seals the segment: nothing comes after it.
 *
 * The salt is random per segment and goes into every checksum, so that the remains of another file on the same blocks
 * are not taken for frames of this one; and it is what a reader looks for to find its way again behind damage.
 */
const MAGIC = Buffer.from('VSTGLOG1', 'latin1');
const SALT_BYTES = 8;
export const SEGMENT_HEADER_BYTES = MAGIC.length + SALT_BYTES + 4;
export const FRAME_HEADER_BYTES = SALT_BYTES + 4 + 4 + 8 + 4;
export const RECORD_HEADER_BYTES = 16;

export function segmentHeader(salt: Uint8Array): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(header);
  header.set(salt, MAGIC.length);
  header.writeUInt32LE(crc32(header.subarray(0, SEGMENT_HEADER_BYTES - 4)), SEGMENT_HEADER_BYTES - 4);
  return header;
}

/** @returns the pieces to write one after the other; payloads are not copied */
export function frame(salt: Uint8Array, records: readonly LogRecord[], atMs: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let bodyBytes = 0;
  for (const record of records) {
    pieces.push(recordHeader(salt, record), record.payload);
    bodyBytes += RECORD_HEADER_BYTES + record.payload.length;
  }
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.set(salt);
  header.writeUInt32LE(bodyBytes, 8);
  header.writeUInt32LE(records.length, 12);
  header.writeDoubleLE(atMs, 16);
  header.writeUInt32LE(crc32(header.subarray(0, FRAME_HEADER_BYTES - 4)), FRAME_HEADER_BYTES - 4);
  return [header, ...pieces];
}

function recordHeader(salt: Uint8Array, record: LogRecord): Buffer {
  const header = Buffer.alloc(RECORD_HEADER_BYTES);
  header.writeUInt32LE(record.payload.length, 4);
  header.writeUInt32LE(record.tenant, 8);
  header.writeUInt32LE(record.spans, 12);
  header.writeUInt32LE(recordChecksum(salt, header, record.payload), 0);
  return header;
}

function recordChecksum(salt: Uint8Array, header: Uint8Array, payload: Uint8Array): number {
  return crc32(payload, crc32(header.subarray(4, RECORD_HEADER_BYTES), crc32(salt)));
}

/** The payload of a record that was found at `offset` before; null when it is no longer what was written. */
export function payloadOf(salt: Uint8Array, record: Buffer): Buffer | null {
  const payload = record.subarray(RECORD_HEADER_BYTES);
  const isSame =
    record.length >= RECORD_HEADER_BYTES && record.readUInt32LE(0) === recordChecksum(salt, record, payload);
  return isSame ? payload : null;
}

export interface FoundRecord {
  readonly tenant: TenantId;
  readonly spans: number;
  /** Of the record's header. */
  readonly offset: number;
  readonly payloadBytes: number;
  readonly appendedAtMs: number;
}

/** What a segment file holds. Ranges of bytes are from (inclusive) to (exclusive). */
export interface SegmentContent {
  /** Null when the file is no segment of ours, or not any more. */
  readonly salt: Buffer | null;
  readonly records: readonly FoundRecord[];
  /** Where an end begins that was being written when the writer died; the length of the file when there is none. */
  readonly wholeBytes: number;
  /** Bytes that cannot be read and may have been acknowledged. */
  readonly damaged: readonly { readonly from: number; readonly to: number }[];
}

/**
 * Reads a whole segment file, past whatever is damaged in it.
 *
 * An end that is too short for what it says it holds was torn: nothing of it was acknowledged. What is as long as it
 * should be and has another checksum may have been torn by a power cut or damaged later; nobody can tell, so it counts as
 * damaged.
 */
export function readSegment(file: Buffer): SegmentContent {
  const salt = saltOf(file);
  if (salt !== null) return readFrames(file, salt);
  // The first frame is acknowledged after the header is durable, so a file without one holds nothing yet.
  const wasBeingMade = file.length < SEGMENT_HEADER_BYTES || isZero(file);
  const damaged = wasBeingMade ? [] : [{ from: 0, to: file.length }];
  return { salt, records: [], wholeBytes: wasBeingMade ? 0 : file.length, damaged };
}

function saltOf(file: Buffer): Buffer | null {
  if (file.length < SEGMENT_HEADER_BYTES) return null;
  const checked = SEGMENT_HEADER_BYTES - 4;
  const isWhole = file.readUInt32LE(checked) === crc32(file.subarray(0, checked));
  return isWhole && file.subarray(0, MAGIC.length).equals(MAGIC) ? file.subarray(MAGIC.length, checked) : null;
}

function readFrames(file: Buffer, salt: Buffer): SegmentContent {
  const records: FoundRecord[] = [];
  const damaged: { from: number; to: number }[] = [];
  let sealed = false;
  let at = SEGMENT_HEADER_BYTES;
  while (at < file.length) {
    const header = frameHeaderAt(file, at, salt);
    if (header === null) {
      const next = nextFrame(file, at + 1, salt);
      const wasBeingWritten = file.length - at < FRAME_HEADER_BYTES || isZero(file.subarray(at));
      if (next === null && wasBeingWritten && !sealed) return { salt, records, wholeBytes: at, damaged };
      damaged.push({ from: at, to: next ?? file.length });
      at = next ?? file.length;
      continue;
    }
    const body = at + FRAME_HEADER_BYTES;
    const end = body + header.bodyBytes;
    if (end > file.length) return { salt, records, wholeBytes: at, damaged };
    readRecords(file, salt, body, end, header.atMs, records, damaged);
    sealed = header.records === 0;
    at = end;
  }
  return { salt, records, wholeBytes: file.length, damaged };
}

/** Up to the first record whose length is not to be trusted; a record with another checksum is skipped alone. */
function readRecords(
  file: Buffer,
  salt: Buffer,
  from: number,
  to: number,
  appendedAtMs: number,
  records: FoundRecord[],
  damaged: { from: number; to: number }[],
): void {
  let at = from;
  while (at < to) {
    const payloadBytes = to - at >= RECORD_HEADER_BYTES ? file.readUInt32LE(at + 4) : Number.POSITIVE_INFINITY;
    const end = at + RECORD_HEADER_BYTES + payloadBytes;
    if (end > to) {
      damaged.push({ from: at, to });
      return;
    }
    const tenant = TenantId.safeParse(file.readUInt32LE(at + 8));
    if (tenant.success && payloadOf(salt, file.subarray(at, end)) !== null) {
      const spans = file.readUInt32LE(at + 12);
      records.push({ tenant: tenant.data, spans, offset: at, payloadBytes, appendedAtMs });
    } else {
      damaged.push({ from: at, to: end });
    }
    at = end;
  }
}

function frameHeaderAt(file: Buffer, at: number, salt: Buffer) {
  if (at + FRAME_HEADER_BYTES > file.length) return null;
  const header = file.subarray(at, at + FRAME_HEADER_BYTES);
  const checked = FRAME_HEADER_BYTES - 4;
  if (!header.subarray(0, SALT_BYTES).equals(salt)) return null;
  if (header.readUInt32LE(checked) !== crc32(header.subarray(0, checked))) return null;
  return { bodyBytes: header.readUInt32LE(8), records: header.readUInt32LE(12), atMs: header.readDoubleLE(16) };
}

function nextFrame(file: Buffer, from: number, salt: Buffer): number | null {
  for (let at = file.indexOf(salt, from); at !== -1; at = file.indexOf(salt, at + 1)) {
    if (frameHeaderAt(file, at, salt) !== null) return at;
  }
  return null;
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
