import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { RequestId } from '@vestige/core/ids';
import {
  ASSURANCE_LEVELS,
  PROOF_BYTES_MAX,
  PROOF_KINDS,
  PROOF_MEDIA_TYPES,
  PROOFS_MAX,
} from '@vestige/core/request/identity-policy';
import type { StoredProof } from '@vestige/store/requests/identity-proof-store';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';
import { Instant, PurposeHeader } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, purposeOf, secured } from '../http/router.ts';

const tags = ['requests'];
const params = z.object({ id: RequestId });
const ofProof = params.extend({ proofId: z.uuid() });
const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const bytes = z.string().openapi({ format: 'binary' });

const ProofView = z
  .object({
    id: z.uuid(),
    kind: z.enum(PROOF_KINDS),
    assurance: z.enum(ASSURANCE_LEVELS),
    mediaType: z.enum(PROOF_MEDIA_TYPES),
    bytes: z.int(),
    addedBy: z.string(),
    addedAt: Instant,
    expiresAt: Instant.openapi({ description: 'Destroyed then at the latest' }),
  })
  .openapi('IdentityProof');

const addRoute = createRoute({
  method: 'post',
  path: '/v1/requests/{id}/identity-proofs',
  tags,
  summary: 'Attach what the person showed to be recognised',
  description:
    `Sealed, at most ${PROOF_BYTES_MAX / 1024 / 1024} MiB, at most ${PROOFS_MAX} per request, of the kinds that the tenant’s policy takes. ` +
    'Destroyed with the decision on who the person is, with the end of the request, or at its own expiry, whichever is first.',
  ...secured('requests:write'),
  request: {
    params,
    query: z.object({ kind: z.enum(PROOF_KINDS), assurance: z.enum(ASSURANCE_LEVELS) }),
    body: {
      required: true,
      content: Object.fromEntries(PROOF_MEDIA_TYPES.map((type) => [type, { schema: bytes }])),
    },
  },
  responses: { 201: { description: 'Sealed', content: json(ProofView) }, ...problems },
});
const listRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/identity-proofs',
  tags,
  summary: 'What is there to decide on, without its content',
  ...secured('requests:read'),
  request: { params },
  responses: {
    200: { description: 'Oldest first; empty once decided', content: json(z.object({ items: z.array(ProofView) })) },
    ...problems,
  },
});
const readRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/identity-proofs/{proofId}',
  tags,
  summary: 'Look at one, to decide',
  description: 'For the keys that decide who a person is, while nobody has. Audited with its purpose.',
  ...secured('requests:write'),
  request: { params: ofProof, headers: PurposeHeader },
  responses: {
    200: { description: 'As it was attached', content: { 'application/octet-stream': { schema: bytes } } },
    ...problems,
  },
});
const removeRoute = createRoute({
  method: 'delete',
  path: '/v1/requests/{id}/identity-proofs/{proofId}',
  tags,
  summary: 'Destroy one before the decision',
  description: 'For what was attached by mistake, or shows more than was asked for.',
  ...secured('requests:write'),
  request: { params: ofProof },
  responses: { 204: { description: 'Destroyed' }, ...problems },
});

/** Identity verification artefacts (GDPR Art. 12(6), research/compliance.md C7): kept only to be decided on. */
export function identityProofRoutes(deps: ApiDeps) {
  const byOf = (c: Context<ApiEnv>) => ({ actor: actorOf(c), now: deps.now() });
  const gone = () => new VestigeError('not_found', 'no such proof: it was decided on, has expired, or never was');

  return newRouter()
    .openapi(addRoute, async (c) => {
      const given = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
      const mediaType = PROOF_MEDIA_TYPES.find((type) => type === given);
      if (!mediaType) {
        const text = `a proof has one of the media types ${PROOF_MEDIA_TYPES.join(', ')}`;
        throw new VestigeError('unsupported_media_type', text);
      }
      const content = new Uint8Array(await c.req.arrayBuffer());
      if (content.length === 0) throw new VestigeError('bad_request', 'the proof is empty');
      const proof = { ...c.req.valid('query'), mediaType, content };
      const added = await deps.identityProofs.add(c.var.caller.tenant.id, c.req.valid('param').id, proof, byOf(c));
      return c.json(proofView(added), 201);
    })
    .openapi(listRoute, async (c) => {
      const { id } = c.req.valid('param');
      const found = await deps.identityProofs.proofs(c.var.caller.tenant.id, id, deps.now());
      return c.json({ items: found.map(proofView) }, 200);
    })
    .openapi(readRoute, async (c) => {
      const { id, proofId } = c.req.valid('param');
      const opened = await deps.identityProofs.read(c.var.caller.tenant.id, id, proofId, purposeOf(c), byOf(c));
      if (opened === null) throw gone();
      // Never as what it says it is: it comes from whoever wrote in, and is saved and looked at apart from the console.
      return c.body(new Uint8Array(opened.content), 200, {
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="proof-${proofId}"`,
        'vestige-media-type': opened.mediaType,
      });
    })
    .openapi(removeRoute, async (c) => {
      const { id, proofId } = c.req.valid('param');
      if (!(await deps.identityProofs.destroy(c.var.caller.tenant.id, id, proofId, byOf(c)))) throw gone();
      return c.body(null, 204);
    });
}

function proofView(proof: StoredProof): z.infer<typeof ProofView> {
  return { ...proof, addedAt: proof.addedAt.toISOString(), expiresAt: proof.expiresAt.toISOString() };
}
