import { Client, compressionAlgorithms, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { readStatus } from './rpc-status.ts';

export const EXPORT = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

/** How a call ended, as the official client understands it. */
export interface Called {
  /** `google.rpc.Code`, 0 when it succeeded. */
  readonly code: number;
  readonly message: string;
  /** Of the answer; empty for a failure. */
  readonly body: Buffer;
  /** What `grpc-status-details-bin` says, and null when there is none. */
  readonly retryAfterMs: number | null;
  readonly hasDetails: boolean;
}

export interface CallOptions {
  readonly method?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

/** The official JavaScript client, with bytes for messages. One connection; close it. */
export class GrpcClient {
  readonly #client: Client;

  constructor(url: string, { gzip = false } = {}) {
    this.#client = new Client(new URL(url).host, credentials.createInsecure(), {
      'grpc.max_send_message_length': -1,
      'grpc.default_compression_algorithm': gzip ? compressionAlgorithms.gzip : compressionAlgorithms.identity,
      // Otherwise clients of one test file share one connection, and its compression.
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  call(body: Uint8Array, { method = EXPORT, metadata = {}, deadlineMs = 30_000 }: CallOptions = {}) {
    const sent = new Metadata();
    for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
    const raw = (bytes: Buffer) => bytes;
    return new Promise<Called>((resolve) => {
      this.#client.makeUnaryRequest(
        method,
        raw,
        raw,
        Buffer.from(body),
        sent,
        { deadline: Date.now() + deadlineMs },
        (error, value) => resolve(calledOf(error, value)),
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}

function calledOf(error: ServiceError | null, value: Buffer | undefined): Called {
  if (error === null) {
    return { code: 0, message: '', body: value ?? Buffer.alloc(0), retryAfterMs: null, hasDetails: false };
  }
  const [details] = error.metadata.get('grpc-status-details-bin');
  const status = Buffer.isBuffer(details) ? readStatus(details) : null;
  return {
    code: error.code,
    message: error.details,
    body: Buffer.alloc(0),
    retryAfterMs: status?.retryAfterMs ?? null,
    hasDetails: status !== null,
  };
}
