import { createRoute, z } from '@hono/zod-openapi';
import { PauseWorkBody } from '@vestige/core/request/request-bodies';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';
import { Instant } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, refuseIdentifiers, secured } from '../http/router.ts';

const Work = z
  .object({ paused: z.object({ by: z.string(), at: Instant, reason: z.string() }).nullable() })
  .openapi('RequestWork');
const asWork = { 200: { description: 'As it is now', content: { 'application/json': { schema: Work } } }, ...problems };
const tags = ['requests'];

const readRoute = createRoute({
  method: 'get',
  path: '/v1/request-work',
  tags,
  summary: 'Whether the work on requests is stopped',
  ...secured('requests:read'),
  responses: asWork,
});
const pauseRoute = createRoute({
  method: 'post',
  path: '/v1/request-work/pause',
  tags,
  summary: 'Stop the work on all requests',
  description: 'Every request says so, workers get no tasks, and the legal clocks run on.',
  ...secured('requests:approve'),
  request: { body: { required: true, content: { 'application/json': { schema: PauseWorkBody } } } },
  responses: asWork,
});
const resumeRoute = createRoute({
  method: 'post',
  path: '/v1/request-work/resume',
  tags,
  summary: 'Go on with all requests',
  ...secured('requests:approve'),
  responses: asWork,
});

/** The brake for everything at once: a pause that nobody sees is how deletions stop for weeks (FM8). */
export function workRoutes(deps: ApiDeps) {
  const now = async (c: Context<ApiEnv>): Promise<z.infer<typeof Work>> => {
    const { workPaused } = await deps.requests.policy(c.var.caller.tenant.id);
    return { paused: workPaused };
  };
  const set = async (c: Context<ApiEnv>, reason: string | null) => {
    await deps.requests.pauseWork(c.var.caller.tenant.id, reason, { actor: actorOf(c), now: deps.now() });
    return now(c);
  };

  return newRouter()
    .openapi(readRoute, async (c) => c.json(await now(c), 200))
    .openapi(pauseRoute, async (c) => {
      const { reason } = c.req.valid('json');
      refuseIdentifiers('reason', reason);
      return c.json(await set(c, reason), 200);
    })
    .openapi(resumeRoute, async (c) => c.json(await set(c, null), 200));
}
