import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import {
  API_VERSION,
  CreatedAnswer,
  type DiscoveryAnswer,
  IDENTITY_FORMATS,
  IDENTITY_TYPES,
  StatusAnswer,
  SUBJECT_REQUEST_TYPES,
  SubjectRequestId,
} from '@vestige/core/opendsr/messages';
import { expectedCompletion } from '@vestige/core/opendsr/status';
import type { OpendsrRequestRow } from '@vestige/store/opendsr/opendsr-store';
import type { By } from '@vestige/store/requests/request-store';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';
import { secured } from '../http/router.ts';
import { signedAnswer, standing } from './answer.ts';
import { errorAnswer, malformed, OpendsrRefusal, refusal } from './errors.ts';
import type { OpendsrIdentity } from './identity.ts';
import { CERTIFICATE_PATH, DISCOVERY_PATHS } from './open-paths.ts';
import { takeRequest } from './take-request.ts';

/**
 * The OpenDSR processor (version 2.0; older names too, §10.1): a controller that speaks the protocol files requests here
 * and follows them. Every answer is signed. Who calls is told by an API key, as bearer or as password of HTTP Basic, which
 * the specification leaves to the processor.
 */
const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const tags = ['opendsr'];
const params = z.object({ subjectRequestId: SubjectRequestId });
const OpendsrError = z
  .object({
    error: z.object({
      code: z.int(),
      message: z.string(),
      errors: z.array(z.object({ domain: z.string(), reason: z.string(), message: z.string() })),
    }),
  })
  .openapi('OpendsrError');
const refused = { default: { description: 'Refused, in the protocol’s own form', content: json(OpendsrError) } };

/** Present name, the name before it, and the one an interim draft used. */
const REQUEST_PATHS = [
  '/opendsr/v2/requests',
  '/opendsr/v2/opengdpr_requests',
  '/opendsr/v1/opengdpr_requests',
] as const;

const createAt = (path: (typeof REQUEST_PATHS)[number]) =>
  createRoute({
    method: 'post',
    path,
    tags,
    summary: 'OpenDSR: file a request for a controller',
    description: 'The body is read as OpenDSR specifies it, and answered in its own errors.',
    ...secured('requests:write'),
    responses: { 201: { description: 'Taken, signed', content: json(CreatedAnswer) }, ...refused },
  });
const statusAt = (path: string) =>
  createRoute({
    method: 'get',
    path,
    tags,
    summary: 'OpenDSR: where a controller’s request stands',
    ...secured('requests:read'),
    request: { params },
    responses: { 200: { description: 'Signed', content: json(StatusAnswer) }, ...refused },
  });
const cancelAt = (path: string) =>
  createRoute({
    method: 'delete',
    path,
    tags,
    summary: 'OpenDSR: cancel a request that is still pending',
    ...secured('requests:write'),
    request: { params },
    responses: { 202: { description: 'Cancelled, signed' }, ...refused },
  });

export function opendsrRoutes(deps: ApiDeps, identity: OpendsrIdentity) {
  const router = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw malformed(result.error);
    },
  });
  router.onError((error, c) => {
    const answer = errorAnswer(error, identity);
    if (answer === null) throw error;
    // A refused call tells why; what it carried is in no log.
    c.var.log?.debug({ status: answer.status }, 'opendsr: refused');
    return answer;
  });
  const byOf = (c: Context<ApiEnv>): By => ({ actor: actorOf(c), now: deps.now() });

  const rowOf = async (c: Context<ApiEnv>, id: string): Promise<OpendsrRequestRow> => {
    const row = await deps.opendsr.find(c.var.caller.tenant.id, id);
    if (row === null) throw refusal(404, 'unknown_request', 'no such request');
    return row;
  };
  const status = async (c: Context<ApiEnv>, id: string): Promise<Response> => {
    const found = await standing(deps, c.var.caller.tenant.id, await rowOf(c, id), identity);
    if (found === null) throw new VestigeError('internal', 'an OpenDSR request stands for none of ours');
    return signedAnswer(identity, 200, found.answer);
  };

  for (const path of DISCOVERY_PATHS) {
    router.get(path, () => signedAnswer(identity, 200, discovery(identity)));
  }
  router.get(CERTIFICATE_PATH, (c) => c.body(identity.certificate, 200, { 'content-type': 'application/x-pem-file' }));

  for (const path of REQUEST_PATHS) {
    router.openapi(createAt(path), async (c) => {
      const raw = new Uint8Array(await c.req.arrayBuffer());
      const { tenant } = c.var.caller;
      const row = await takeRequest(deps, tenant, c.var.caller.keyId, raw, byOf(c));
      const request = await deps.requests.request(tenant.id, row.requestId);
      const expected = request ? expectedCompletion(request.dueOn, request.endedAt, deps.now()) : deps.now();
      const body: CreatedAnswer = {
        controller_id: row.controllerId,
        expected_completion_time: expected.toISOString(),
        received_time: row.receivedTime.toISOString(),
        encoded_request: Buffer.from(raw).toString('base64'),
        subject_request_id: row.subjectRequestId,
      };
      return signedAnswer(identity, 201, body) as never;
    });
    // `/status` is demanded by §3.1 and defined nowhere.
    for (const suffix of ['', '/status']) {
      router.openapi(statusAt(`${path}/{subjectRequestId}${suffix}`), async (c) => {
        return (await status(
          c,
          (c.req.valid('param' as never) as { subjectRequestId: string }).subjectRequestId,
        )) as never;
      });
    }
    router.openapi(cancelAt(`${path}/{subjectRequestId}`), async (c) => {
      const { subjectRequestId } = c.req.valid('param' as never) as { subjectRequestId: string };
      return (await cancel(deps, c, await rowOf(c, subjectRequestId), identity, byOf(c))) as never;
    });
  }
  router.openapi(statusAt('/opendsr/v2/status/{subjectRequestId}'), async (c) => {
    return (await status(c, (c.req.valid('param' as never) as { subjectRequestId: string }).subjectRequestId)) as never;
  });
  return router;
}

/** The same for every tenant: which of them takes digests is its own business, and a refusal says so. */
function discovery(identity: OpendsrIdentity): DiscoveryAnswer {
  return {
    api_version: API_VERSION,
    supported_identities: IDENTITY_TYPES.map((identity_type) => ({
      identity_type,
      identity_format: IDENTITY_FORMATS[0],
    })),
    supported_subject_request_types: [...SUBJECT_REQUEST_TYPES],
    processor_certificate: `https://${identity.domain}${CERTIFICATE_PATH}`,
  };
}

/** Only while pending (§9): what is being carried out cannot be taken back. Cancelling again answers the same. */
async function cancel(
  deps: ApiDeps,
  c: Context<ApiEnv>,
  row: OpendsrRequestRow,
  identity: OpendsrIdentity,
  by: By,
): Promise<Response> {
  const { tenant } = c.var.caller;
  const before = await standing(deps, tenant.id, row, identity);
  if (before?.answer.request_status !== 'cancelled') {
    if (before?.answer.request_status !== 'pending') {
      throw new OpendsrRefusal(400, 'only a pending request can be cancelled', [
        { reason: 'not_pending', message: 'only a pending request can be cancelled' },
      ]);
    }
    await deps.requests.decide(tenant.id, row.requestId, { event: 'withdraw' }, by);
  }
  return signedAnswer(identity, 202, {
    controller_id: row.controllerId,
    subject_request_id: row.subjectRequestId,
    received_time: by.now.toISOString(),
    api_version: API_VERSION,
  });
}
