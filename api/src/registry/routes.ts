import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { canonicalNode } from '@vestige/core/node/canonical';
import type { AuditDraft } from '@vestige/store/audit/audit-store';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';
import { spelledNode } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';
import { InternalHosts, NodeAlias, Party, PartyId, RegisteredStore, StoreId } from './schemas.ts';

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const all = <Schema extends z.ZodType>(schema: Schema) => json(z.object({ items: z.array(schema) }));
const body = <Schema extends z.ZodType>(schema: Schema) => ({ body: { required: true, content: json(schema) } });
const tags = ['registry'];

const listStores = createRoute({
  method: 'get',
  path: '/v1/stores',
  tags,
  summary: 'Stores a deletion job can be sent to',
  ...secured('governance:read'),
  responses: { 200: { description: 'All, by id', content: all(RegisteredStore) }, ...problems },
});
const putStore = createRoute({
  method: 'put',
  path: '/v1/stores',
  tags,
  summary: 'Register a store, or replace what is said of it',
  ...secured('governance:write'),
  request: body(RegisteredStore),
  responses: { 200: { description: 'As registered', content: json(RegisteredStore) }, ...problems },
});
const deleteStore = createRoute({
  method: 'delete',
  path: '/v1/stores',
  tags,
  summary: 'Take a store out of the registry',
  ...secured('governance:write'),
  request: { query: z.object({ id: StoreId }) },
  responses: { 204: { description: 'Gone' }, ...problems },
});

const listParties = createRoute({
  method: 'get',
  path: '/v1/parties',
  tags,
  summary: 'Legal entities behind nodes',
  ...secured('governance:read'),
  responses: { 200: { description: 'All, by id', content: all(Party) }, ...problems },
});
const putParty = createRoute({
  method: 'put',
  path: '/v1/parties',
  tags,
  summary: 'Register a party, or replace what is said of it',
  ...secured('governance:write'),
  request: body(Party),
  responses: { 200: { description: 'As registered', content: json(Party) }, ...problems },
});
const deleteParty = createRoute({
  method: 'delete',
  path: '/v1/parties',
  tags,
  summary: 'Take a party out of the registry, unless a store names it',
  ...secured('governance:write'),
  request: { query: z.object({ id: PartyId }) },
  responses: { 204: { description: 'Gone' }, ...problems },
});

const listNodeAliases = createRoute({
  method: 'get',
  path: '/v1/node-aliases',
  tags,
  summary: 'Other names of the same node',
  ...secured('governance:read'),
  responses: { 200: { description: 'All, by alias', content: all(NodeAlias) }, ...problems },
});
const putNodeAlias = createRoute({
  method: 'put',
  path: '/v1/node-aliases',
  tags,
  summary: 'Say that two names are one node',
  ...secured('governance:write'),
  request: body(NodeAlias),
  responses: { 200: { description: 'As registered', content: json(NodeAlias) }, ...problems },
});

const deleteNodeAlias = createRoute({
  method: 'delete',
  path: '/v1/node-aliases',
  tags,
  summary: 'Say that two names are two nodes after all',
  description: 'Also of what was seen before. A machine that tells the name again has it learned anew.',
  ...secured('governance:write'),
  request: { query: z.object({ alias: NodeAlias.shape.alias }) },
  responses: { 204: { description: 'Gone' }, ...problems },
});

const readInternalHosts = createRoute({
  method: 'get',
  path: '/v1/internal-hosts',
  tags,
  summary: 'Hosts that are the tenant’s own',
  ...secured('governance:read'),
  responses: { 200: { description: 'All', content: json(InternalHosts) }, ...problems },
});
const putInternalHosts = createRoute({
  method: 'put',
  path: '/v1/internal-hosts',
  tags,
  summary: 'Replace the list of hosts that are the tenant’s own',
  ...secured('governance:write'),
  request: body(InternalHosts),
  responses: { 200: { description: 'As registered', content: json(InternalHosts) }, ...problems },
});

/**
 * What a company declares about its nodes. A put replaces the whole fact and answers it in the spelling of lineage; ids
 * of nodes hold slashes, so they are no part of a path.
 */
