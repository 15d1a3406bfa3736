import { createRoute, z } from '@hono/zod-openapi';
import { Token } from '@vestige/core/request/body-parts';
import { LiftRestrictionBody } from '@vestige/core/request/request-bodies';
import type { Restriction } from '@vestige/store/requests/restriction-store';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import { Instant } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, refuseIdentifiers, secured } from '../http/router.ts';

const RESTRICTIONS_MAX = 1_000;
const TOKENS_MAX = 50;

const RestrictionView = z
  .object({
    requestId: z.uuid(),
    ground: z.string().nullable(),
    purposes: z.array(z.string()).openapi({ description: 'Empty: every purpose' }),
    since: Instant,
    lifted: z
      .object({
        by: z.string(),
        at: Instant,
        notice: z.object({ toldOn: z.iso.date(), channel: z.string(), reason: z.string() }),
      })
      .nullable(),
  })
  .openapi('Restriction');
const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const tags = ['requests'];

const listRoute = createRoute({
  method: 'get',
  path: '/v1/restrictions',
  tags,
  summary: 'Restrictions of processing and objections in force, newest first',
  ...secured('governance:read'),
  request: { query: z.object({ lifted: z.enum(['true', 'false']).default('false') }) },
  responses: {
    200: {
      description: 'At most 1,000; `truncated` says when there are more',
      content: json(z.object({ items: z.array(RestrictionView), truncated: z.boolean() })),
    },
    ...problems,
  },
});
const checkRoute = createRoute({
  method: 'post',
  path: '/v1/restrictions/check',
  tags,
  summary: 'May this person’s data be used for this purpose now',
  description:
    'For whatever stands between agents and their tools: ask before the call, and do not make it where `allowed` is ' +
    'false. Somebody nobody knows is not restricted.',
  ...secured('identify'),
  request: {
    body: {
      required: true,
      content: json(
        z.strictObject({
          tokens: z.array(Token).min(1).max(TOKENS_MAX),
          dataUse: z
            .string()
            .regex(/^[a-z0-9_]+(\.[a-z0-9_]+)*$/)
            .max(200)
            .openapi({ example: 'marketing.advertising' }),
        }),
      ),
    },
  },
  responses: {
    200: {
      description: 'With the grounds that stand against it',
      content: json(z.object({ allowed: z.boolean(), grounds: z.array(z.string()) })),
    },
    ...problems,
  },
});
const liftRoute = createRoute({
  method: 'post',
  path: '/v1/restrictions/{requestId}/lift',
  tags,
  summary: 'End a restriction, after the person was told',
  description:
    'Art. 18(3) GDPR: without the record of that notice it stays in force. To take the marks off the rows of the stores ' +
    'too, reopen the request with the reason `lifted`: by then the identifiers are destroyed and have to be given again.',
  ...secured('requests:approve'),
  request: {
    params: z.object({ requestId: z.uuid() }),
    body: { required: true, content: json(LiftRestrictionBody) },
  },
  responses: { 200: { description: 'Lifted', content: json(RestrictionView) }, ...problems },
});

/** Restrictions in force (GDPR Art. 18, 21). They come from requests; `restriction-guard.ts` enforces them here. */
export function restrictionRoutes(deps: ApiDeps) {
  return newRouter()
    .openapi(listRoute, async (c) => {
      const lifted = c.req.valid('query').lifted === 'true';
      const limit = RESTRICTIONS_MAX + 1;
      const found = await deps.restrictions.restrictions(c.var.caller.tenant.id, { lifted, limit });
      const items = found.slice(0, RESTRICTIONS_MAX).map(restrictionView);
      return c.json({ items, truncated: found.length > RESTRICTIONS_MAX }, 200);
    })
    .openapi(checkRoute, async (c) => {
      const { tokens, dataUse } = c.req.valid('json');
      const tenant = c.var.caller.tenant.id;
      const aliases = (await deps.aliases.find(tenant, tokens)).filter((alias) => alias !== null);
      const subjectIds: string[] = [];
      for (const subjectId of new Set(aliases.map((alias) => alias.subjectId))) {
        const person = await deps.aliases.canonical(tenant, subjectId);
        subjectIds.push(...(person?.members ?? []));
      }
      const against = (await deps.restrictions.inForce(tenant, subjectIds)).filter((each) => forbids(each, dataUse));
      const grounds = [...new Set(against.map(({ ground }) => ground ?? 'unstated'))].sort();
      return c.json({ allowed: against.length === 0, grounds }, 200);
    })
    .openapi(liftRoute, async (c) => {
      const notice = c.req.valid('json');
      refuseIdentifiers('channel', notice.channel);
      refuseIdentifiers('reason', notice.reason);
      const by = { actor: actorOf(c), now: deps.now() };
      const { requestId } = c.req.valid('param');
      return c.json(restrictionView(await deps.restrictions.lift(c.var.caller.tenant.id, requestId, notice, by)), 200);
    });
}

/** A purpose covers everything below it: who objects to `marketing` objects to `marketing.advertising` too. */
function forbids({ purposes }: Restriction, dataUse: string): boolean {
  return purposes.length === 0 || purposes.some((each) => dataUse === each || dataUse.startsWith(`${each}.`));
}

function restrictionView({ requestId, ground, purposes, since, lifted }: Restriction): z.infer<typeof RestrictionView> {
  return {
    requestId,
    ground,
    purposes: [...purposes],
    since: since.toISOString(),
    lifted: lifted && { by: lifted.by, at: lifted.at.toISOString(), notice: { ...lifted.notice } },
  };
}
