import { createRoute, z } from '@hono/zod-openapi';
import { KeyPerson } from '@vestige/core/access/person';
import { ROLE_NAMES } from '@vestige/core/access/roles';
import { SCOPES } from '@vestige/core/access/scopes';
import { VestigeError } from '@vestige/core/errors';
import { type Caller, type KeyInfo, type MadeKey, ROTATION_OVERLAP_S_MAX } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import { audited, Instant } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured, securedForAll } from '../http/router.ts';

const Scopes = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length);
const RoleName = z.enum(ROLE_NAMES).openapi({ description: 'A named set of scopes' });

const ApiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    role: RoleName.nullable().openapi({ description: 'Null when its scopes were chosen one by one' }),
    scopes: Scopes,
    person: z.string().openapi({
      description: 'Who holds it, as the company names them. `key:<id>` of the key that made it where nobody was named',
    }),
    createdAt: Instant,
    expiresAt: Instant.nullable(),
    revokedAt: Instant.nullable(),
    replaces: z.string().nullable().openapi({ description: 'The key whose place it took' }),
  })
  .openapi('ApiKey');

const NewApiKey = z
  .strictObject({
    name: audited(z.string().min(1).max(100)),
    role: RoleName.optional(),
    scopes: Scopes.optional().openapi({ description: 'With a role: which of its scopes, when not all' }),
    person: KeyPerson.optional().openapi({
      description:
        'Who will hold it: a staff number, no name. Two keys of one person are one person wherever two people are ' +
        'needed. Nobody named: the key is in the hands of whoever makes it.',
      example: 'staff-4711',
    }),
    expiresAt: z.iso.datetime().nullable().default(null),
  })
  .refine(({ role, scopes }) => role !== undefined || scopes !== undefined, { message: 'names a role or scopes' })
  .openapi('NewApiKey');

const RotationBody = z
  .strictObject({
    overlapSeconds: z.int().min(0).max(ROTATION_OVERLAP_S_MAX).default(0).openapi({
      description: 'How long the old key goes on opening what it opens',
    }),
  })
  .openapi('ApiKeyRotation');

const CreatedApiKey = z
  .object({ id: z.string(), key: z.string().openapi({ description: 'The whole bearer. Shown this once.' }) })
  .openapi('CreatedApiKey');

const OwnKey = ApiKey.pick({ id: true, name: true, role: true, scopes: true, person: true, expiresAt: true })
  .extend({ tenant: z.string() })
  .openapi('OwnApiKey');

const keyParam = z.object({ keyId: z.string().max(64) });

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
  summary: 'Make a key of a role, or with scopes of one’s own choice',
  description:
    'A key grants nothing that it does not hold, and makes none that outlives it: 403. So an admin makes keys for ' +
    'applications and other admins; keys that see people come from the owner’s.',
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
  request: { params: keyParam },
  responses: { 204: { description: 'Revoked' }, ...problems },
});
const rotateKey = createRoute({
  method: 'post',
  path: '/v1/api-keys/{keyId}/rotate',
  tags: ['administration'],
  summary: 'A new secret in place of a key, with the same role, scopes and holder',
  description: 'Whoever rotates a key sees its new secret, so only what the caller may grant can be rotated.',
  ...secured('admin'),
  request: { params: keyParam, body: { content: json(RotationBody) } },
  responses: { 201: { description: 'Made', content: json(CreatedApiKey) }, ...problems },
});
const ownKey = createRoute({
  method: 'get',
  path: '/v1/api-keys/self',
  tags: ['administration'],
  summary: 'What the key of this call is and may do',
  ...securedForAll(),
  responses: { 200: { description: 'The key', content: json(OwnKey) }, ...problems },
});
const rotateOwnKey = createRoute({
  method: 'post',
  path: '/v1/api-keys/self/rotate',
  tags: ['administration'],
  summary: 'A new secret in place of the key of this call',
  ...securedForAll(),
  request: { body: { content: json(RotationBody) } },
  responses: { 201: { description: 'Made', content: json(CreatedApiKey) }, ...problems },
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
  const rotated = async (caller: Caller, keyId: string, overlapS = 0): Promise<MadeKey> => {
    const made = await tenants.rotateKey(caller.tenant.id, keyId, overlapS, caller);
    if (made === null) throw new VestigeError('not_found', 'no such living key');
    return made;
  };

  return newRouter()
    .openapi(listKeys, async (c) => {
      const keys = await tenants.keys(c.var.caller.tenant.id);
      return c.json({ items: keys.map(asApiKey) }, 200);
    })
    .openapi(createKey, async (c) => {
      const { caller } = c.var;
      return c.json(shownOnce(await tenants.createKey(caller.tenant.id, c.req.valid('json'), caller)), 201);
    })
    .openapi(ownKey, (c) => {
      const { tenant, keyId, keyName, role, scopes, person, expiresAt } = c.var.caller;
      return c.json(
        { tenant: tenant.name, id: keyId, name: keyName, role, scopes: [...scopes], person, expiresAt },
        200,
      );
    })
    .openapi(rotateOwnKey, async (c) => {
      const { caller } = c.var;
      return c.json(shownOnce(await rotated(caller, caller.keyId, c.req.valid('json')?.overlapSeconds)), 201);
    })
    .openapi(rotateKey, async (c) => {
      const made = await rotated(c.var.caller, c.req.valid('param').keyId, c.req.valid('json')?.overlapSeconds);
      return c.json(shownOnce(made), 201);
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

const shownOnce = ({ id, secret }: MadeKey) => ({ id, key: secret.reveal() });

function asApiKey(key: KeyInfo): z.infer<typeof ApiKey> {
  return { ...key, scopes: [...key.scopes] };
}
