import { createRoute, z } from '@hono/zod-openapi';
import type { ApiDeps } from '../deps.ts';
import { Instant } from '../http/fields.ts';
import { decodeCursor, encodeCursor, PageQuery, pageOf } from '../http/page.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';

const Finding = z
  .object({
    id: z.uuid(),
    type: z.string().openapi({ example: 'node_alias.conflict' }),
    details: z.record(z.string(), z.unknown()),
    times: z.int().openapi({ description: 'How often it was found' }),
    firstSeen: Instant,
    lastSeen: Instant,
  })
  .openapi('Finding');

const Position = z.tuple([Instant, z.uuid()]);

const listFindings = createRoute({
  method: 'get',
  path: '/v1/findings',
  tags: ['governance'],
  summary: 'What a person must look at',
  description:
    '`node_alias.conflict`: a machine told that two names are one node, and that contradicts what is known; nothing was overwritten.',
  ...secured('governance:read'),
  request: { query: PageQuery.extend({ type: z.string().max(100).optional() }) },
  responses: {
    200: { description: 'Oldest first', content: { 'application/json': { schema: pageOf(Finding) } } },
    ...problems,
  },
});

export function findingRoutes(deps: ApiDeps) {
  return newRouter().openapi(listFindings, async (c) => {
    const { limit, cursor, type } = c.req.valid('query');
    const position = decodeCursor(cursor, Position);
    const items = await deps.findings.findings(c.var.caller.tenant.id, {
      ...(type === undefined ? {} : { type }),
      after: position === null ? null : { firstSeen: position[0], id: position[1] },
      limit,
    });
    const last = items.length === limit ? items.at(-1) : undefined;
    return c.json(
      {
        items: items.map((finding) => ({ ...finding, details: { ...finding.details } })),
        nextCursor: last ? encodeCursor([last.firstSeen, last.id]) : null,
      },
      200,
    );
  });
}
