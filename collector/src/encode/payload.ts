import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { ReadSpan } from '@vestige/core/model/span';
import type { UnresolvedRejected } from '../ingest/rejected-spans.ts';

/** What a log record holds of one request. */
export interface Payload {
  readonly tenant: TenantId;
  readonly spans: readonly ReadSpan[];
  readonly rejected: readonly UnresolvedRejected[];
}

/** First byte of every payload; another one was written by another version of ours. */
const VERSION = 1;

/** @returns no bytes when there is nothing to store */
export function writePayload(payload: Payload): Uint8Array {
  if (payload.spans.length + payload.rejected.length === 0) return new Uint8Array(0);
  const text = JSON.stringify(payload, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  return Buffer.concat([Uint8Array.of(VERSION), Buffer.from(text)]);
}

/** @throws VestigeError `internal` for bytes that {@link writePayload} did not write */
export function readPayload(bytes: Uint8Array): Payload {
  if (bytes[0] !== VERSION) throw new VestigeError('internal', 'a log record of another version cannot be read');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1).toString('utf8');
  return JSON.parse(text, (key, value) =>
    key === 'startNs' || key === 'endNs' || key === 'timeNs' ? BigInt(value) : value,
  ) as Payload;
}
