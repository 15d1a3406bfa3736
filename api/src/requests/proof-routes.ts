import { createPublicKey } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { Certificate } from '@vestige/core/certificate/certificate';
import { keyId } from '@vestige/core/certificate/sign';
import { VestigeError } from '@vestige/core/errors';
import { RequestId } from '@vestige/core/ids';
import { RECHECKS } from '@vestige/store/control/erasure-watch-store';
import type { By } from '@vestige/store/requests/request-store';
import type { Context } from 'hono';
import { certificateProof } from '../audit/prove.ts';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';
import { PurposeHeader } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, purposeOf, secured } from '../http/router.ts';
import { certificatePage } from './package/certificate-page.ts';
import { PAGE_POLICY } from './package/document.ts';

const params = z.object({ id: RequestId });
const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const tags = ['proof'];

const certificateRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/certificate',
  tags,
  summary: 'The signed certificate, canonical byte for byte',
  description: 'Holds no personal data. Check it offline with the public key; do not re-serialise it.',
  ...secured('requests:read'),
  request: { params },
  responses: { 200: { description: 'As signed', content: json(Certificate) }, ...problems },
});
const pageRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/certificate/page',
  tags,
  summary: 'The certificate as a page to read and print',
  description: 'Says what the signed JSON says, for people. The JSON is what is signed.',
  ...secured('requests:read'),
  request: { params },
  responses: { 200: { description: 'HTML', content: { 'text/html': { schema: z.string() } } }, ...problems },
});
const logProofRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/certificate/log-proof',
  tags,
  summary: 'The proof that the certificate is in the audit log (C2SP tlog-proof)',
  description: 'Hand it out beside the certificate as `<certificate id>.tlog-proof`; it is checked offline.',
  ...secured('requests:read'),
  request: { params },
  responses: { 200: { description: 'Text', content: { 'text/plain': { schema: z.string() } } }, ...problems },
});
const handoverRoute = createRoute({
  method: 'post',
  path: '/v1/requests/{id}/certificate/handover',
  tags,
  summary: 'What shows the person that the certificate is theirs; once',
  description: 'Destroyed here by being handed over. Give it to the person and keep no copy.',
  ...secured('requests:export'),
  request: { params, headers: PurposeHeader },
  responses: {
    200: { description: 'For the person alone', content: json(z.object({ nonce: z.string(), subjectId: z.string() })) },
    ...problems,
  },
});
const publicKeyRoute = createRoute({
  method: 'get',
  path: '/v1/certificates/public-key',
  tags,
  summary: 'The key that certificates are checked with',
  ...secured('requests:read'),
  responses: {
    200: {
      description: 'Publish it where the people you answer can find it',
      content: json(z.object({ alg: z.literal('Ed25519'), kid: z.string(), publicKey: z.string() })),
    },
    ...problems,
  },
});

const Recheck = z.object({
  after: z.enum(RECHECKS),
  dueAt: z.iso.datetime(),
  /** Null until it is done. */
  checkedAt: z.iso.datetime().nullable(),
  /** Rows that had come back. They were erased again, and the request was reopened. */
  found: z.int().nullable(),
});
const rechecksRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/rechecks',
  tags,
  summary: 'Whether the person has come back into our own telemetry since the erasure',
  description: 'Verification level V4: a day, a week and a month later, and when the longest backup has expired.',
  ...secured('requests:read'),
  request: { params },
  responses: {
    200: { description: 'In the order they are due', content: json(z.object({ rechecks: z.array(Recheck) })) },
    ...problems,
  },
});

const Receipt = z
  .object({
    taskId: z.uuid(),
    node: z.string(),
    fence: z.int(),
    phase: z.enum(['execute', 'verify']),
    event: z.string().openapi({ example: 'verify_gone' }),
    by: z.string(),
    worker: z.string(),
    found: z.int(),
    erased: z.int(),
    residual: z.int(),
    searched: z.boolean(),
    method: z.string(),
    evidenceDigest: z.string(),
    at: z.iso.datetime(),
  })
  .openapi('Receipt');
const receiptsRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/receipts',
  tags,
  summary: 'What was reported from each place: by whom, how, what was found and what is left',
  description: 'Of every round and of every plan. A count and its verification are two receipts by two keys.',
  ...secured('requests:read'),
  request: { params },
  responses: {
    200: { description: 'In the order they came', content: json(z.object({ receipts: z.array(Receipt) })) },
    ...problems,
  },
});

/** What proves the end of a request: the certificate, what opens its commitment, and the key it is checked with. */
export function proofRoutes(deps: ApiDeps) {
  const byOf = (c: Context<ApiEnv>): By => ({ actor: actorOf(c), now: deps.now() });

  /** The newest. @throws VestigeError `not_found` */
  const certificateOf = async (c: Context<ApiEnv>): Promise<Certificate> => {
    const { id } = c.req.valid('param' as never) as { id: string };
    const bytes = await deps.requests.certificate(c.var.caller.tenant.id, id);
    if (bytes === null) throw new VestigeError('not_found', 'no such certificate');
    return Certificate.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  };

  return newRouter()
    .openapi(certificateRoute, async (c) => {
      const bytes = await deps.requests.certificate(c.var.caller.tenant.id, c.req.valid('param').id);
      if (bytes === null) throw new VestigeError('not_found', 'no such certificate');
      return c.body(new Uint8Array(bytes), 200, { 'content-type': 'application/json' }) as never;
    })
    .openapi(rechecksRoute, async (c) => {
      const { id } = c.req.valid('param');
      const { tenant } = c.var.caller;
      if ((await deps.requests.request(tenant.id, id)) === null) throw new VestigeError('not_found', 'no such request');
      const rechecks = (await deps.erasureWatch.rechecks(tenant.id, id)).map(({ dueAt, checkedAt, ...look }) => ({
        ...look,
        dueAt: dueAt.toISOString(),
        checkedAt: checkedAt?.toISOString() ?? null,
      }));
      return c.json({ rechecks }, 200);
    })
    .openapi(receiptsRoute, async (c) => {
      const { id } = c.req.valid('param');
      const { tenant } = c.var.caller;
      if ((await deps.requests.request(tenant.id, id)) === null) throw new VestigeError('not_found', 'no such request');
      const receipts = await deps.requests.receipts(tenant.id, id);
      return c.json({ receipts: receipts.map((receipt) => ({ ...receipt, at: receipt.at.toISOString() })) }, 200);
    })
    .openapi(pageRoute, async (c) => {
      const certificate = await certificateOf(c);
      c.header('content-security-policy', `${PAGE_POLICY}; frame-ancestors 'none'`);
      return c.html(await certificatePage(certificate));
    })
    .openapi(logProofRoute, async (c) => {
      const { certificateId } = await certificateOf(c);
      const proof = await certificateProof(deps, c.var.caller.tenant, certificateId);
      if (proof === null) throw new VestigeError('not_found', 'the log does not name this certificate');
      return c.text(proof, 200, { 'content-disposition': `attachment; filename="${certificateId}.tlog-proof"` });
    })
    .openapi(handoverRoute, async (c) => {
      const { id } = c.req.valid('param');
      const handed = await deps.requests.handOver(c.var.caller.tenant.id, id, purposeOf(c), byOf(c));
      if (handed === null) throw new VestigeError('not_found', 'nothing to hand over, or it was handed over before');
      return c.json(handed, 200);
    })
    .openapi(publicKeyRoute, (c) => {
      const key = createPublicKey(deps.signingKey.reveal());
      const publicKey = key.export({ type: 'spki', format: 'pem' }).toString();
      return c.json({ alg: 'Ed25519' as const, kid: keyId(key), publicKey }, 200);
    });
}
