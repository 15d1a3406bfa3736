import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { SubjectId, type TenantId } from '@vestige/core/ids';
import type { ApiDeps } from '../deps.ts';
import { actorOf, auditRead } from '../http/audited.ts';
import { Instant, PurposeHeader } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured, securedByOneOf } from '../http/router.ts';
import { bundleFiles } from './bundle.ts';
import { certificateProof, entryProof } from './prove.ts';
import { tarOf } from './tar.ts';

/** A bundle reads the whole log: more than a few at once would be felt by everybody else. */
const BUNDLES_AT_ONCE_MAX = 2;
/** research/compliance.md §4.3: one heartbeat a day; a day and its first hours may pass before silence is a problem. */
const HEARTBEAT_AGE_S_MAX = 36 * 3600;
const WAITING_S_MAX = 300;
const CHECKPOINT_AGE_S_MAX = 3600;

const Size = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const Index = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const text = { 'text/plain': { schema: z.string() } };
const tags = ['audit'];

const checkpointRoute = createRoute({
  method: 'get',
  path: '/v1/audit/checkpoint',
  tags,
  summary: 'What the log promises: its size and root hash, signed',
  description: 'A C2SP checkpoint. Keep it: with it you can show later that the log was rewritten.',
  ...secured('audit:read'),
  request: { query: z.object({ size: Size.optional() }) },
  responses: { 200: { description: 'The newest, or that of exactly this size', content: text }, ...problems },
});
const keysRoute = createRoute({
  method: 'get',
  path: '/v1/audit/keys',
  tags,
  summary: 'The keys that sign checkpoints, one a line',
  description: 'C2SP verifier keys. Publish them where your auditors can find them, on another way than the log.',
  // Whoever is shown a certificate may check that it is in the log; a public key tells of nobody.
  ...securedByOneOf('audit:read', 'requests:read'),
  responses: { 200: { description: 'vkeys', content: text }, ...problems },
});
const proofRoute = createRoute({
  method: 'get',
  path: '/v1/audit/proof',
  tags,
  summary: 'The proof that one entry, or one certificate, is in the log',
  description: 'A C2SP tlog-proof@v1 file; save it as `.tlog-proof`. Its extra data is the entry, which names nobody.',
  ...secured('audit:read'),
  request: {
    query: z.object({
      index: Index.optional().openapi({ description: 'Of the entry. This or `certificate`.' }),
      certificate: z.uuid().optional().openapi({ description: 'Id of a certificate.' }),
      size: Size.optional().openapi({ description: 'Of the checkpoint to prove it in; without it the newest.' }),
    }),
  },
  responses: { 200: { description: 'The file', content: text }, ...problems },
});
const consistencyRoute = createRoute({
  method: 'get',
  path: '/v1/audit/consistency',
  tags,
  summary: 'The proof that the log of one size begins with that of another',
  ...secured('audit:read'),
  request: { query: z.object({ from: Size, to: Size }) },
  responses: {
    200: {
      description: 'RFC 6962 hashes, base64',
      content: {
        'application/json': { schema: z.object({ from: z.int(), to: z.int(), hashes: z.array(z.string()) }) },
      },
    },
    ...problems,
  },
});
const bundleRoute = createRoute({
  method: 'get',
  path: '/v1/audit/bundle',
  tags,
  summary: 'Everything an auditor needs to check the log offline, as a tar archive',
  description:
    'For `vestige audit verify`. Payloads that name a person are withheld, but for the person of `subjectId`: asking for ' +
    'them is a look at that person and needs a purpose. The call itself becomes an entry.',
  ...secured('audit:read'),
  request: { headers: PurposeHeader, query: z.object({ subjectId: SubjectId.optional() }) },
  responses: { 200: { description: 'tar', content: { 'application/x-tar': { schema: z.string() } } }, ...problems },
});
const statusRoute = createRoute({
  method: 'get',
  path: '/v1/audit/status',
  tags,
  summary: 'Whether the log is alive',
  ...secured('audit:read'),
  responses: {
    200: {
      description: 'Sizes and ages; `problems` is empty when all is well',
      content: {
        'application/json': {
          schema: z
            .object({
              size: z.int(),
              waiting: z.int(),
              oldestWaitingS: z.number(),
              checkpoint: z.object({ size: z.int(), at: Instant, ageS: z.number() }).nullable(),
              heartbeat: z.object({ day: z.iso.date(), ageS: z.number() }).nullable(),
              anchors: z.array(
                z.object({
                  kind: z.enum(['rfc3161', 'copy']),
                  place: z.string(),
                  size: z.int(),
                  at: Instant,
                  ageS: z.number(),
                }),
              ),
              problems: z.array(z.enum(['heartbeat_missing', 'checkpoint_overdue', 'entries_wait'])),
            })
            .openapi('AuditStatus'),
        },
      },
    },
    ...problems,
  },
});

