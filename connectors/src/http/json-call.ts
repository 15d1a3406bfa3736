import { guardedCall, isPassing, type OutboundPolicy } from '@vestige/outbound/guarded-call';
import { z } from 'zod';
import { ConnectorError } from '../kit.ts';

/** How a store that speaks JSON over HTTP is reached, with one credential for work and one for looking again. */
export const HttpStore = {
  url: z.url({ protocol: /^https?$/ }),
  /** Sent as `authorization`, e.g. `Basic …` or `ApiKey …`. */
  authorization: z.string().min(1).max(4096).optional(),
  /** Another credential, which may only read; verification uses it. */
  verifyAuthorization: z.string().min(1).max(4096).optional(),
  /** PEM of the authority that signed the store's certificate, where that is one of your own. */
  certificateAuthority: z.string().startsWith('-----BEGIN CERTIFICATE').max(100_000).optional(),
};
export type HttpStore = z.infer<z.ZodObject<typeof HttpStore>>;

export interface JsonAnswer {
  readonly status: number;
  /** Null when the answer was no JSON. */
  readonly json: unknown;
}

export interface JsonCaller {
  /** `kind` of the connector, for messages. */
  readonly kind: string;
  (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<JsonAnswer>;
}

const TIMEOUT_MS = 60_000;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/**
 * @param headers the credential, in whatever header the store reads it from
 * @returns calls that answer with any status the store gave below 500 and other than 429; the rest is thrown as
 *   retryable, and an answer whose certificate does not fit as permanent. No answer is quoted: stores repeat what they were asked
 */
export function jsonCaller(
  kind: string,
  { url, certificateAuthority }: Pick<HttpStore, 'url' | 'certificateAuthority'>,
  headers: Readonly<Record<string, string>>,
): JsonCaller {
  const base = url.replace(/\/+$/, '');
  const { hostname, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  // The operator's own store: its host may be private. What the guard still gives is pinning, no redirects, and bounds.
  const policy: OutboundPolicy = {
    hosts: [host],
    privateHosts: [host],
    ...(protocol === 'http:' && { plaintextHosts: [host] }),
    ...(certificateAuthority !== undefined && { extraAuthorities: [certificateAuthority] }),
    timeoutMs: TIMEOUT_MS,
    answerBytesMax: ANSWER_BYTES_MAX,
  };
  const call = async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<JsonAnswer> => {
    const answer = await guardedCall(policy, {
      method,
      url: base + path,
      headers: {
        accept: 'application/json',
        ...headers,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...more,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) {
      const failureClass = isPassing(answer.failure) ? 'retryable' : 'permanent';
      throw new ConnectorError(failureClass, answer.failure, `${kind}: no usable answer (${answer.failure}).`);
    }
    const { status } = answer;
    if (status === 429 || status >= 500)
      throw new ConnectorError('retryable', 'unreachable', `${kind}: answered ${status}.`);
    return { status, json: parsed(answer.body) };
  };
  return Object.assign(call, { kind });
}

/** The answer in the shape it must have. What it is instead is not told. @throws ConnectorError */
export function shaped<Schema extends z.ZodType>(
  { kind }: JsonCaller,
  answer: JsonAnswer,
  schema: Schema,
): z.infer<Schema> {
  if (answer.status === 401 || answer.status === 403)
    throw new ConnectorError('permanent', 'permission_denied', `${kind}: answered ${answer.status}.`);
  if (answer.status === 404)
    throw new ConnectorError('permanent', 'missing_table', `${kind}: what was mapped is not there.`);
  if (answer.status === 409)
    throw new ConnectorError('retryable', 'conflict', `${kind}: another writer was in the way.`);
  if (answer.status < 200 || answer.status > 299)
    throw new ConnectorError('needs_human', 'store_refused', `${kind}: answered ${answer.status}.`);
  const read = schema.safeParse(answer.json);
  if (!read.success)
    throw new ConnectorError(
      'needs_human',
      'answer_not_understood',
      `${kind}: answered something else than it documents.`,
    );
  return read.data;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
