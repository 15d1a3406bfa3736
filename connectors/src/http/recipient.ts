import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { type Connector, ConnectorError, type Erased, type Job, noUsableSelector, type Row } from '../kit.ts';

const call = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
  /** `{identifier type}` is replaced by the percent-encoded value. */
  path: z.string().startsWith('/').max(1024),
});

export const HttpConfig = z.strictObject({
  connector: z.literal('http'),
  /** Node id in lineage: `recipient:mail.example` or a store behind an API. */
  node: z.string().min(3).max(512),
  baseUrl: z.url({ protocol: /^https?$/ }),
  /** Secret shared with the other side: requests are signed with it (`vestige-signature`). */
  secret: z.string().min(16).optional(),
  /** Sent as `authorization`. */
  authorization: z.string().optional(),
  /** Another credential for verification, where the other side gives one. */
  verifyAuthorization: z.string().optional(),
  /**
   * Answers 200 with a JSON array or object of the person's data; an empty array when it holds nothing, or 404 where a
   * `canary` tells that from a wrong address.
   */
  search: call,
  /** Answers 2xx once the data is gone, 404 when there was none. */
  erase: call,
  /** An identifier under which the other side always holds something, e.g. a test contact of the company's own. */
  canary: z.string().min(1).max(512).optional(),
});

const TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/**
 * An outside company reached over HTTP: the Art. 19 notice, and, where it offers one, its erasure call.
 *
 * What it answers is its word: an erasure is *attested* until `verify` has asked again and got nothing back, which is
 * the most that can be known from outside.
 */
export function httpConnector(config: z.infer<typeof HttpConfig>): Connector {
  const type = /\{([a-z][a-z0-9_]{0,31})\}/.exec(config.search.path)?.[1] ?? '';
  const valuesOf = (job: Job): string[] => {
    if (job.node !== config.node) {
      const text = `${job.node} has no mapping in this worker's configuration.`;
      throw new ConnectorError('permanent', 'unmapped_node', text);
    }
    const values = job.selectors.filter((selector) => selector.type === type).map((selector) => selector.value);
    if (values.length === 0) throw noUsableSelector(config.node, [type]);
    return values;
  };
  /** Null: answered 404. */
  const rowsOf = async (value: string, job: CallJob, authorization: string | undefined): Promise<Row[] | null> => {
    const answer = await send(config, config.search, type, value, job, authorization);
    if (answer.status === 404) return null;
    const body = parse(answer.text);
    return Array.isArray(body) ? body : [body];
  };
  /** A 404 may as well be a mistyped path or another tenant's credential, which would find nobody ever (FM2). */
  const proveReached = async (job: CallJob, authorization: string | undefined): Promise<void> => {
    if (config.canary === undefined) {
      const text = `${config.node}: its 404 may mean nobody or a wrong address; name a \`canary\` that is always found there.`;
      throw new ConnectorError('needs_human', 'not_proven', text);
    }
    if (((await rowsOf(config.canary, job, authorization)) ?? []).length > 0) return;
    const text = `${config.node}: not even the \`canary\` is found, so nothing is proven of anybody.`;
    throw new ConnectorError('needs_human', 'canary_not_found', text);
  };
  /** @param reached whether this address has just answered with what it holds */
  const look = async (job: Job, authorization: string | undefined, reached = false): Promise<Row[]> => {
    const all: Row[] = [];
    let missing = false;
    for (const value of valuesOf(job)) {
      const rows = await rowsOf(value, job, authorization);
      if (rows === null) missing = true;
      else all.push(...rows);
    }
    if (missing && !reached) await proveReached(job, authorization);
    return all;
  };
  const eraseAll = async (job: Job): Promise<Erased> => {
    const found = (await look(job, config.authorization)).length;
    for (const value of valuesOf(job)) await send(config, config.erase, type, value, job, config.authorization);
    const left = (await look(job, config.authorization, found > 0)).length;
    // More may be there than before: somebody wrote meanwhile.
    return { found, erased: Math.max(0, found - left), method: 'http_delete' };
  };
  return {
    kind: 'http',
    nodes: [config.node],
    cannotErase: ['copies inside the recipient', 'recipients of the recipient'],
    verifiesBy: config.verifyAuthorization === undefined ? 'same_path' : 'other_path',
    matchesRefs: () => false,
    async check() {
      if (!type)
        throw new ConnectorError(
          'permanent',
          'misconfigured',
          `${config.node}: \`search.path\` needs an {identifier type}.`,
        );
      if (config.canary === undefined) return;
      const job = { idempotencyKey: 'check', signal: AbortSignal.timeout(TIMEOUT_MS) };
      for (const authorization of new Set([config.authorization, config.verifyAuthorization ?? config.authorization])) {
        await proveReached(job, authorization);
      }
    },
    search: async (job) => (await look(job, config.authorization)).length,
    async export(job, emit) {
      const rows = await look(job, config.authorization);
      for (const row of rows) await emit(row);
      return rows.length;
    },
    erase: eraseAll,
    async notify(job) {
      await eraseAll(job);
    },
    verify: async (job) => (await look(job, config.verifyAuthorization ?? config.authorization)).length,
    async close() {},
  };
}

/** What a call needs of a task. */
type CallJob = Pick<Job, 'idempotencyKey' | 'signal'>;

async function send(
  config: z.infer<typeof HttpConfig>,
  what: z.infer<typeof call>,
  type: string,
  value: string,
  job: CallJob,
  authorization: string | undefined,
): Promise<{ status: number; text: string }> {
  const url = new URL(config.baseUrl.replace(/\/$/, '') + what.path.replaceAll(`{${type}}`, encodeURIComponent(value)));
  const headers: Record<string, string> = { accept: 'application/json', 'idempotency-key': job.idempotencyKey };
  if (authorization) headers['authorization'] = authorization;
  if (config.secret) {
    // Covers what the call does and to whom, so that a captured call cannot be turned against another person.
    const text = `${what.method}\n${url.pathname}${url.search}\n${job.idempotencyKey}`;
    headers['vestige-signature'] = `sha256=${createHmac('sha256', config.secret).update(text).digest('hex')}`;
  }
  let response: Response;
  try {
    response = await fetch(url, {
      method: what.method,
      headers,
      // A redirect could carry the identifier to a host nobody approved.
      redirect: 'error',
      signal: AbortSignal.any([job.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
  } catch {
    job.signal.throwIfAborted();
    throw new ConnectorError('retryable', 'unreachable', `${config.node}: no answer.`);
  }
  const text = await readBounded(response, config.node);
  if (response.ok || response.status === 404) return { status: response.status, text };
  if (response.status === 401 || response.status === 403) {
    throw new ConnectorError('permanent', 'permission_denied', `${config.node}: answered ${response.status}.`);
  }
  if (response.status === 429 || response.status >= 500) {
    throw new ConnectorError('retryable', 'unreachable', `${config.node}: answered ${response.status}.`);
  }
  throw new ConnectorError('needs_human', 'recipient_refused', `${config.node}: answered ${response.status}.`);
}

async function readBounded(response: Response, node: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES_MAX)
      throw new ConnectorError(
        'needs_human',
        'answer_too_large',
        `${node}: answered more than ${ANSWER_BYTES_MAX} bytes.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): Row | Row[] {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object') return value as Row | Row[];
  } catch {
    // falls through: an answer that is no JSON still proves that something is held
  }
  return { text };
}
