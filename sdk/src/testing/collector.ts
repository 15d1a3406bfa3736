import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { readProtobufTraces } from '@vestige/collector/otlp/read-protobuf';
import type { DecodedSpan } from '@vestige/core/model/span';

/** A collector that can be down, busy or picky, and that reads with the decoder of the real one. */
export interface TestCollector {
  readonly url: string;
  readonly spans: DecodedSpan[];
  /** Decompressed bodies of everything it was sent, taken or not. */
  readonly bodies: Buffer[];
  readonly requests: { readonly path: string; readonly authorization: string; readonly atMs: number }[];
  /** Answers the next requests with something else than 200. Null: 200 again. */
  answerWith(answer: { status: number; headers?: Record<string, string>; body?: Uint8Array } | null): void;
  /** Stops listening, as a crashed collector does; `up` listens again on the same port. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestCollector(): Promise<TestCollector> {
  const spans: DecodedSpan[] = [];
  const bodies: Buffer[] = [];
  const requests: TestCollector['requests'] = [];
  let answer: Parameters<TestCollector['answerWith']>[0] = null;
  let server = newServer();
  let port = 0;

  function newServer(): Server {
    return createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        requests.push({
          path: request.url ?? '',
          authorization: request.headers.authorization ?? '',
          atMs: performance.now(),
        });
        const body = gunzipSync(Buffer.concat(chunks));
        bodies.push(body);
        const { status, headers = {}, body: answered = new Uint8Array() } = answer ?? { status: 200 };
        if (status === 200) spans.push(...readProtobufTraces(body, Date.now()).spans);
        response.writeHead(status, headers).end(answered);
      });
    });
  }

  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        port = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  await listen();
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    bodies,
    requests,
    answerWith(next) {
      answer = next;
    },
    down: stop,
    async up() {
      server = newServer();
      await listen();
    },
    close: stop,
  };
}

/** Waits until a condition holds. @throws after `ms` */
export async function until(condition: () => boolean, ms = 10_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('waited in vain');
    await new Promise((next) => setTimeout(next, 5));
  }
}
