import { createRoute, z } from '@hono/zod-openapi';
import { PlainText } from '@vestige/core/request/body-parts';
import type { Finding } from '@vestige/store/control/finding-store';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import { Instant } from '../http/fields.ts';
import { decodeCursor, encodeCursor, PageQuery, pageOf } from '../http/page.ts';
import { problems } from '../http/problem.ts';
import { newRouter, refuseIdentifiers, secured } from '../http/router.ts';

const FindingView = z
  .object({
    id: z.uuid(),
    type: z.string().openapi({ example: 'node_alias.conflict' }),
    details: z.record(z.string(), z.unknown()),
    times: z.int().openapi({ description: 'How often it was found' }),
    firstSeen: Instant,
    lastSeen: Instant,
    settled: z
      .object({ by: z.string(), at: Instant, why: z.string() })
      .nullable()
      .openapi({ description: 'Null while it is open, and again once it was found after that' }),
  })
  .openapi('Finding');

const Position = z.tuple([Instant, z.uuid()]);
const tags = ['governance'];

const listFindings = createRoute({
  method: 'get',
  path: '/v1/findings',
  tags,
  summary: 'What a person must look at',
  description:
    '`node_alias.conflict`: a machine told that two names are one node, and that contradicts what is known; nothing was overwritten.',
  ...secured('governance:read'),
  request: {
    query: PageQuery.extend({
      type: z.string().max(100).optional(),
      settled: z.enum(['true', 'false']).default('false').openapi({ description: '`true`: settled ones too' }),
    }),
  },
  responses: {
    200: { description: 'Oldest first', content: { 'application/json': { schema: pageOf(FindingView) } } },
    ...problems,
  },
});
const settleFinding = createRoute({
  method: 'post',
  path: '/v1/findings/{id}/settle',
  tags,
  summary: 'Somebody has looked at it, and it needs nobody any more',
  description: 'Audited with the reason. The same thing found again is open again.',
  ...secured('governance:write'),
  request: {
    params: z.object({ id: z.uuid() }),
    body: { required: true, content: { 'application/json': { schema: z.strictObject({ why: PlainText }) } } },
  },
  responses: { 200: { description: 'Settled', content: { 'application/json': { schema: FindingView } } }, ...problems },
});

export function findingRoutes(deps: ApiDeps) {
  return newRouter()
    .openapi(listFindings, async (c) => {
      const { limit, cursor, type, settled } = c.req.valid('query');
      const position = decodeCursor(cursor, Position);
      const items = await deps.findings.findings(c.var.caller.tenant.id, {
        ...(type === undefined ? {} : { type }),
        settled: settled === 'true',
        after: position === null ? null : { firstSeen: position[0], id: position[1] },
        limit,
      });
      const last = items.length === limit ? items.at(-1) : undefined;
      return c.json(
        { items: items.map(findingView), nextCursor: last ? encodeCursor([last.firstSeen, last.id]) : null },
        200,
      );
    })
    .openapi(settleFinding, async (c) => {
      const { why } = c.req.valid('json');
      refuseIdentifiers('why', why);
      const audit = { type: 'finding.settled', actor: actorOf(c) };
      const settled = await deps.findings.settle(c.var.caller.tenant.id, c.req.valid('param').id, why, audit);
      return c.json(findingView(settled), 200);
    });
}

const findingView = (finding: Finding): z.infer<typeof FindingView> => ({
  ...finding,
  details: { ...finding.details },
  settled: finding.settled && { ...finding.settled },
});
