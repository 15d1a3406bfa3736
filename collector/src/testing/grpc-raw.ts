import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { EXPORT } from './grpc-client.ts';
import { readStatus } from './rpc-status.ts';

/** What a call ended with, as it was on the wire. */
export interface RawCalled {
  readonly httpStatus: number;
  /** Null when the answer holds no `grpc-status`. */
  readonly code: number | null;
  readonly message: string;
  /** With its prefix. */
  readonly body: Buffer;
  readonly retryAfterMs: number | null;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Puts the length prefix before a message. */
export function framed(message: Uint8Array, { compressed = false, length = message.length } = {}): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed ? 1 : 0;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

/** Speaks HTTP/2 by itself, so that a call may be wrong in any way. */
export class RawGrpc {
  readonly session: ClientHttp2Session;

  constructor(url: string) {
    // Node’s own limit, 10 MB of what waits to be sent, would end calls of a flood before the server sees them.
    this.session = connect(url, { maxSessionMemory: 1000 });
    this.session.on('error', () => {});
  }

  /** @param pieces written one after the other; `end: false` leaves the call open for ever */
  call(
    pieces: readonly Uint8Array[],
    headers: OutgoingHttpHeaders = {},
    { end = true }: { end?: boolean } = {},
  ): Promise<RawCalled> {
    return new Promise((resolve, reject) => {
      const stream = this.session.request({
        ':method': 'POST',
        ':path': EXPORT,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      });
      let answer: Record<string, unknown> = {};
      const chunks: Buffer[] = [];
      stream.on('response', (given) => {
        answer = { ...given };
      });
      stream.on('trailers', (given) => {
        answer = { ...answer, ...given };
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      // As clients of gRPC do: with the answer the call is over, whatever was still to be sent.
      stream.on('end', () => stream.close());
      // A server that has answered may stop reading; only a call without an answer has failed.
      stream.on('error', (error) => (answer[':status'] === undefined ? reject(error) : undefined));
      stream.on('close', () => resolve(calledOf(answer, Buffer.concat(chunks))));
      for (const piece of pieces) stream.write(piece);
      if (end) stream.end();
    });
  }

  close(): void {
    this.session.destroy();
  }
}

function calledOf(headers: Readonly<Record<string, unknown>>, body: Buffer): RawCalled {
  const details = headers['grpc-status-details-bin'];
  const code = headers['grpc-status'];
  return {
    httpStatus: Number(headers[':status'] ?? 0),
    code: code === undefined ? null : Number(code),
    message: decodeURIComponent(String(headers['grpc-message'] ?? '')),
    body,
    retryAfterMs: typeof details === 'string' ? readStatus(Buffer.from(details, 'base64')).retryAfterMs : null,
    headers,
  };
}
