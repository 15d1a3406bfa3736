import { gzipSync, zstdCompressSync } from 'node:zlib';
import { decodeResponse } from '../otlp/testing/otlp-messages.ts';
import { framed, RawGrpc } from './grpc-raw.ts';
import { readStatus } from './rpc-status.ts';
import type { RunningCollector } from './running-collector.ts';
import { send } from './send.ts';

/** The three ways into a collector; what a case says must hold over each. */
export const WAYS = ['http/protobuf', 'http/json', 'grpc'] as const;
export type Way = (typeof WAYS)[number];
export const formOf = (way: Way): 'protobuf' | 'json' => (way === 'http/json' ? 'json' : 'protobuf');
export const MEDIA = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;

const PACK = { gzip: gzipSync, zstd: zstdCompressSync };

export interface Posting {
  readonly body: Uint8Array;
  /** Packs the body and says so. */
  readonly encoding?: 'gzip' | 'zstd';
  /** Sends the body as it is, and says that it is packed like this. */
  readonly saysEncoding?: string;
  /** HTTP header or gRPC metadata; replaces the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunked?: boolean;
}

/** How it ended, in the words that all ways share. */
export interface Outcome {
  /** `google.rpc.Code`; 0 for a success. */
  readonly code: number;
  /** 200 for gRPC, whatever the code. */
  readonly http: number;
  /** Of a refusal. */
  readonly message: string;
  /** When to come back, in milliseconds; null: never. HTTP knows whole seconds only. */
  readonly retryAfterMs: number | null;
  readonly partial: { readonly rejectedSpans: number; readonly errorMessage: string } | null;
}

/** Exports over any way, and reads the answer as strictly as a client would. One connection for gRPC; close it. */
export class Sender {
  readonly #collector: Pick<RunningCollector, 'url' | 'grpcUrl' | 'key'>;
  readonly #grpc: RawGrpc;

  constructor(collector: Pick<RunningCollector, 'url' | 'grpcUrl' | 'key'>) {
    this.#collector = collector;
    this.#grpc = new RawGrpc(collector.grpcUrl ?? '');
  }

  post(way: Way, posting: Posting): Promise<Outcome> {
    return way === 'grpc' ? this.#overGrpc(posting) : this.#overHttp(formOf(way), posting);
  }

  close(): void {
    this.#grpc.close();
  }

  async #overHttp(form: 'protobuf' | 'json', posting: Posting): Promise<Outcome> {
    const { encoding, saysEncoding = encoding, headers = {}, chunked = false } = posting;
    const body = encoding === undefined ? posting.body : PACK[encoding](posting.body);
    const answer = await send(
      `${this.#collector.url}/v1/traces`,
      body,
      {
        authorization: `Bearer ${this.#collector.key}`,
        'content-type': MEDIA[form],
        ...(saysEncoding === undefined ? {} : { 'content-encoding': saysEncoding }),
        ...headers,
      },
      { chunked },
    );
    // An answer has the type of its request; a request of no type we know is answered in JSON.
    const type = Object.values(MEDIA).find((media) =>
      (headers['content-type'] ?? MEDIA[form]).toLowerCase().startsWith(media),
    );
    const answeredAs = type === MEDIA.protobuf ? 'protobuf' : 'json';
    if (answer.headers['content-type'] !== MEDIA[answeredAs]) {
      throw new Error(`answered as ${answer.headers['content-type']}, asked as ${type}`);
    }
    const retryAfter = answer.headers['retry-after'];
    return {
      ...(answer.status === 200 ? taken(answeredAs, answer.body) : refused(answeredAs, answer.body)),
      http: answer.status,
      retryAfterMs: retryAfter === undefined ? null : Number(retryAfter) * 1000,
    };
  }

  async #overGrpc(posting: Posting): Promise<Outcome> {
    const { encoding, saysEncoding = encoding, headers = {}, chunked = false } = posting;
    const body = encoding === undefined ? posting.body : PACK[encoding](posting.body);
    const message = framed(body, { compressed: saysEncoding !== undefined && saysEncoding !== 'identity' });
    const pieces = chunked ? [message.subarray(0, 3), message.subarray(3, 9), message.subarray(9)] : [message];
    const called = await this.#grpc.call(pieces, {
      authorization: `Bearer ${this.#collector.key}`,
      ...(saysEncoding === undefined ? {} : { 'grpc-encoding': saysEncoding }),
      ...headers,
    });
    const { httpStatus: http, code, message: said, retryAfterMs } = called;
    if (code === null) throw new Error(`no status of gRPC, but ${http} of HTTP`);
    if (code !== 0) return { code, http, message: said, retryAfterMs, partial: null };
    if (called.body.length !== 5 + called.body.readUInt32BE(1)) throw new Error('the answer is no message');
    return { ...taken('protobuf', called.body.subarray(5)), http, retryAfterMs };
  }
}

function taken(form: 'protobuf' | 'json', body: Buffer): Pick<Outcome, 'code' | 'message' | 'partial'> {
  const partial =
    form === 'protobuf'
      ? decodeResponse(body).partialSuccess
      : (JSON.parse(body.toString()) as { partialSuccess?: { rejectedSpans: string; errorMessage: string } })
          .partialSuccess;
  const read = partial && { rejectedSpans: Number(partial.rejectedSpans), errorMessage: partial.errorMessage };
  return { code: 0, message: '', partial: read ?? null };
}

function refused(form: 'protobuf' | 'json', body: Buffer): Pick<Outcome, 'code' | 'message' | 'partial'> {
  const { code, message } =
    form === 'protobuf' ? readStatus(body) : (JSON.parse(body.toString()) as { code: number; message: string });
  return { code, message, partial: null };
}
