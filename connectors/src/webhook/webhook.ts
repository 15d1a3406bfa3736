import { randomBytes } from 'node:crypto';
import type { Handed, Selector } from '@vestige/core/request/worker-protocol';
import { guardedCall, isPassing, type OutboundPolicy } from '@vestige/outbound/guarded-call';
import { z } from 'zod';
import {
  type Connector,
  ConnectorError,
  type Erased,
  type Job,
  notOffered,
  noUsableSelector,
  type Row,
} from '../kit.ts';
import { type Components, checkSignature, contentDigest, signatureHeaders } from './http-signature.ts';

export const WebhookConfig = z.strictObject({
  connector: z.literal('webhook'),
  /** Node id in lineage. */
  node: z.string().min(3).max(512),
  url: z.url({ protocol: /^https?$/ }).max(2048),
  /** Shared with the receiver; both sides sign with it. */
  secret: z.string().min(32).max(4096),
  keyId: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .default('vestige'),
  /** Another secret and key id, under which the receiver looks again. */
  verify: z
    .strictObject({ secret: z.string().min(32).max(4096), keyId: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/) })
    .optional(),
  /** Identifier types the receiver can look by. */
  identifierTypes: z
    .array(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/))
    .min(1)
    .max(32),
  /** `later`: an erasure is answered with 202 and finished in its own time; the receiver is asked for the outcome. */
  answers: z.enum(['now', 'later']).default('now'),
  /** What the receiver can do beside erasing: mark and unmark what is restricted (Art. 18), correct (Art. 16). */
  changes: z
    .array(z.enum(['restrict', 'rectify']))
    .max(2)
    .default([]),
  /** The receiver leaves out what `keeps` names; without it a task with such parts is never sent. */
  keepsParts: z.boolean().default(false),
  /** What the receiver cannot reach itself, for the receipt. */
  cannotErase: z.array(z.string().min(1).max(200)).min(1).max(20).default(['copies behind the receiver']),
  certificateAuthority: z.string().startsWith('-----BEGIN CERTIFICATE').max(100_000).optional(),
});
export type WebhookConfig = z.infer<typeof WebhookConfig>;

const count = z.int().min(0);
const Searched = z.object({ found: count });
const Exported = z.object({ rows: z.array(z.record(z.string(), z.unknown())).max(100_000) });
const ErasedAnswer = z.object({
  found: count,
  erased: count,
  method: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
});
const ChangedAnswer = z.object({
  found: count,
  changed: count,
  method: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
});
const Accepted = z.object({ reference: z.string().regex(/^[A-Za-z0-9._:-]{1,200}$/), expectedAt: z.iso.datetime() });
const Progress = z.object({
  state: z.enum(['working', 'attested', 'partial', 'refused', 'cancelled']),
  expectedAt: z.iso.datetime(),
});

const TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
/** How long a captured call could be of use. */
const VALID_S = 300;
export const WEBHOOK_TAG = 'vestige-webhook';

type Change = 'restrict' | 'unrestrict' | 'rectify';
type Action = 'check' | 'search' | 'export' | 'erase' | 'verify' | 'status' | Change;

/** What a call says beside whom it is about. */
interface Said {
  /** Of `rectify`, and of its verification. */
  readonly corrections?: readonly Selector[];
  /** Of `verify`: count what is not as this was to make it, instead of what is there. */
  readonly verifies?: Change;
}

/**
 * A receiver of the company's own, or of a partner, that does the work behind one URL. Every call is signed (RFC 9421) and
 * so is every answer, with the nonce of the call it answers: a 200 that nobody signed, that is older, or that states no
 * counts is no answer, and a 404 is a receiver that is not there.
 */
export function webhookConnector(config: WebhookConfig, resolve?: OutboundPolicy['resolve']): Connector {
  const executor: Signer = { secret: config.secret, keyId: config.keyId };
  const verifier = config.verify ?? executor;
  const ask = async <Schema extends z.ZodType>(
    signer: Signer,
    action: Action,
    job: Partial<Job>,
    status: number,
    schema: Schema,
    said: Said = {},
  ) => exchange(config, resolve, signer, action, bodyFor(config, action, job, said), job, status, schema);
  const offered = (action: 'restrict' | 'rectify') => {
    if (!config.changes.includes(action)) throw notOffered(config.node, action, 'the receiver does not offer it');
  };
  const countWrong = async (as: 'worker' | 'verifier', job: Job, said: Said) =>
    (await ask(as === 'verifier' ? verifier : executor, 'verify', job, 200, Searched, said)).found;
  const base: Connector = {
    kind: 'webhook',
    nodes: [config.node],
    cannotErase: config.cannotErase,
    verifiesBy: config.verify === undefined ? 'same_path' : 'other_path',
    matchesRefs: () => true,
    async check() {
      for (const signer of [executor, verifier])
        await ask(signer, 'check', {}, 200, z.object({ ready: z.literal(true) }));
    },
    search: async (job) => (await ask(executor, 'search', job, 200, Searched)).found,
    verify: async (job) => (await ask(verifier, 'verify', job, 200, Searched)).found,
    async export(job, emit) {
      const { rows } = await ask(executor, 'export', job, 200, Exported);
      for (const row of rows) await emit(row as Row);
      return rows.length;
    },
    async erase(job): Promise<Erased> {
      const { found, erased, method } = await ask(executor, 'erase', job, 200, ErasedAnswer);
      return { found, erased, method };
    },
    keepsParts: config.keepsParts,
    changes: {
      async mark(job, restricted) {
        offered('restrict');
        return ask(executor, restricted ? 'restrict' : 'unrestrict', job, 200, ChangedAnswer);
      },
      async countWrongMarks(job, restricted, as) {
        offered('restrict');
        return countWrong(as, job, { verifies: restricted ? 'restrict' : 'unrestrict' });
      },
      async correct(job, corrections) {
        offered('rectify');
        return ask(executor, 'rectify', job, 200, ChangedAnswer, { corrections });
      },
      async countWrongValues(job, corrections, as) {
        offered('rectify');
        return countWrong(as, job, { verifies: 'rectify', corrections });
      },
    },
    async close() {},
  };
  if (config.answers === 'now') return base;
  const { hostname, origin } = new URL(config.url);
  return {
    ...base,
    async hand(job): Promise<Handed> {
      const { reference, expectedAt } = await ask(executor, 'erase', job, 202, Accepted);
      return { channel: 'webhook', processor: hostname, baseUrl: origin, reference, expectedAt, callbackUrl: null };
    },
    async ask({ reference }) {
      const { state, expectedAt } = await ask(executor, 'status', { idempotencyKey: reference }, 200, Progress);
      return { heard: state, expectedAt };
    },
  };
}

