import { createRoute, z } from '@hono/zod-openapi';
import { TaskId } from '@vestige/core/ids';
import { ExemptBody } from '@vestige/core/request/request-bodies';
import {
  AnnounceBody,
  ClaimBody,
  ClaimedTaskBody,
  FailBody,
  HeartbeatBody,
  ResultBody,
} from '@vestige/core/request/worker-bodies';
import type { ClaimedTask } from '@vestige/core/request/worker-protocol';
import type { By } from '@vestige/store/requests/request-store';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';
import { problems } from '../http/problem.ts';
import { newRouter, refuseIdentifiers, secured, securedByOneOf } from '../http/router.ts';
import { countRows } from './ndjson.ts';
import { taskLimits } from './task-limits.ts';
import { TaskView, taskView } from './views.ts';

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const body = <Schema extends z.ZodType>(schema: Schema) => ({ body: { required: true, content: json(schema) } });
const params = z.object({ id: TaskId });
const tags = ['tasks'];
const asTask = { 200: { description: 'The task as it is now', content: json(TaskView) }, ...problems };
const FENCED =
  'Carries the fence of the claim. Once the lease is over or has passed on, nothing is changed: 409 `fence_lost`.';

const claimRoute = createRoute({
  method: 'post',
  path: '/v1/tasks/claim',
  tags,
  summary: 'Take tasks for the stores you serve',
  description:
    'Each task comes with a lease and a fence. A key with `tasks:work` gets tasks to carry out, one with `tasks:verify` ' +
    'tasks to verify, except those that it carried out itself.',
  ...securedByOneOf('tasks:work', 'tasks:verify'),
  request: body(ClaimBody),
  responses: {
    200: {
      description: 'None when there is nothing to do',
      content: json(z.object({ tasks: z.array(ClaimedTaskBody) })),
    },
    ...problems,
  },
});
const heartbeatRoute = createRoute({
  method: 'post',
  path: '/v1/tasks/{id}/heartbeat',
  tags,
  summary: 'Still at it',
  description: FENCED,
  ...securedByOneOf('tasks:work', 'tasks:verify'),
  request: { params, ...body(HeartbeatBody) },
  responses: {
    200: { description: 'The lease goes on', content: json(z.object({ leaseUntil: z.string() })) },
    ...problems,
  },
});
const announceRoute = createRoute({
  method: 'post',
  path: '/v1/tasks/{id}/announce',
  tags,
  summary: 'What was found, before it is erased',
  description:
    `${FENCED} For tasks that erase, before the first record is removed: a worker that dies between removing and ` +
    'reporting leaves nothing to be found, and the certificate would say that there had been nothing.',
  ...secured('tasks:work'),
  request: { params, ...body(AnnounceBody) },
  responses: asTask,
});
const resultRoute = createRoute({
  method: 'post',
  path: '/v1/tasks/{id}/result',
  tags,
  summary: 'What was found, erased and left',
  description: `${FENCED} Erasing nothing counts only after a search; masking never counts as erasure.`,
  ...securedByOneOf('tasks:work', 'tasks:verify'),
  request: { params, ...body(ResultBody) },
  responses: asTask,
});
const failRoute = createRoute({
  method: 'post',
  path: '/v1/tasks/{id}/fail',
  tags,
  summary: 'It did not work',
  description: `${FENCED} Retryable failures come back with a growing pause; others wait for a person.`,
  ...securedByOneOf('tasks:work', 'tasks:verify'),
  request: { params, ...body(FailBody) },
  responses: asTask,
});
const dataRoute = createRoute({
  method: 'put',
  path: '/v1/tasks/{id}/data',
  tags,
  summary: 'Rows of an export, as NDJSON',
  description: `${FENCED} Replaces what was delivered before; comes before the result.`,
  ...secured('tasks:work'),
  request: {
    params,
    query: z.object({ fence: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
    body: { required: true, content: { 'application/x-ndjson': { schema: z.string() } } },
  },
  responses: { 200: { description: 'Stored', content: json(z.object({ rows: z.int() })) }, ...problems },
});
const exemptRoute = createRoute({
  method: 'post',
  path: '/v1/tasks/{id}/exempt',
  tags,
  summary: 'A coded reason why this target stays as it is',
  description: 'By another key than filed the request. Our own telemetry cannot be exempted.',
  ...secured('requests:approve'),
  request: { params, ...body(ExemptBody) },
  responses: asTask,
});
const retryRoute = createRoute({
  method: 'post',
  path: '/v1/tasks/{id}/retry',
  tags,
  summary: 'Give a task that was given up another round of attempts',
  ...secured('requests:write'),
  request: { params },
  responses: asTask,
});

/** What a deletion job says (core/src/request/worker-protocol.ts), and what an officer says about one target. */
export function taskRoutes(deps: ApiDeps) {
  const byOf = (c: Context<ApiEnv>): By => ({ actor: actorOf(c), now: deps.now() });
  const tenantOf = (c: Context<ApiEnv>) => c.var.caller.tenant.id;

  return newRouter()
    .openapi(claimRoute, async (c) => {
      const { actions, keepsParts = false, ...rest } = c.req.valid('json');
      const claim = { ...rest, keepsParts, ...(actions !== undefined && { actions }), phases: phasesOf(c) };
      const tasks = await deps.requests.claim(tenantOf(c), claim, taskLimits(), byOf(c));
      return c.json({ tasks: tasks.map(asBody) }, 200);
    })
    .openapi(heartbeatRoute, async (c) => {
      const { fence, leaseSeconds } = c.req.valid('json');
      const { id } = c.req.valid('param');
      const leaseUntil = await deps.requests.heartbeat(tenantOf(c), id, fence, leaseSeconds * 1_000, byOf(c));
      return c.json({ leaseUntil }, 200);
    })
    .openapi(announceRoute, async (c) => {
      const { id } = c.req.valid('param');
      return c.json(taskView(await deps.requests.announce(tenantOf(c), id, c.req.valid('json'), byOf(c))), 200);
    })
    .openapi(resultRoute, async (c) => {
      const { id } = c.req.valid('param');
      const result = c.req.valid('json');
      // It ends up in the certificate, which is kept for ever.
      for (const copy of result.cannotErase) refuseIdentifiers('cannotErase', copy);
      const task = await deps.requests.report(tenantOf(c), id, result, taskLimits(), byOf(c));
      return c.json(taskView(task), 200);
    })
    .openapi(failRoute, async (c) => {
      const failure = c.req.valid('json');
      refuseIdentifiers('message', failure.message);
      const task = await deps.requests.fail(tenantOf(c), c.req.valid('param').id, failure, taskLimits(), byOf(c));
      return c.json(taskView(task), 200);
    })
    .openapi(dataRoute, async (c) => {
      const ndjson = new Uint8Array(await c.req.arrayBuffer());
      const rows = countRows(ndjson);
      const { fence } = c.req.valid('query');
      await deps.requests.putData(tenantOf(c), c.req.valid('param').id, fence, ndjson, rows, byOf(c));
      return c.json({ rows }, 200);
    })
    .openapi(exemptRoute, async (c) => {
      const exemption = c.req.valid('json');
      refuseIdentifiers('basis', exemption.basis);
      return c.json(
        taskView(await deps.requests.exempt(tenantOf(c), c.req.valid('param').id, exemption, byOf(c))),
        200,
      );
    })
    .openapi(retryRoute, async (c) => {
      const { id } = c.req.valid('param');
      return c.json(taskView(await deps.requests.retry(tenantOf(c), id, byOf(c))), 200);
    });
}

/** Erasing and verifying are two keys' work: nobody vouches for what they did themselves (compliance E1). */
function phasesOf(c: Context<ApiEnv>): ('execute' | 'verify')[] {
  const { scopes } = c.var.caller;
  return [
    ...(scopes.includes('tasks:work') ? (['execute'] as const) : []),
    ...(scopes.includes('tasks:verify') ? (['verify'] as const) : []),
  ];
}

function asBody(task: ClaimedTask): z.infer<typeof ClaimedTaskBody> {
  const { selectors, tokens, recordRefs, spared, corrections, keeps, ...rest } = task;
  return {
    ...rest,
    ...(keeps === undefined ? {} : { keeps: keeps.map((part) => ({ ...part, categories: [...part.categories] })) }),
    ...(corrections === undefined ? {} : { corrections: [...corrections] }),
    selectors: [...selectors],
    tokens: [...tokens],
    recordRefs: [...recordRefs],
    spared: [...spared],
  };
}
