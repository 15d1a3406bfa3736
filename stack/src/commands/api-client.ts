import { ERROR_CODES, type ErrorCode, VestigeError } from '@vestige/core/errors';
import type { Secret } from '@vestige/core/secret';
import { z } from 'zod';
import { type ClientConfig, readClientConfig } from '../config.ts';
import { storedAdminKey } from '../own-keys.ts';

export interface ApiClient {
  /** @throws VestigeError with the code and sentence of the API; store_unavailable when nobody answers */
  json<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object, purpose?: string): Promise<T>;
  /**
   * The values of an answer that grows, each as soon as its line is there.
   *
   * @throws VestigeError as above, also for a line that says what failed on the way
   */
  lines<T>(method: 'GET' | 'POST', path: string, body: object | undefined, purpose: string): AsyncGenerator<T>;
  /** A file, as what it says it is. */
  upload<T>(path: string, content: Uint8Array, mediaType: string): Promise<T>;
  /** The body as it came, for documents whose bytes matter. */
  bytes(path: string, purpose?: string): Promise<Uint8Array>;
}

const CALL_MS_MAX = 60_000;
/** Of an answer that grows: longer than the API takes for one. */
const GROWING_MS_MAX = 900_000;

const Problem = z.object({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  title: z.string(),
  detail: z.string().optional(),
  facts: z.record(z.string(), z.unknown()).optional(),
});

/** The API that `VESTIGE_API_URL` names, or that of `vestige up` in the data folder, with its admin key. */
export function apiClient(config: ClientConfig = readClientConfig()): ApiClient {
  const key = config.apiKey ?? storedAdminKey(config.dataDir);
  if (key === null) {
    throw new VestigeError(
      'misconfigured',
      `There is no API key: set VESTIGE_API_KEY, or run vestige up, which keeps one in ${config.dataDir}.`,
    );
  }
  return clientFor(config.apiUrl, key);
}

export function clientFor(apiUrl: string, key: Secret): ApiClient {
  const call = async (
    method: string,
    path: string,
    body: object | undefined,
    purpose: string | undefined,
    mediaType = 'application/json',
    msMax = CALL_MS_MAX,
  ) => {
    let response: Response;
    try {
      response = await fetch(`${apiUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key.reveal()}`,
          ...(purpose !== undefined && { 'vestige-purpose': purpose }),
          ...(body !== undefined && { 'content-type': mediaType }),
        },
        ...(body !== undefined && { body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body) }),
        signal: AbortSignal.timeout(msMax),
      });
    } catch {
      throw new VestigeError(
        'store_unavailable',
        `The API at ${apiUrl} does not answer; is vestige up or vestige api running?`,
      );
    }
    if (!response.ok) throw await failureOf(response);
    return response;
  };
  return {
    async json<T>(method: string, path: string, body?: object, purpose?: string) {
      const response = await call(method, path, body, purpose);
      const text = await response.text();
      return (text === '' ? null : JSON.parse(text)) as T;
    },
    async *lines<T>(method: string, path: string, body: object | undefined, purpose: string) {
      const { body: bytes } = await call(method, path, body, purpose, undefined, GROWING_MS_MAX);
      for await (const value of valuesOf(bytes ?? new ReadableStream())) {
        const problem = Problem.safeParse(value);
        if (problem.success) throw failureOfProblem(problem.data);
        yield value as T;
      }
    },
    async upload<T>(path: string, content: Uint8Array, mediaType: string) {
      return (await (await call('POST', path, content, undefined, mediaType)).json()) as T;
    },
    async bytes(path, purpose) {
      return new Uint8Array(await (await call('GET', path, undefined, purpose)).arrayBuffer());
    },
  };
}

async function failureOf(response: Response): Promise<VestigeError> {
  const problem = Problem.safeParse(await response.json().catch(() => null));
  if (!problem.success) {
    return new VestigeError(
      'misconfigured',
      `${new URL(response.url).origin} answers ${response.status}, and not as the Vestige API does; check VESTIGE_API_URL.`,
    );
  }
  return failureOfProblem(problem.data);
}

/** NDJSON. What a broken connection cut off is no value. */
async function* valuesOf(bytes: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const cutOff = new VestigeError('store_unavailable', 'The answer of the API broke off.');
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const some of bytes) {
      const lines = (rest + decoder.decode(some, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line);
    }
  } catch {
    throw cutOff;
  }
  if (rest.trim() !== '') throw cutOff;
}

function failureOfProblem({ code, title, detail, facts }: z.infer<typeof Problem>): VestigeError {
  const legal = Array.isArray(facts?.['legal']) ? ` Possible now: ${facts['legal'].join(', ') || 'nothing'}.` : '';
  const why = everyIssue(facts) ?? detail;
  const sentence = (why === undefined ? title : `${title}: ${why}`).replace(/\.?$/, '.');
  const key =
    code === 'unauthenticated' ? ' It is read from VESTIGE_API_KEY; a revoked or expired one is not valid.' : '';
  return new VestigeError(code, `${sentence}${legal}${key}`, facts ?? {});
}

const Issues = z.array(z.object({ path: z.string(), problem: z.string() })).min(1);

/** All that a schema of the API refused; its `detail` tells the first alone. */
function everyIssue(facts: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const issues = Issues.safeParse(facts?.['issues']);
  if (!issues.success) return undefined;
  return issues.data.map(({ path, problem }) => (path === '' ? problem : `${path}: ${problem}`)).join('; ');
}
