import { z } from '@hono/zod-openapi';
import { canonicalNode } from '@vestige/core/node/canonical';
import { audited, NodeId } from '../http/fields.ts';

/** Node ids that data can rest under (ruling 2), and whoever outside can be told to erase: recipients and models. */
export const StoreId = NodeId.regex(
  /^(store|memory|queue|recipient|model):/,
  'is no node that data can rest under or be sent to',
);
export const PartyId = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'is not a slug of at most 63 characters');

/** `example.com`, an IP address, or `*.example.com` where subdomains count. */
const Host = audited(
  z
    .string()
    .max(255)
    .regex(/^(\*\.)?[a-z0-9]([a-z0-9.:_-]*[a-z0-9])?$/, 'is no lower-case host name'),
);
const days = z.int().min(0).max(36_500);

export const RegisteredStore = z
  .strictObject({
    id: StoreId.openapi({ example: 'store:postgres://db:5432/shop.public.users' }),
    title: audited(z.string().min(1).max(200)),
    partyId: PartyId.nullable().default(null),
    connector: audited(z.string().min(1).max(100))
      .nullable()
      .default(null)
      .openapi({ description: 'Which connector erases here; null: nobody can, and a plan says so' }),
    retentionDays: days.nullable().default(null),
    backupRetentionDays: days.nullable().default(null),
    identifierTypes: z
      .array(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/))
      .max(50)
      .default([])
      .openapi({ description: 'Identifier types the store can be searched by' }),
  })
  .openapi('RegisteredStore');

export const Party = z
  .strictObject({
    id: PartyId.openapi({ example: 'openai' }),
    legalName: audited(z.string().min(1).max(200)),
    role: z.enum(['controller', 'joint_controller', 'processor', 'sub_processor', 'third_party', 'public_authority']),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'is no ISO 3166-1 alpha-2 code')
      .nullable()
      .default(null),
    transferMechanism: audited(z.string().min(1).max(200)).nullable().default(null),
    contact: z.string().min(1).max(200).nullable().default(null),
    hosts: z
      .array(z.union([Host, NodeId.refine((id) => canonicalNode(id) !== null, 'is no node id')]))
      .max(200)
      .default([])
      .openapi({ description: 'Host suffixes that belong to the party, or node ids' }),
  })
  .openapi('Party');

export const NodeAlias = z
  .strictObject({ alias: NodeId, canonical: NodeId })
  .refine(({ alias, canonical }) => alias.endsWith('*') === canonical.endsWith('*'), 'both end in * or neither does')
  .openapi('NodeAlias');

export const InternalHosts = z.strictObject({ hosts: z.array(Host).max(1000) }).openapi('InternalHosts');