/** The log as outsiders check it: promises, proofs, and the bundle that holds it all. */
export function auditLogRoutes(deps: ApiDeps) {
  let bundles = 0;
  const sign = async (tenant: Parameters<typeof deps.logKeys.origin>[0] & { id: TenantId }) => {
    await deps.auditLog.sequence(tenant.id);
    return deps.auditLog.sign(tenant.id, deps.logKeys.origin(tenant), deps.logKeys.signers(tenant));
  };

  return newRouter()
    .openapi(checkpointRoute, async (c) => {
      const { size } = c.req.valid('query');
      const { tenant } = c.var.caller;
      // A log that nobody has signed yet gets its first checkpoint by being asked for it.
      const found =
        (await deps.auditLog.checkpoint(tenant.id, size)) ?? (size === undefined ? await sign(tenant) : null);
      if (found === null || (size !== undefined && found.size !== size)) {
        throw new VestigeError('not_found', 'there is no such checkpoint');
      }
      return c.text(found.note, 200);
    })

    .openapi(keysRoute, (c) => {
      const keys = deps.logKeys.signers(c.var.caller.tenant).map(({ text: key }) => `${key}\n`);
      return c.text(keys.join(''), 200);
    })

    .openapi(proofRoute, async (c) => {
      const { index, certificate, size } = c.req.valid('query');
      const { tenant } = c.var.caller;
      if ((index === undefined) === (certificate === undefined)) {
        throw new VestigeError('bad_request', 'ask for the proof of an `index` or of a `certificate`');
      }
      const proof =
        certificate === undefined
          ? await entryProof(deps, tenant, index ?? 0, size)
          : await certificateProof(deps, tenant, certificate);
      if (proof === null) throw new VestigeError('not_found', 'there is no such certificate');
      return c.text(proof, 200);
    })

    .openapi(consistencyRoute, async (c) => {
      const { from, to } = c.req.valid('query');
      const tenant = c.var.caller.tenant.id;
      await deps.auditLog.sequence(tenant);
      const hashes = await deps.auditLog.consistencyProof(tenant, from, to);
      return c.json({ from, to, hashes: hashes.map((hash) => Buffer.from(hash).toString('base64')) }, 200);
    })

    .openapi(bundleRoute, async (c) => {
      const { subjectId } = c.req.valid('query');
      const { tenant } = c.var.caller;
      if (bundles >= BUNDLES_AT_ONCE_MAX)
        throw new VestigeError('rate_limited', 'other bundles are being made; try again');
      bundles += 1;
      const done = () => {
        bundles -= 1;
      };
      try {
        if (subjectId === undefined) {
          const object = { kind: 'audit_log', id: deps.logKeys.origin(tenant) };
          await deps.audit.append(tenant.id, { type: 'audit.bundle_read', actor: actorOf(c), object });
        } else {
          await auditRead(c, deps.audit, { type: 'subject.audit_read', subjectId, payload: { what: 'bundle' } });
        }
        const checkpoint = await sign(tenant);
        if (checkpoint === null) throw new VestigeError('not_found', 'the log is empty');
        const subjectIds =
          subjectId === undefined ? [] : ((await deps.aliases.canonical(tenant.id, subjectId))?.members ?? [subjectId]);
        const madeAt = deps.now();
        const files = bundleFiles(deps, tenant, { size: checkpoint.size, madeAt, subjectIds });
        return new Response(streamed(tarOf(files, madeAt), done), {
          headers: {
            'content-type': 'application/x-tar',
            'content-disposition': `attachment; filename="audit-${tenant.name}-${checkpoint.size}.tar"`,
          },
        }) as never;
      } catch (error) {
        done();
        throw error;
      }
    })

    .openapi(statusRoute, async (c) => {
      const tenant = c.var.caller.tenant.id;
      const [status, anchors] = await Promise.all([deps.auditLog.status(tenant), deps.auditLog.lastAnchors(tenant)]);
      const { heartbeat, checkpoint, size, oldestWaitingS } = status;
      const unsigned =
        size > (checkpoint?.size ?? 0) && (checkpoint?.ageS ?? Number.POSITIVE_INFINITY) > CHECKPOINT_AGE_S_MAX;
      const found = [
        ...(heartbeat === null || heartbeat.ageS > HEARTBEAT_AGE_S_MAX ? (['heartbeat_missing'] as const) : []),
        ...(unsigned ? (['checkpoint_overdue'] as const) : []),
        ...(oldestWaitingS > WAITING_S_MAX ? (['entries_wait'] as const) : []),
      ];
      return c.json({ ...status, anchors, problems: found }, 200);
    });
}

/** Made as fast as it is read: nothing is read ahead. `done` runs once, also when the reader goes away. */
function streamed(parts: AsyncGenerator<Uint8Array>, done: () => void): ReadableStream<Uint8Array> {
  let ended = false;
  const end = () => {
    if (!ended) done();
    ended = true;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = await parts.next();
          if (!next.done) return controller.enqueue(next.value);
          end();
          controller.close();
        } catch (error) {
          // What was sent already cannot be taken back; the archive stays without its end, which a verifier notices.
          end();
          controller.error(error);
        }
      },
      async cancel() {
        end();
        await parts.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