interface Signer {
  readonly secret: string;
  readonly keyId: string;
}

function bodyFor(config: WebhookConfig, action: Action, job: Partial<Job>, said: Said): string {
  if (job.node !== undefined && job.node !== config.node) {
    throw new ConnectorError(
      'permanent',
      'unmapped_node',
      `${job.node} has no mapping in this worker's configuration.`,
    );
  }
  const selectors = (job.selectors ?? []).filter(({ type }) => config.identifierTypes.includes(type));
  const recordRefs = job.recordRefs ?? [];
  if (action !== 'check' && action !== 'status' && selectors.length === 0 && recordRefs.length === 0) {
    throw noUsableSelector(config.node, config.identifierTypes);
  }
  const { spared = [], keeps } = job;
  return JSON.stringify({
    v: 1,
    action,
    node: config.node,
    selectors,
    recordRefs,
    spared,
    ...(keeps && { keeps }),
    ...said,
  });
}

async function exchange<Schema extends z.ZodType>(
  config: WebhookConfig,
  resolve: OutboundPolicy['resolve'],
  signer: Signer,
  action: Action,
  body: string,
  job: Partial<Job>,
  status: number,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const { hostname, protocol } = new URL(config.url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const nonce = randomBytes(18).toString('base64url');
  const nowS = Math.floor(Date.now() / 1_000);
  const key = job.idempotencyKey ?? action;
  const components = requestComponents(config.url, body, key);
  const answer = await guardedCall(
    {
      hosts: [host],
      // The operator named it in the worker's own file; it may be a service next door.
      privateHosts: [host],
      ...(protocol === 'http:' && { plaintextHosts: [host] }),
      ...(config.certificateAuthority !== undefined && { extraAuthorities: [config.certificateAuthority] }),
      ...(resolve && { resolve }),
      timeoutMs: TIMEOUT_MS,
      answerBytesMax: ANSWER_BYTES_MAX,
    },
    {
      method: 'POST',
      url: config.url,
      body,
      headers: {
        'content-type': 'application/json',
        'content-digest': contentDigest(body),
        'idempotency-key': key,
        ...signatureHeaders(signer.secret, components, {
          created: nowS,
          expires: nowS + VALID_S,
          nonce,
          keyid: signer.keyId,
          tag: WEBHOOK_TAG,
        }),
      },
      ...(job.signal && { signal: job.signal }),
    },
  );
  const refused = (failureClass: 'retryable' | 'permanent' | 'needs_human', code: string, why: string) =>
    new ConnectorError(failureClass, code, `${config.node}: ${why}.`);
  if (!answer.ok)
    throw refused(isPassing(answer.failure) ? 'retryable' : 'permanent', answer.failure, 'no usable answer');
  if (answer.status === 401 || answer.status === 403)
    throw refused('permanent', 'permission_denied', `answered ${answer.status}`);
  if (answer.status === 408 || answer.status === 425 || answer.status === 429 || answer.status >= 500) {
    throw refused('retryable', 'unreachable', `answered ${answer.status}`);
  }
  if (answer.status !== status) throw refused('needs_human', 'recipient_refused', `answered ${answer.status}`);
  const signed = checkSignature(
    signer.secret,
    (name) => answer.headers[name],
    responseComponents(answer.status, answer.body),
    answer.body,
    Math.floor(Date.now() / 1_000),
  );
  if (typeof signed === 'string') throw refused('needs_human', signed, 'the signature of its answer does not hold');
  if (signed.nonce !== nonce) throw refused('needs_human', 'replayed_answer', 'answered another call than this one');
  const read = schema.safeParse(parsed(answer.body));
  if (!read.success) throw refused('needs_human', 'no_evidence', 'its answer does not state what was found and done');
  return read.data;
}

/** What a call's signature covers, in this order. */
export function requestComponents(url: string, body: Uint8Array | string, idempotencyKey: string): Components {
  return [
    ['@method', 'POST'],
    ['@target-uri', url],
    ['content-type', 'application/json'],
    ['content-digest', contentDigest(body)],
    ['idempotency-key', idempotencyKey],
  ];
}

/** What an answer's signature covers; its nonce is the one of the call. */
export function responseComponents(status: number, body: Uint8Array | string): Components {
  return [
    ['@status', String(status)],
    ['content-digest', contentDigest(body)],
  ];
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
