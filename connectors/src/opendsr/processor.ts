import { createHash, X509Certificate } from 'node:crypto';
import {
  CreatedAnswer,
  IDENTIFIER_TYPE_OF,
  type IdentityType,
  type OpendsrRequest,
  StatusAnswer,
} from '@vestige/core/opendsr/messages';
import { readSignedHeaders, signatureHolds } from '@vestige/core/opendsr/signature';
import { heardFrom } from '@vestige/core/opendsr/status';
import { guardedCall, isPassing, type OutboundAnswer, type OutboundPolicy } from '@vestige/outbound/guarded-call';
import { type ProcessorCertificates, processorCertificates } from '@vestige/outbound/processor-certificate';
import { z } from 'zod';
import { type Connector, ConnectorError, type Job, noUsableSelector } from '../kit.ts';

export const OpendsrConfig = z.strictObject({
  connector: z.literal('opendsr'),
  /** Node id in lineage: `recipient:processor.example`. */
  node: z.string().min(3).max(512),
  /** Where the processor's paths begin, with the major version: `https://opendsr.processor.example/v2`. */
  baseUrl: z.url({ protocol: /^https$/ }),
  /** Sent as `authorization`; the specification leaves it to the processor. */
  authorization: z.string().min(1).max(4096).optional(),
  regulation: z.enum(['gdpr', 'ccpa']).default('gdpr'),
  /** Where this company's Vestige takes callbacks: `https://…/opendsr/callbacks`. Absent: the processor is asked. */
  callbackBase: z.url({ protocol: /^https$/ }).optional(),
});
export type OpendsrConfig = z.infer<typeof OpendsrConfig>;

/** Our identifier type → the one the specification knows it by. */
const IDENTITY_OF = new Map(
  Object.entries(IDENTIFIER_TYPE_OF).map(([theirs, ours]) => [ours as string, theirs as IdentityType]),
);

/** For tests: hosts on this machine and their authority. An operator has no such switch. */
export type Reach = Pick<OutboundPolicy, 'privateHosts' | 'extraAuthorities' | 'resolve'>;

/**
 * An outside processor that speaks OpenDSR. It is handed the erasure and answers in days; what it says is its word, which a
 * receipt calls delegated and no certificate calls verified (it offers no way to look).
 */
export function opendsrConnector(
  config: OpendsrConfig,
  reach: Reach = {},
  now: () => Date = () => new Date(),
): Connector & Required<Pick<Connector, 'hand' | 'ask'>> {
  const domain = new URL(config.baseUrl).hostname;
  const baseUrl = config.baseUrl.replace(/\/+$/, '');
  const certificates = processorCertificates(reach, now);
  const call = (method: 'GET' | 'POST', path: string, body?: string, signal?: AbortSignal) =>
    guardedCall(
      { ...reach, hosts: [domain] },
      {
        method,
        url: baseUrl + path,
        headers: {
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(config.authorization !== undefined && { authorization: config.authorization }),
        },
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      },
    );
  const signed = <Schema extends z.ZodType>(answer: OutboundAnswer, status: number, schema: Schema) =>
    readSigned(certificates, { domain, baseUrl }, answer, status, schema);
  const cannotLook = () => {
    throw new ConnectorError('permanent', 'cannot_look', `${config.node}: OpenDSR offers no way to look.`);
  };

  return {
    kind: 'opendsr',
    nodes: [config.node],
    cannotErase: ['copies inside the processor', 'sub-processors of the processor'],
    verifiesBy: 'same_path',
    matchesRefs: () => false,
    async check() {
      const certificate = await certificates.of({ domain, baseUrl });
      if (!(certificate instanceof X509Certificate)) throw untrusted(config.node, certificate);
    },
    search: cannotLook,
    export: cannotLook,
    verify: cannotLook,
    erase: cannotLook,

    async hand(job) {
      const request = requestFor(config, job, now());
      const [callbackUrl = null] = request.status_callback_urls;
      const reference = request.subject_request_id;
      const handed = { channel: 'opendsr', processor: domain, baseUrl, reference, callbackUrl };
      // An attempt before this one may have got through without hearing so.
      const before = await call('GET', `/requests/${reference}`, undefined, job.signal);
      if (before.ok && before.status === 200) {
        const known = await signed(before, 200, StatusAnswer);
        if (known.subject_request_id !== reference) throw otherThanSent(config.node);
        return { ...handed, expectedAt: new Date(known.expected_completion_time).toISOString() };
      }
      const body = JSON.stringify(request);
      const created = await signed(await call('POST', '/requests', body, job.signal), 201, CreatedAnswer);
      // A receipt for other bytes than were sent is no receipt. It holds identifiers: compared, and kept nowhere.
      if (Buffer.from(created.encoded_request, 'base64').toString('utf8') !== body) throw otherThanSent(config.node);
      if (created.subject_request_id !== request.subject_request_id) throw otherThanSent(config.node);
      return { ...handed, expectedAt: new Date(created.expected_completion_time).toISOString() };
    },

    async ask({ reference }) {
      const answer = await signed(await call('GET', `/requests/${reference}`), 200, StatusAnswer);
      if (answer.subject_request_id !== reference) throw otherThanSent(config.node);
      const heard = heardFrom(answer.request_status, answer.extensions?.[domain]);
      return { heard, expectedAt: new Date(answer.expected_completion_time).toISOString() };
    },
    async close() {},
  };
}