export function registryRoutes({ registry }: ApiDeps) {
  return newRouter()
    .openapi(listStores, async (c) => c.json({ items: (await registry.stores(tenantOf(c))).map(asStore) }, 200))
    .openapi(putStore, async (c) => {
      const given = c.req.valid('json');
      const store = { ...given, id: spelledNode('id', given.id) };
      await registry.putStore(tenantOf(c), store, draft(c, 'store.registered', 'store', store.id, store));
      return c.json(store, 200);
    })
    .openapi(deleteStore, async (c) => {
      const id = spelledNode('id', c.req.valid('query').id);
      const gone = await registry.removeStore(tenantOf(c), id, draft(c, 'store.removed', 'store', id));
      if (!gone) throw new VestigeError('not_found', 'no such store');
      return c.body(null, 204);
    })

    .openapi(listParties, async (c) => c.json({ items: (await registry.parties(tenantOf(c))).map(asParty) }, 200))
    .openapi(putParty, async (c) => {
      const given = c.req.valid('json');
      const party = { ...given, hosts: given.hosts.map((host) => canonicalNode(host) ?? host) };
      // A contact is often a person's address, which has no place in the audit trail.
      const { contact: _kept, ...told } = party;
      await registry.putParty(tenantOf(c), party, draft(c, 'party.registered', 'party', party.id, told));
      return c.json(party, 200);
    })
    .openapi(deleteParty, async (c) => {
      const { id } = c.req.valid('query');
      const gone = await registry.removeParty(tenantOf(c), id, draft(c, 'party.removed', 'party', id));
      if (!gone) throw new VestigeError('not_found', 'no such party');
      return c.body(null, 204);
    })

    .openapi(listNodeAliases, async (c) => c.json({ items: await registry.nodeAliases(tenantOf(c)) }, 200))
    .openapi(putNodeAlias, async (c) => {
      const given = c.req.valid('json');
      const alias = spelledNode('alias', given.alias);
      const canonical = spelledNode('canonical', given.canonical);
      if (alias === canonical) throw new VestigeError('bad_request', 'the two names are one spelling of the same node');
      const audit = draft(c, 'node_alias.registered', 'node', alias, { canonical });
      await registry.putNodeAlias(tenantOf(c), alias, canonical, audit);
      return c.json({ alias, canonical }, 200);
    })
    .openapi(deleteNodeAlias, async (c) => {
      const alias = spelledNode('alias', c.req.valid('query').alias);
      const gone = await registry.removeNodeAlias(tenantOf(c), alias, draft(c, 'node_alias.removed', 'node', alias));
      if (!gone) throw new VestigeError('not_found', 'no such alias');
      return c.body(null, 204);
    })

    .openapi(readInternalHosts, async (c) => c.json({ hosts: await registry.internalHosts(tenantOf(c)) }, 200))
    .openapi(putInternalHosts, async (c) => {
      const hosts = [...new Set(c.req.valid('json').hosts)].sort();
      const audit = draft(c, 'internal_hosts.replaced', 'internal_hosts', 'all', { count: hosts.length });
      await registry.putInternalHosts(tenantOf(c), hosts, audit);
      return c.json({ hosts }, 200);
    });
}

const tenantOf = (c: Context<ApiEnv>) => c.var.caller.tenant.id;

function draft(
  c: Context<ApiEnv>,
  type: string,
  kind: string,
  id: string,
  payload?: Readonly<Record<string, unknown>>,
): AuditDraft {
  return { type, actor: actorOf(c), object: { kind, id }, ...(payload ? { payload } : {}) };
}

/** Answers are arrays of their own, because the store's are read-only. */
const asStore = (store: Awaited<ReturnType<ApiDeps['registry']['stores']>>[number]) => ({
  ...store,
  identifierTypes: [...store.identifierTypes],
});
const asParty = (party: Awaited<ReturnType<ApiDeps['registry']['parties']>>[number]) => ({
  ...party,
  hosts: [...party.hosts],
});
