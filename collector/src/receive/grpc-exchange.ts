import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { VestigeError } from '@vestige/core/errors';
import { encodeStatus } from '../otlp/answer.ts';
import type { Reservation } from './in-flight.ts';
import type { BodyEncoding } from './media-type.ts';
import { type Body, readBody } from './read-body.ts';
import { type Failure, RPC_CODE_NAMES } from './status.ts';

/** One byte that says whether the message is compressed, four that say how long it is (gRPC over HTTP/2, "Requests"). */
const PREFIX_BYTES = 5;
const ACCEPTED_ENCODINGS = 'identity,gzip,zstd';
const HEADERS = { ':status': 200, 'content-type': 'application/grpc', 'grpc-accept-encoding': ACCEPTED_ENCODINGS };
const CUT_AFTER_MS = 10_000;
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/**
 * Reads the one message of a unary call, inflating it on the way; stops at the first byte too many, and at the length
 * prefix already when that says so.
 *
 * @throws VestigeError `too_large`; `bad_request` when it ends early, does not inflate or goes on behind its end;
 *   `method_not_allowed` (UNIMPLEMENTED) for an encoding or a number of messages we do not take; errors of `reservation`
 */
export async function readMessage(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  bytesMax: number,
  reservation: Reservation,
): Promise<Body> {
  // Breaking off must leave the stream alone: the answer still goes through it.
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  try {
    const { prefix, rest } = await readPrefix(chunks);
    const length = prefix.readUInt32BE(1);
    const encoding = encodingOf(prefix[0] ?? 0, headers['grpc-encoding']);
    if (length > bytesMax) throw new VestigeError('too_large', `the message exceeds ${bytesMax} bytes`);
    return await readBody(payload(rest, chunks, length), encoding, bytesMax, reservation);
  } finally {
    // A reader that is left hanging would keep the stream from ever ending.
    void chunks.return?.();
  }
}

async function readPrefix(chunks: AsyncIterator<Buffer>): Promise<{ prefix: Buffer; rest: Buffer }> {
  let read = Buffer.alloc(0);
  while (read.length < PREFIX_BYTES) {
    const next = await chunks.next().catch(() => ({ done: true as const, value: undefined }));
    if (next.done === true) {
      throw read.length === 0
        ? new VestigeError('method_not_allowed', 'the call takes one message')
        : new VestigeError('bad_request', 'malformed body: ends early');
    }
    read = Buffer.concat([read, next.value]);
  }
  return { prefix: read.subarray(0, PREFIX_BYTES), rest: read.subarray(PREFIX_BYTES) };
}

/** Exactly `length` bytes, and then the end. */
async function* payload(first: Buffer, chunks: AsyncIterator<Buffer>, length: number): AsyncGenerator<Buffer> {
  let left = length;
  let chunk = first;
  for (;;) {
    if (chunk.length > left) throw new VestigeError('method_not_allowed', 'the call takes one message');
    left -= chunk.length;
    if (chunk.length > 0) yield chunk;
    const next = await chunks.next();
    if (next.done === true) break;
    chunk = next.value;
  }
  if (left > 0) throw new VestigeError('bad_request', 'malformed body: ends early');
}

function encodingOf(flag: number, header: string | string[] | undefined): BodyEncoding {
  if (flag === 0) return 'identity';
  if (flag !== 1) throw new VestigeError('bad_request', 'malformed body: no message of gRPC');
  if (header === 'gzip' || header === 'zstd') return header;
  if (header === undefined || header === 'identity') {
    throw new VestigeError('bad_request', 'malformed body: compressed, and not said how');
  }
  throw new VestigeError('method_not_allowed', 'grpc-encoding must be gzip, zstd or identity');
}

/**
 * What `grpc-timeout` leaves the call; null when the client sets no limit.
 *
 * @throws VestigeError `bad_request`
 */
export function timeoutMsOf(header: string | string[] | undefined): number | null {
  if (header === undefined) return null;
  const [, amount, unit = ''] = TIMEOUT.exec(String(header)) ?? [];
  if (amount === undefined) throw new VestigeError('bad_request', 'grpc-timeout must be digits and a unit');
  return Number(amount) * (UNIT_MS[unit] ?? 0);
}

/** Ends the call with its message. Does nothing when it has ended already, by deadline or by the client. */
export function answerMessage(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (isOver(stream)) return;
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.concat([prefix, message]));
}

/**
 * Ends the call without a message. The request may still be arriving; the client is told to stop sending it.
 *
 * `RetryInfo` is what makes a failure one to come back for (OTLP specification, "OTLP/gRPC Throttling"): with it
 * RESOURCE_EXHAUSTED is retried, without it its spans are dropped.
 */
export function answerFailure(stream: ServerHttp2Stream, failure: Failure): void {
  if (isOver(stream)) return;
  const details = failure.retryAfterMs === null ? {} : { 'grpc-status-details-bin': detailsOf(failure) };
  stream.respond(
    {
      ...HEADERS,
      'grpc-status': String(failure.code),
      // Percent-encoded as the protocol asks; ours are plain ASCII sentences.
      'grpc-message': encodeURIComponent(failure.message).replaceAll('%20', ' '),
      ...details,
    },
    { endStream: true },
  );
  stopReading(stream);
}

/** A request that is no gRPC at all is answered in HTTP, as the protocol asks. */
export function answerHttp(stream: ServerHttp2Stream, status: 405 | 415): void {
  if (isOver(stream)) return;
  stream.respond({ ':status': status }, { endStream: true });
  stopReading(stream);
}

/**
 * The client stops when it sees the answer, and what is on the way until then is thrown away. One that goes on is cut
 * off, but late: a reset may overtake the answer, and what still comes for a stream that was reset counts against the
 * whole connection (nghttp2 ends it with ENHANCE_YOUR_CALM), which a proxy may share between tenants.
 */
function stopReading(stream: ServerHttp2Stream): void {
  stream.resume();
  const cut = setTimeout(() => stream.destroy(), CUT_AFTER_MS);
  stream.once('close', () => clearTimeout(cut));
}

export const codeNameOf = (failure: Failure): string => RPC_CODE_NAMES[failure.code] ?? 'UNKNOWN';

function isOver(stream: ServerHttp2Stream): boolean {
  return stream.headersSent || stream.closed || stream.destroyed;
}

function detailsOf(failure: Failure): string {
  return Buffer.from(encodeStatus('protobuf', failure)).toString('base64');
}
