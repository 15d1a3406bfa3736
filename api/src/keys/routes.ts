import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { type KeyInfo, SCOPES } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import { audited, Instant } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';

const Scopes = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length);

const ApiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: Scopes,
    createdAt: Instant,
    expiresAt: Instant.nullable(),
    revokedAt: Instant.nullable(),
  })
  .openapi('ApiKey');

const NewApiKey = z
  .strictObject({
    name: audited(z.string().min(1).max(100)),
    scopes: Scopes,
    expiresAt: z.iso.datetime().nullable().default(null),
  })
  .openapi('NewApiKey');

const CreatedApiKey = z
  .object({ id: z.string(), key: z.string().openapi({ description: 'The whole bearer. Shown this once.' }) })
  .openapi('CreatedApiKey');

const Tenant = z.object({ id: z.int(), name: z.string() }).openapi('Tenant');

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });

const listKeys = createRoute({
  method: 'get',
  path: '/v1/api-keys',
  tags: ['administration'],
  summary: 'The tenant’s keys, without their secrets',
  ...secured('admin'),
  responses: { 200: { description: 'Oldest first', content: json(z.object({ items: z.array(ApiKey) })) }, ...problems },
});
const createKey = createRoute({
  method: 'post',
  path: '/v1/api-keys',
  tags: ['administration'],
  summary: 'Make a key',
  ...secured('admin'),
  request: { body: { required: true, content: json(NewApiKey) } },
  responses: { 201: { description: 'Made', content: json(CreatedApiKey) }, ...problems },
});
const revokeKey = createRoute({
  method: 'delete',
  path: '/v1/api-keys/{keyId}',
  tags: ['administration'],
  summary: 'Revoke a key; it opens nothing from the next call on',
  ...secured('admin'),
  request: { params: z.object({ keyId: z.string().max(64) }) },
  responses: { 204: { description: 'Revoked' }, ...problems },
});
const listTenants = createRoute({
  method: 'get',
  path: '/v1/tenants',
  tags: ['administration'],
  summary: 'The tenant of this key. Others cannot be seen from here.',
  ...secured('admin'),
  responses: { 200: { description: 'One', content: json(z.object({ items: z.array(Tenant) })) }, ...problems },
});
const readTenant = createRoute({
  method: 'get',
  path: '/v1/tenants/{tenantId}',
  tags: ['administration'],
  summary: 'The tenant of this key',
  ...secured('admin'),
  request: { params: z.object({ tenantId: z.coerce.number().int().min(1) }) },
  responses: { 200: { description: 'The tenant', content: json(Tenant) }, ...problems },
});

/** Keys of the caller's own tenant. Tenants themselves are made by whoever runs the installation, not over HTTP. */
export function keyRoutes({ tenants }: ApiDeps) {
  return newRouter()
    .openapi(listKeys, async (c) => {
      const keys = await tenants.keys(c.var.caller.tenant.id);
      return c.json({ items: keys.map(asApiKey) }, 200);
    })
    .openapi(createKey, async (c) => {
      const { id, secret } = await tenants.createKey(c.var.caller.tenant.id, c.req.valid('json'), actorOf(c));
      return c.json({ id, key: secret.reveal() }, 201);
    })
    .openapi(revokeKey, async (c) => {
      const revoked = await tenants.revokeKey(c.var.caller.tenant.id, c.req.valid('param').keyId, actorOf(c));
      if (!revoked) throw new VestigeError('not_found', 'no such living key');
      return c.body(null, 204);
    })
    .openapi(listTenants, (c) => c.json({ items: [{ ...c.var.caller.tenant }] }, 200))
    .openapi(readTenant, (c) => {
      const { tenant } = c.var.caller;
      if (c.req.valid('param').tenantId !== tenant.id) throw new VestigeError('not_found', 'no such tenant');
      return c.json({ ...tenant }, 200);
    });
}

function asApiKey(key: KeyInfo): z.infer<typeof ApiKey> {
  return { ...key, scopes: [...key.scopes] };
}
