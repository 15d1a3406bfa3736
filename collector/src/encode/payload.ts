import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { PlannedBlock } from '@vestige/store/clickhouse/native-block';
import type { UnresolvedRejected } from '../ingest/rejected-spans.ts';

/**
 * What a log record holds of its requests: blocks of rows that are ready to be inserted, and beside them what is still
 * open, the tokens. Binary where there is a row for every span, JSON where there are few.
 */
export interface Payload {
  readonly tenant: TenantId;
  readonly spans: number;
  /** Every token of the record once; the blocks speak of them by number. */
  readonly tokens: readonly string[];
  /** Spans that name a set. */
  readonly sets: readonly SetOfSpan[];
  readonly rejected: readonly UnresolvedRejected[];
  readonly sections: readonly Section[];
}

export type SetOfSpan = readonly [span: number, setId: string, atMs: number];

export const SECTION_TABLES = ['spans', 'record_touches', 'links_in', 'touches'] as const;
export type SectionTable = (typeof SECTION_TABLES)[number];

/** A Native block of one table and one partition's time. */
export interface Section {
  readonly table: SectionTable;
  /** Days (`spans`) or months since the epoch. */
  readonly period: number;
  readonly rows: number;
  readonly block: Uint8Array;
  /** Which span each row is of, by number; for `touches` the words of `tagged-spans.ts`. */
  readonly words: Uint32Array;
}

/** A payload whose blocks are to be written into it. */
export interface UnwrittenPayload extends Omit<Payload, 'sections'> {
  readonly sections: readonly (Omit<Section, 'block'> & { readonly block: PlannedBlock })[];
}

/** First byte of every payload; another one was written by another version of ours. */
const VERSION = 2;
const HEAD_BYTES = 5;

interface Head extends Omit<Payload, 'sections'> {
  readonly sections: readonly (readonly [
    table: SectionTable,
    period: number,
    rows: number,
    blockBytes: number,
    words: number,
  ])[];
}

/** @returns no bytes when there is nothing to store */
export function writePayload(payload: UnwrittenPayload): Uint8Array {
  if (payload.spans + payload.rejected.length === 0) return new Uint8Array(0);
  const head: Head = {
    ...payload,
    sections: payload.sections.map(({ table, period, rows, block, words }) => [
      table,
      period,
      rows,
      block.byteLength,
      words.length,
    ]),
  };
  const text = Buffer.from(JSON.stringify(head));
  const size = payload.sections.reduce((sum, { block, words }) => sum + block.byteLength + words.byteLength, 0);
  const bytes = Buffer.allocUnsafeSlow(HEAD_BYTES + text.length + size);
  bytes[0] = VERSION;
  bytes.writeUInt32LE(text.length, 1);
  let at = HEAD_BYTES + text.copy(bytes, HEAD_BYTES);
  for (const { block, words } of payload.sections) {
    at = block.write(bytes, at);
    bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), at);
    at += words.byteLength;
  }
  return bytes;
}

/**
 * @returns views into `bytes`, but for the words
 * @throws VestigeError `internal` for bytes that {@link writePayload} did not write
 */
export function readPayload(bytes: Uint8Array): Payload {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer[0] !== VERSION) throw new VestigeError('internal', 'a log record of another version cannot be read');
  const textEnd = HEAD_BYTES + buffer.readUInt32LE(1);
  const head = JSON.parse(buffer.toString('utf8', HEAD_BYTES, textEnd)) as Head;
  let at = textEnd;
  const take = (count: number) => {
    at += count;
    return buffer.subarray(at - count, at);
  };
  const sections = head.sections.map(([table, period, rows, blockBytes, wordCount]): Section => {
    const block = take(blockBytes);
    const words = new Uint32Array(wordCount);
    // Copied: a typed array stands on its own boundary only.
    new Uint8Array(words.buffer).set(take(wordCount * 4));
    return { table, period, rows, block, words };
  });
  if (at !== buffer.length) throw new VestigeError('internal', 'a log record is not as long as it says');
  return { ...head, sections };
}
