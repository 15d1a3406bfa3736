import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { RequestId } from '@vestige/core/ids';
import { explainWait, WAIT_CODES } from '@vestige/core/request/explain-wait';
import { isEnded } from '@vestige/core/request/outcome';
import { isHoldable } from '@vestige/core/request/request-type';
import type { StoredRequest, StoredTask } from '@vestige/store/requests/request-store';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';
import { Instant } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';
import { servedNodes } from './served-nodes.ts';

const WaitView = z
  .object({
    code: z.enum(WAIT_CODES),
    who: z.enum(['officer', 'approver', 'operator', 'person', 'nobody']),
    says: z.string(),
    do: z.string().nullable().openapi({ description: 'What gets it going; null where time alone helps' }),
    nodes: z.array(z.string()).optional(),
    count: z.int().optional(),
    until: Instant.optional(),
  })
  .openapi('Wait');
const CountView = z
  .object({
    node: z.string(),
    state: z.enum(['waiting', 'counting', 'counted', 'failed']),
    found: z.int().nullable(),
    failure: z.string().nullable(),
  })
  .openapi('DryRunCount');
const DryRun = z
  .object({
    done: z.boolean().openapi({ description: 'Plan again now: the plan then holds the counts, and so does its hash' }),
    items: z.array(CountView),
    irreversible: z.boolean().openapi({ description: 'What would follow the approval destroys or overwrites data' }),
  })
  .openapi('DryRun');
const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const tags = ['requests'];
const params = z.object({ id: RequestId });

const whyRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/why',
  tags,
  summary: 'What this request waits for, and what would get it going',
  ...secured('requests:read'),
  request: { params },
  responses: {
    200: {
      description: 'Most important first; empty while the next step is being taken',
      content: json(z.object({ state: z.string(), waits: z.array(WaitView) })),
    },
    ...problems,
  },
});
const startDryRunRoute = createRoute({
  method: 'post',
  path: '/v1/requests/{id}/dry-run',
  tags,
  summary: 'Count at every place of the plan, and change nothing',
  description: 'Workers count under leases like any other task. Asked again, what failed is counted again.',
  ...secured('requests:write'),
  request: { params },
  responses: { 202: { description: 'Under way', content: json(DryRun) }, ...problems },
});
const dryRunRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/dry-run',
  tags,
  summary: 'What was counted so far',
  ...secured('requests:read'),
  request: { params },
  responses: { 200: { description: 'Empty when none was started', content: json(DryRun) }, ...problems },
});

/** What an officer asks before approving, and while nothing seems to happen. */
export function waitingRoutes(deps: ApiDeps) {
  const requestOf = async (c: Context<ApiEnv>, id: string): Promise<StoredRequest> => {
    const request = await deps.requests.request(c.var.caller.tenant.id, id);
    if (!request) throw new VestigeError('not_found', 'no such request');
    return request;
  };

  return newRouter()
    .openapi(whyRoute, async (c) => {
      const request = await requestOf(c, c.req.valid('param').id);
      const tenant = c.var.caller.tenant.id;
      const [tasks, plan, policy, covering, served] = await Promise.all([
        deps.requests.tasks(tenant, request.id),
        deps.requests.plan(tenant, request.id),
        deps.requests.policy(tenant),
        isHoldable(request.type) ? deps.holds.covering(tenant, request.subjectIds) : [],
        servedNodes(deps, tenant),
      ]);
      const stateOf = new Map(tasks.map((task) => [task.node, task.state]));
      const own = request.hold === null || !isHoldable(request.type) ? [] : [request.hold];
      const waits = explainWait({
        state: request.state,
        type: request.type,
        identified: request.identity !== null,
        planHash: request.planHash,
        paused: request.paused,
        suspended: request.suspended,
        workPaused: policy.workPaused,
        holds: [
          ...own.map(({ matter }) => ({ matter, nodes: [] })),
          ...covering.map(({ matter, nodes }) => ({ matter, nodes })),
        ],
        // Of a plan that is made anew, nobody knows yet.
        places: request.planHash === null ? null : (plan?.plan.targets.map(({ node }) => node) ?? null),
        attention: request.attention,
        now: deps.now(),
        tasks: tasks.map((task) => ({
          node: task.node,
          action: task.action,
          state: task.state,
          own: task.origin === 'own',
          served: task.origin === 'own' || served(task),
          waitsFor: task.upstream.filter((node) => !isEnded(stateOf.get(node) ?? 'blocked')),
          notBefore: task.notBefore,
          since: task.updatedAt,
          lease: task.lease,
          failure: task.failure,
        })),
      });
      const shown = waits.map(({ nodes, ...wait }) => (nodes === undefined ? wait : { ...wait, nodes: [...nodes] }));
      return c.json({ state: request.state, waits: shown }, 200);
    })
    .openapi(startDryRunRoute, async (c) => {
      const { id } = c.req.valid('param');
      const tenant = c.var.caller.tenant.id;
      const by = { actor: actorOf(c), now: deps.now() };
      const tasks = await deps.requests.startDryRun(tenant, id, await servedNodes(deps, tenant), by);
      return c.json(dryRunView(await requestOf(c, id), tasks), 202);
    })
    .openapi(dryRunRoute, async (c) => {
      const request = await requestOf(c, c.req.valid('param').id);
      return c.json(dryRunView(request, await deps.requests.dryRun(c.var.caller.tenant.id, request.id)), 200);
    });
}

function dryRunView(request: StoredRequest, tasks: readonly StoredTask[]): z.infer<typeof DryRun> {
  const items = tasks.map(({ node, state, counts, failure }) => ({
    node,
    state: countState(state),
    found: state === 'executed' ? (counts?.found ?? null) : null,
    failure: failure?.code ?? null,
  }));
  const done = items.length > 0 && items.every(({ state }) => state === 'counted' || state === 'failed');
  return { done, items, irreversible: isHoldable(request.type) };
}

function countState(state: StoredTask['state']): z.infer<typeof CountView>['state'] {
  if (state === 'executed') return 'counted';
  if (state === 'failed_final') return 'failed';
  return state === 'leased' ? 'counting' : 'waiting';
}
