import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Secret } from '@vestige/core/secret';
import { errorCode } from '../problem.ts';

/** The key under which both SDK lines look for "do not trace this"; the API itself has no name for it. */
const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const ANSWER_BYTES_MAX = 64 << 10;

export interface Answer {
  /** 0: no answer came. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Buffer;
  /** Why there was none: `ECONNREFUSED`, `timeout` … */
  readonly fault: string;
}

/**
 * Sends batches over one kept-alive connection. Uses `node:http` and not `fetch`, because a socket of ours must not
 * keep the host's process alive, and a host's mocked `fetch` must not swallow its lineage.
 */
export class Poster {
  readonly #url: URL;
  readonly #apiKey: Secret;
  readonly #requestMs: number;
  readonly #agent: HttpAgent;

  constructor(url: URL, apiKey: Secret, requestMs: number) {
    this.#url = url;
    this.#apiKey = apiKey;
    this.#requestMs = requestMs;
    this.#agent = new (url.protocol === 'https:' ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 });
  }

  /** @param body a gzipped `ExportTraceServiceRequest`. @returns an answer in any case, never rejects */
  post(body: Uint8Array): Promise<Answer> {
    return context.with(ROOT_CONTEXT.setValue(SUPPRESS_TRACING, true), () => this.#send(body));
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(body: Uint8Array): Promise<Answer> {
    return new Promise((resolve) => {
      const none = (error: unknown): void =>
        resolve({ status: 0, retryAfter: undefined, body: NOTHING, fault: faultOf(error) });
      try {
        const request = (this.#url.protocol === 'https:' ? httpsRequest : httpRequest)(this.#url, this.#options(body));
        const timer = setTimeout(() => request.destroy(TIMEOUT), this.#requestMs);
        timer.unref();
        let answered = false;
        request.on('socket', (socket) => socket.unref());
        request.on('error', none);
        request.on('close', () => {
          clearTimeout(timer);
          if (!answered) none(null);
        });
        request.on('response', (response) => {
          answered = true;
          void readAnswer(response).then(resolve, none);
        });
        request.end(body);
      } catch (error) {
        none(error);
      }
    });
  }

  #options(body: Uint8Array): RequestOptions {
    return {
      method: 'POST',
      agent: this.#agent,
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
        'content-length': body.length,
        authorization: `Bearer ${this.#apiKey.reveal()}`,
        'user-agent': 'vestige-sdk-js',
      },
    };
  }
}

const NOTHING = Buffer.alloc(0);
const TIMEOUT = Object.assign(new Error('timeout'), { code: 'timeout' });

function readAnswer(response: IncomingMessage): Promise<Answer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= ANSWER_BYTES_MAX) chunks.push(chunk);
      else response.destroy();
    });
    const done = (): void =>
      resolve({
        status: response.statusCode ?? 0,
        retryAfter: response.headers['retry-after'],
        body: Buffer.concat(chunks),
        fault: '',
      });
    // The status line has decided; a body that breaks off only loses its remarks.
    for (const event of ['end', 'error', 'close']) response.on(event, done);
  });
}

function faultOf(error: unknown): string {
  return errorCode(error) || (error instanceof Error ? error.name : 'no_answer');
}
