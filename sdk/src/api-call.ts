import { setTimeout as sleep } from 'node:timers/promises';
import { context, createContextKey } from '@opentelemetry/api';
import { ERROR_CODES, type ErrorCode, VestigeError } from '@vestige/core/errors';
import { Secret } from '@vestige/core/secret';
import { backoffMs, readRetryAfter } from './spool/retry.ts';

export interface ApiAddress {
  /** Origin of the API, e.g. `https://vestige.internal:4400`. */
  readonly url: string;
  readonly apiKey: string | Secret;
  /** For one attempt. Default 30,000. */
  readonly requestMs?: number;
  /** Attempts of one call when the API is away or busy. Default 5. */
  readonly attemptsMax?: number;
}

export type ApiBody = AsyncIterable<string> | object;

export interface ApiCaller {
  /**
   * @returns the parsed answer, or null for one without a body
   * @throws VestigeError with the code of the API's problem document, or `store_unavailable` when no answer came
   */
  json(method: string, path: string, body: ApiBody, signal?: AbortSignal): Promise<unknown>;
}

const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const PAUSE_MS_MIN = 200;
const PAUSE_MS_MAX = 10_000;

/** Calls of our own API: bearer key, problem details as errors, patience where patience helps. Untraced. */
export function apiCaller(api: ApiAddress): ApiCaller {
  const key = api.apiKey instanceof Secret ? api.apiKey : new Secret(api.apiKey);
  const { requestMs = 30_000, attemptsMax = 5 } = api;
  return {
    async json(method, path, body, signal) {
      const streamed = Symbol.asyncIterator in body;
      // A stream can be read once, so a call with one is made once.
      const attempts = streamed ? 1 : attemptsMax;
      for (let attempt = 1; ; attempt++) {
        const response = await attemptOnce(new URL(path, api.url), method, key, body, requestMs, signal);
        if (response !== null && response.status < 300) return readJson(response);
        signal?.throwIfAborted();
        const again = response === null || RETRYABLE.has(response.status);
        if (!again || attempt >= attempts) throw await problemOf(response);
        const asked = readRetryAfter(response?.headers.get('retry-after') ?? undefined, Date.now());
        await response?.body?.cancel();
        const pauseMs = Math.min(asked ?? backoffMs(attempt, PAUSE_MS_MIN, PAUSE_MS_MAX, Math.random()), PAUSE_MS_MAX);
        await sleep(pauseMs, undefined, signal ? { signal } : {});
      }
    },
  };
}

/** @returns null when no answer came */
async function attemptOnce(
  url: URL,
  method: string,
  key: Secret,
  body: ApiBody,
  requestMs: number,
  signal: AbortSignal | undefined,
): Promise<Response | null> {
  const timeout = AbortSignal.timeout(requestMs);
  const streamed = Symbol.asyncIterator in body;
  const init: RequestInit & { duplex: 'half' } = {
    method,
    headers: {
      authorization: `Bearer ${key.reveal()}`,
      'content-type': streamed ? 'application/x-ndjson' : 'application/json',
      accept: 'application/json',
    },
    body: streamed ? ReadableStream.from(encode(body as AsyncIterable<string>)) : JSON.stringify(body),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    duplex: 'half',
  };
  try {
    return await context.with(context.active().setValue(SUPPRESS_TRACING, true), () => fetch(url, init));
  } catch {
    signal?.throwIfAborted();
    return null;
  }
}

async function* encode(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const line of lines) yield encoder.encode(line);
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

/** RFC 9457 with our `code`; an answer of something in between (a proxy) is known by its status alone. */
async function problemOf(response: Response | null): Promise<VestigeError> {
  if (response === null) return new VestigeError('store_unavailable', 'The API cannot be reached.');
  const problem = (await response.json().catch(() => null)) as { code?: unknown; facts?: unknown } | null;
  const named = problem?.code;
  const code: ErrorCode = isCode(named) ? named : response.status >= 500 ? 'store_unavailable' : 'bad_request';
  return new VestigeError(code, `The API answered ${response.status}${isCode(named) ? ` (${named})` : ''}.`, {
    status: response.status,
    ...(typeof problem?.facts === 'object' && problem.facts !== null ? problem.facts : {}),
  });
}

function isCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
}