function requestFor(config: OpendsrConfig, job: Job, now: Date): OpendsrRequest {
  const identities = job.selectors.flatMap(({ type, value }) => {
    const identity_type = IDENTITY_OF.get(type);
    return identity_type ? [{ identity_type, identity_value: value, identity_format: 'raw' as const }] : [];
  });
  if (identities.length === 0) throw noUsableSelector(config.node, [...IDENTITY_OF.keys()]);
  return {
    regulation: config.regulation,
    subject_request_id: referenceOf(job),
    subject_request_type: 'erasure',
    subject_identities: identities,
    submitted_time: now.toISOString(),
    api_version: '2.0',
    status_callback_urls: config.callbackBase === undefined ? [] : [callbackUrlFor(config.callbackBase, job)],
  };
}

/** The key of a task is `tenant:request:task:plan version`; the callback names tenant and task. */
function callbackUrlFor(base: string, { idempotencyKey }: Job): string {
  const [tenant = '', , task = ''] = idempotencyKey.split(':');
  return `${base.replace(/\/+$/, '')}/${encodeURIComponent(tenant)}/${encodeURIComponent(task)}`;
}

/**
 * The same for every attempt at a task, so that a repeated submission is one request to the processor: a version 4 UUID
 * whose random bits come from the key that is the same for every attempt.
 */
function referenceOf({ idempotencyKey }: Job): string {
  const bytes = createHash('sha256').update(`opendsr\0${idempotencyKey}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Status, then certificate, then the signature over the raw bytes; only then is an answer read. @throws ConnectorError */
async function readSigned<Schema extends z.ZodType>(
  certificates: ProcessorCertificates,
  processor: { readonly domain: string; readonly baseUrl: string },
  answer: OutboundAnswer,
  status: number,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const { domain } = processor;
  if (!answer.ok) {
    const failureClass = isPassing(answer.failure) ? 'retryable' : 'permanent';
    throw new ConnectorError(
      failureClass,
      answer.failure,
      `opendsr: ${domain} gave no usable answer (${answer.failure}).`,
    );
  }
  if (answer.status === 401 || answer.status === 403)
    throw new ConnectorError('permanent', 'permission_denied', `opendsr: ${domain} answered ${answer.status}.`);
  if (answer.status === 429 || answer.status >= 500)
    throw new ConnectorError('retryable', 'unreachable', `opendsr: ${domain} answered ${answer.status}.`);
  // Also a 404: a processor that does not know the request has not done it.
  if (answer.status !== status)
    throw new ConnectorError('needs_human', 'recipient_refused', `opendsr: ${domain} answered ${answer.status}.`);
  const headers = readSignedHeaders((name) => answer.headers[name]);
  if (headers.domain !== domain || headers.signature === null)
    throw new ConnectorError('needs_human', 'unsigned_answer', `opendsr: ${domain} did not sign its answer.`);
  for (const fresh of [false, true]) {
    const certificate = await certificates.of(processor, fresh);
    if (!(certificate instanceof X509Certificate)) throw untrusted(domain, certificate);
    if (!signatureHolds(answer.body, headers.signature, certificate)) continue;
    const read = schema.safeParse(parsed(answer.body));
    if (read.success) return read.data;
    throw new ConnectorError('needs_human', 'answer_not_understood', `opendsr: ${domain} answered something else.`);
  }
  throw new ConnectorError('needs_human', 'bad_signature', `opendsr: the signature of ${domain} does not hold.`);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}

const untrusted = (name: string, why: string) =>
  new ConnectorError(
    'permanent',
    'untrusted_processor',
    `opendsr: the certificate of ${name} is not trusted (${why}).`,
  );

const otherThanSent = (node: string) =>
  new ConnectorError('needs_human', 'other_request', `${node}: the receipt is for another request than was sent.`);
