import { createRoute, z } from '@hono/zod-openapi';
import { TaskId } from '@vestige/core/ids';
import { readSignedHeaders } from '@vestige/core/opendsr/signature';
import type { ProcessorCertificates } from '@vestige/outbound/processor-certificate';
import type { StoredDelegation } from '@vestige/store/opendsr/delegation-store';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';
import { judgeCallback } from './hear-processor.ts';

const HEARD = ['working', 'attested', 'partial', 'refused', 'cancelled'] as const;
const DelegationView = z
  .object({
    taskId: TaskId,
    requestId: z.uuid(),
    node: z.string(),
    channel: z.string(),
    processor: z.string(),
    baseUrl: z.string(),
    reference: z.string(),
    heard: z
      .enum([...HEARD, 'silent'])
      .openapi({ description: 'The processor’s word. `attested` is no proof that anything is gone' }),
    submittedAt: z.iso.datetime(),
    expectedAt: z.iso.datetime(),
    dueAt: z.iso.datetime(),
    heardAt: z.iso.datetime().nullable(),
    escalated: z.int(),
  })
  .openapi('Delegation');

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const awaitedRoute = createRoute({
  method: 'post',
  path: '/v1/delegations/awaited',
  tags: ['tasks'],
  summary: 'Work of your nodes that outside processors still have',
  ...secured('tasks:work'),
  request: {
    body: {
      required: true,
      content: json(
        z.strictObject({
          stores: z.array(z.string().min(1).max(1024)).min(1).max(100),
          max: z.int().min(1).max(100),
        }),
      ),
    },
  },
  responses: {
    200: { description: 'Longest unheard first', content: json(z.object({ items: z.array(DelegationView) })) },
    ...problems,
  },
});
const heardRoute = createRoute({
  method: 'post',
  path: '/v1/delegations/{id}/heard',
  tags: ['tasks'],
  summary: 'What the processor answered when it was asked',
  description: 'The same transition as its callback. An answer stands; saying it twice changes nothing.',
  ...secured('tasks:work'),
  request: {
    params: z.object({ id: TaskId }),
    body: { required: true, content: json(z.strictObject({ heard: z.enum(HEARD), expectedAt: z.iso.datetime() })) },
  },
  responses: { 200: { description: 'As it is now', content: json(DelegationView) }, ...problems },
});

export function delegationRoutes(deps: ApiDeps) {
  return newRouter()
    .openapi(awaitedRoute, async (c) => {
      const { stores, max } = c.req.valid('json');
      const items = await deps.delegations.awaited(c.var.caller.tenant.id, stores, max);
      return c.json({ items: items.map(view) }, 200);
    })
    .openapi(heardRoute, async (c) => {
      const { heard, expectedAt } = c.req.valid('json');
      const said = { heard, expectedAt: new Date(expectedAt), by: 'poll' as const };
      const by = { actor: actorOf(c), now: deps.now() };
      const { id } = c.req.valid('param');
      return c.json(view(await deps.delegations.hear(c.var.caller.tenant.id, id, said, by)), 200);
    });
}

/** Where processors call back: `/opendsr/callbacks/{tenant}/{task}`. Its signature is the key; nothing is told to others. */
export function processorCallbackRoutes(deps: ApiDeps, certificates: ProcessorCertificates) {
  return newRouter().post('/opendsr/callbacks/:tenant/:task', async (c) => {
    const tenants = await deps.tenants.tenants();
    const tenant = tenants.find(({ id }) => String(id) === c.req.param('tenant'));
    const task = TaskId.safeParse(c.req.param('task'));
    const delegation = tenant && task.success ? await deps.delegations.find(tenant.id, task.data) : null;
    if (!tenant || !delegation) return c.body(null, 401);
    const headers = readSignedHeaders((name) => c.req.header(name));
    const raw = new Uint8Array(await c.req.arrayBuffer());
    const verdict = await judgeCallback(certificates, delegation, { ...headers, raw });
    if (!verdict.accepted) {
      c.var.log?.warn({ task: delegation.taskId, why: verdict.why }, 'opendsr: a callback was refused');
      return c.body(null, verdict.status);
    }
    const said = {
      heard: verdict.heard,
      expectedAt: new Date(verdict.answer.expected_completion_time),
      by: 'callback' as const,
    };
    const by = { actor: `processor:${delegation.processor}`, now: deps.now() };
    await deps.delegations.hear(tenant.id, delegation.taskId, said, by);
    return c.body(null, 202);
  });
}

const view = ({ callbackUrl: _, ...delegation }: StoredDelegation): z.infer<typeof DelegationView> => ({
  ...delegation,
  taskId: TaskId.parse(delegation.taskId),
  submittedAt: delegation.submittedAt.toISOString(),
  expectedAt: delegation.expectedAt.toISOString(),
  dueAt: delegation.dueAt.toISOString(),
  heardAt: delegation.heardAt?.toISOString() ?? null,
});
