import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { PlaceHoldBody } from '@vestige/core/request/request-bodies';
import type { StoredHold } from '@vestige/store/requests/hold-store';
import type { By } from '@vestige/store/requests/request-store';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';
import { Instant } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, refuseIdentifiers, secured } from '../http/router.ts';
import { findPeople } from './people.ts';

const HOLDS_MAX = 1_000;

const HoldView = z
  .object({
    id: z.uuid(),
    matter: z.string(),
    reviewAt: z.iso.date(),
    nodes: z.array(z.string()).openapi({ description: 'Empty: every place' }),
    covers: z.enum(['everybody', 'one_person']),
    placedBy: z.string(),
    placedAt: Instant,
    released: z.object({ by: z.string(), at: Instant }).nullable(),
  })
  .openapi('Hold');
const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const tags = ['requests'];

const listRoute = createRoute({
  method: 'get',
  path: '/v1/holds',
  tags,
  summary: 'Legal holds, newest first',
  ...secured('governance:read'),
  request: { query: z.object({ released: z.enum(['true', 'false']).default('false') }) },
  responses: {
    200: {
      description: 'At most 1,000; `truncated` says when there are more',
      content: json(z.object({ items: z.array(HoldView), truncated: z.boolean() })),
    },
    ...problems,
  },
});
const placeRoute = createRoute({
  method: 'post',
  path: '/v1/holds',
  tags,
  summary: 'Place a legal hold on places, on a person, or on everything',
  description:
    'In force at once, also for erasures under way: what is not destroyed yet stays. Requests are taken in all the same.',
  ...secured('requests:approve'),
  request: { body: { required: true, content: json(PlaceHoldBody) } },
  responses: { 201: { description: 'In force', content: json(HoldView) }, ...problems },
});
const releaseRoute = createRoute({
  method: 'post',
  path: '/v1/holds/{id}/release',
  tags,
  summary: 'The matter is closed; what was held goes on',
  description: 'By another key than placed it.',
  ...secured('requests:approve'),
  request: { params: z.object({ id: z.uuid() }) },
  responses: { 200: { description: 'Released', content: json(HoldView) }, ...problems },
});

/** Legal holds by scope (research/compliance.md §3.6). A hold on one request is an event of that request. */
export function holdRoutes(deps: ApiDeps) {
  const byOf = (c: Context<ApiEnv>): By => ({ actor: actorOf(c), now: deps.now() });

  return newRouter()
    .openapi(listRoute, async (c) => {
      const released = c.req.valid('query').released === 'true';
      const found = await deps.holds.holds(c.var.caller.tenant.id, { released, limit: HOLDS_MAX + 1 });
      return c.json({ items: found.slice(0, HOLDS_MAX).map(holdView), truncated: found.length > HOLDS_MAX }, 200);
    })
    .openapi(placeRoute, async (c) => {
      const { matter, reviewAt, nodes = [], identifiers = [], tokens = [] } = c.req.valid('json');
      refuseIdentifiers('matter', matter);
      const { tenant } = c.var.caller;
      const everybody = identifiers.length + tokens.length === 0;
      const subjectIds = everybody ? null : await personOf(deps, c, { identifiers, tokens });
      const hold = await deps.holds.place(tenant.id, { matter, reviewAt, nodes, subjectIds }, byOf(c));
      return c.json(holdView(hold), 201);
    })
    .openapi(releaseRoute, async (c) => {
      const hold = await deps.holds.release(c.var.caller.tenant.id, c.req.valid('param').id, byOf(c));
      return c.json(holdView(hold), 200);
    });
}

/** All subject ids of the one person; a hold on nobody would hold nothing and look as if it did. */
async function personOf(
  deps: ApiDeps,
  c: Context<ApiEnv>,
  selectors: Parameters<typeof findPeople>[2],
): Promise<readonly string[]> {
  const { subjectIds, ambiguous } = await findPeople(deps, c.var.caller.tenant, selectors);
  if (ambiguous)
    throw new VestigeError('conflict', 'the identifiers lead to more than one person: place one hold each');
  if (subjectIds.length === 0) {
    throw new VestigeError('not_found', 'nobody is known by these identifiers; hold the places instead');
  }
  return subjectIds;
}

function holdView(hold: StoredHold): z.infer<typeof HoldView> {
  const { id, matter, reviewAt, nodes, anyPerson, placedBy, placedAt, released } = hold;
  return {
    id,
    matter,
    reviewAt,
    nodes: [...nodes],
    covers: anyPerson ? 'everybody' : 'one_person',
    placedBy,
    placedAt: placedAt.toISOString(),
    released: released && { by: released.by, at: released.at.toISOString() },
  };
}
