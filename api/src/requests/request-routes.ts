import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { RequestId } from '@vestige/core/ids';
import { REQUEST_TYPES } from '@vestige/core/request/request';
import {
  ApproveBody,
  CreateRequestBody,
  ExtendBody,
  HoldBody,
  IdentityBody,
  PauseBody,
  RefuseBody,
  ReopenBody,
} from '@vestige/core/request/request-bodies';
import { OPEN_STATES, REQUEST_STATES } from '@vestige/core/request/request-state';
import { type By, type PlainCommand, REQUEST_ORDERS, type StoredRequest } from '@vestige/store/requests/request-store';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';
import { Instant } from '../http/fields.ts';
import { decodeCursor, encodeCursor, PageQuery, pageOf } from '../http/page.ts';
import { problems } from '../http/problem.ts';
import { newRouter, refuseIdentifiers, secured } from '../http/router.ts';
import { findPeople } from './people.ts';
import { type ReadLineage, readPersonLineage } from './person-lineage.ts';
import { planRequest } from './planning.ts';
import { servedNodes } from './served-nodes.ts';
import { PlanView, planView, RequestView, requestView, TaskView, taskView } from './views.ts';

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const body = <Schema extends z.ZodType>(schema: Schema) => ({ body: { required: true, content: json(schema) } });
const tags = ['requests'];
const params = z.object({ id: RequestId });
const asRequest = { 200: { description: 'The request as it is now', content: json(RequestView) }, ...problems };
const ILLEGAL =
  'An event that is not possible now answers 409 `illegal_transition`; `facts.legal` lists the ones that are.';

const fileRoute = createRoute({
  method: 'post',
  path: '/v1/requests',
  tags,
  summary: 'File a person’s request',
  description: 'Identifiers are kept encrypted while the request is open and destroyed when it ends.',
  ...secured('requests:write'),
  request: body(CreateRequestBody),
  responses: { 201: { description: 'Filed, in state `received`', content: json(RequestView) }, ...problems },
});
const listRoute = createRoute({
  method: 'get',
  path: '/v1/requests',
  tags,
  summary: 'Requests, nearest deadline first',
  ...secured('requests:read'),
  request: {
    query: PageQuery.extend({
      state: z.enum(REQUEST_STATES).optional(),
      type: z.enum(REQUEST_TYPES).optional(),
      open: z.enum(['true', 'false']).default('false').openapi({
        description: '`true`: only those that still need somebody or something',
      }),
      dueBefore: z.iso.date().optional().openapi({ description: 'Exclusive' }),
      order: z.enum(REQUEST_ORDERS).default('due').openapi({
        description: 'By deadline or by filing; with `_last` the last of them first',
      }),
    }),
  },
  responses: { 200: { description: 'One page', content: json(pageOf(RequestView)) }, ...problems },
});
const getRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}',
  tags,
  summary: 'One request, with its clock and progress',
  ...secured('requests:read'),
  request: { params },
  responses: asRequest,
});
const planOfRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/plan',
  tags,
  summary: 'Every place that is asked, in which order',
  ...secured('requests:read'),
  request: { params },
  responses: { 200: { description: 'The current plan', content: json(PlanView) }, ...problems },
});
const tasksRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/tasks',
  tags,
  summary: 'The tasks of the plan that is carried out',
  ...secured('requests:read'),
  request: { params },
  responses: { 200: { description: 'All', content: json(z.object({ items: z.array(TaskView) })) }, ...problems },
});

const eventRoute = <Name extends string, Schema extends z.ZodType>(
  name: Name,
  scope: 'requests:write' | 'requests:approve',
  summary: string,
  schema: Schema,
) =>
  createRoute({
    method: 'post',
    path: `/v1/requests/{id}/${name}` as const,
    tags,
    summary,
    description: ILLEGAL,
    ...secured(scope),
    request: { params, ...body(schema) },
    responses: asRequest,
  });
const plainRoute = <Name extends string>(name: Name, scope: 'requests:write' | 'requests:approve', summary: string) =>
  createRoute({
    method: 'post',
    path: `/v1/requests/{id}/${name}` as const,
    tags,
    summary,
    description: ILLEGAL,
    ...secured(scope),
    request: { params },
    responses: asRequest,
  });

const identityRoute = eventRoute(
  'identity',
  'requests:write',
  'The person was asked, was identified, or did not answer',
  IdentityBody,
);
const planRoute = plainRoute('plan', 'requests:write', 'Plan, or plan again; a changed plan voids the approval');
const approveRoute = eventRoute(
  'approve',
  'requests:approve',
  'Approve the plan of this hash; by another key than filed it',
  ApproveBody,
);
const refuseRoute = eventRoute(
  'refuse',
  'requests:approve',
  'Refuse, with a coded reason and both remedies',
  RefuseBody,
);
const withdrawRoute = plainRoute('withdraw', 'requests:write', 'The person takes the request back');
const extendRoute = eventRoute('extend', 'requests:write', 'The person was told that it takes longer', ExtendBody);
const pauseRoute = eventRoute(
  'pause',
  'requests:write',
  'Wait for the person; stops the clock where the regime allows it',
  PauseBody,
);
const resumeRoute = plainRoute('resume', 'requests:write', 'The person has answered');
const holdRoute = eventRoute('hold', 'requests:approve', 'A legal hold: nothing is destroyed while it lasts', HoldBody);
const releaseRoute = plainRoute('release', 'requests:approve', 'The hold is over');
const suspendRoute = plainRoute('suspend', 'requests:approve', 'Stop all work; the clock runs on');
const unsuspendRoute = plainRoute('unsuspend', 'requests:approve', 'Go on');
const acknowledgeRoute = plainRoute(
  'acknowledge',
  'requests:write',
  'The person was told that the request has arrived',
);
const reopenRoute = eventRoute('reopen', 'requests:write', 'Something was left, came back, or was missed', ReopenBody);

/** Requests and their events (design 06, 07). Each handler names its event; what is possible is decided by the core. */
export function requestRoutes(deps: ApiDeps, readLineage: ReadLineage = readPersonLineage) {
  const views = async (c: Context<ApiEnv>, found: readonly StoredRequest[]) => {
    const tenant = c.var.caller.tenant.id;
    const ids = found.map((request) => request.id);
    const [policy, progress] = await Promise.all([deps.requests.policy(tenant), deps.requests.progress(tenant, ids)]);
    return found.map((request) => requestView(request, policy, progress.get(request.id) ?? {}, deps.now()));
  };
  const view = async (c: Context<ApiEnv>, request: StoredRequest) => {
    const [only] = await views(c, [request]);
    if (!only) throw new VestigeError('internal', 'a request has a view');
    return only;
  };
  const byOf = (c: Context<ApiEnv>): By => ({ actor: actorOf(c), now: deps.now() });
  const event = async (c: Context<ApiEnv>, id: string, command: PlainCommand) =>
    view(c, await deps.requests.decide(c.var.caller.tenant.id, id, command, byOf(c)));
  const plain = (name: 'withdraw' | 'resume' | 'release' | 'suspend' | 'unsuspend' | 'acknowledge') => name;

  return newRouter()
    .openapi(fileRoute, async (c) => {
      const { tenant } = c.var.caller;
      const { identifiers = [], tokens = [], receivedAt, ground, ...given } = c.req.valid('json');
      const received = new Date(receivedAt);
      if (received > deps.now()) throw new VestigeError('bad_request', 'receivedAt lies in the future');
      const people = await findPeople(deps, tenant, { identifiers, tokens });
      const request = await deps.requests.file(
        tenant.id,
        {
          ...given,
          receivedAt: received,
          ground: ground ?? null,
          identifiers,
          tokens,
          subjectIds: people.ambiguous ? [] : people.subjectIds,
        },
        byOf(c),
      );
      return c.json(await view(c, request), 201);
    })
    .openapi(listRoute, async (c) => {
      const { limit, cursor, state, type, open, dueBefore, order } = c.req.valid('query');
      const tenant = c.var.caller.tenant.id;
      const byDay = order === 'due' || order === 'due_last';
      const after = decodeCursor(cursor, z.strictObject({ by: byDay ? z.iso.date() : Instant, id: z.uuid() }));
      const wanted = open === 'true' ? OPEN_STATES : REQUEST_STATES;
      const found = await deps.requests.requests(tenant, {
        after,
        limit: limit + 1,
        order,
        states: state === undefined ? wanted : wanted.filter((each) => each === state),
        ...(type === undefined ? {} : { types: [type] }),
        ...(dueBefore === undefined ? {} : { dueBefore }),
      });
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      const items = await views(c, shown);
      const position = last && { by: byDay ? last.dueOn : last.filedAt.toISOString(), id: last.id };
      return c.json({ items, nextCursor: position ? encodeCursor(position) : null }, 200);
    })
    .openapi(getRoute, async (c) => c.json(await view(c, await requestOf(deps, c)), 200))
    .openapi(planOfRoute, async (c) => {
      const request = await requestOf(deps, c);
      const plan = await deps.requests.plan(c.var.caller.tenant.id, request.id, request.planVersion);
      if (plan === null) throw new VestigeError('not_found', 'the request has no plan yet');
      return c.json(planView(plan, request, await servedNodes(deps, c.var.caller.tenant.id)), 200);
    })
    .openapi(tasksRoute, async (c) => {
      const tasks = await deps.requests.tasks(c.var.caller.tenant.id, c.req.valid('param').id);
      return c.json({ items: tasks.map(taskView) }, 200);
    })

    .openapi(identityRoute, async (c) => {
      const given = c.req.valid('json');
      const { id } = c.req.valid('param');
      if (given.result === 'asked') return c.json(await event(c, id, { event: 'ask_identity' }), 200);
      if (given.result === 'expired') return c.json(await event(c, id, { event: 'expire' }), 200);
      const { method, assurance } = given;
      return c.json(await event(c, id, { event: 'verify_identity', method, assurance }), 200);
    })
    .openapi(planRoute, async (c) => {
      const { tenant } = c.var.caller;
      const request = await planRequest(deps, readLineage, tenant, await requestOf(deps, c), byOf(c));
      if (request.attention === 'ambiguous_identifiers') {
        throw new VestigeError('conflict', 'the identifiers lead to more than one person; link them or file one each', {
          attention: request.attention,
        });
      }
      return c.json(await view(c, request), 200);
    })
    .openapi(approveRoute, async (c) => {
      const { planHash } = c.req.valid('json');
      return c.json(await event(c, c.req.valid('param').id, { event: 'approve', planHash }), 200);
    })
    .openapi(refuseRoute, async (c) => {
      const { code, complaintAuthority, evidence } = c.req.valid('json');
      refuseIdentifiers('complaintAuthority', complaintAuthority);
      if (evidence !== undefined) refuseIdentifiers('evidence', evidence);
      const refusal = { code, complaintAuthority, ...(evidence === undefined ? {} : { evidence }) };
      const request = await deps.requests.refuse(c.var.caller.tenant.id, c.req.valid('param').id, refusal, byOf(c));
      return c.json(await view(c, request), 200);
    })
    .openapi(withdrawRoute, async (c) =>
      c.json(await event(c, c.req.valid('param').id, { event: plain('withdraw') }), 200),
    )
    .openapi(extendRoute, async (c) =>
      c.json(await event(c, c.req.valid('param').id, { event: 'extend', reason: c.req.valid('json').code }), 200),
    )
    .openapi(pauseRoute, async (c) =>
      c.json(await event(c, c.req.valid('param').id, { event: 'pause', ...c.req.valid('json') }), 200),
    )
    .openapi(resumeRoute, async (c) => c.json(await event(c, c.req.valid('param').id, { event: plain('resume') }), 200))
    .openapi(holdRoute, async (c) => {
      const hold = c.req.valid('json');
      refuseIdentifiers('matter', hold.matter);
      return c.json(await event(c, c.req.valid('param').id, { event: 'hold', ...hold }), 200);
    })
    .openapi(releaseRoute, async (c) =>
      c.json(await event(c, c.req.valid('param').id, { event: plain('release') }), 200),
    )
    .openapi(suspendRoute, async (c) =>
      c.json(await event(c, c.req.valid('param').id, { event: plain('suspend') }), 200),
    )
    .openapi(unsuspendRoute, async (c) =>
      c.json(await event(c, c.req.valid('param').id, { event: plain('unsuspend') }), 200),
    )
    .openapi(acknowledgeRoute, async (c) =>
      c.json(await event(c, c.req.valid('param').id, { event: plain('acknowledge') }), 200),
    )
    .openapi(reopenRoute, async (c) => {
      const { tenant } = c.var.caller;
      const { identifiers = [], tokens = [], corrections, reason } = c.req.valid('json');
      const { id, type } = await requestOf(deps, c);
      if ((corrections !== undefined) !== (type === 'rectification')) {
        throw new VestigeError('bad_request', 'a rectification says anew what is right, and nothing else does');
      }
      if (reason === 'lifted' && (await deps.restrictions.ofRequest(tenant.id, id))?.lifted == null) {
        throw new VestigeError('conflict', 'no restriction of this request was lifted');
      }
      await findPeople(deps, tenant, { identifiers, tokens });
      const selectors = { identifiers, tokens, corrections };
      const request = await deps.requests.reopen(tenant.id, id, selectors, reason, byOf(c));
      return c.json(await view(c, request), 200);
    });
}

/** @throws VestigeError `not_found`, also for another tenant's request (ruling 34) */
async function requestOf(deps: ApiDeps, c: Context<ApiEnv>): Promise<StoredRequest> {
  const { id } = c.req.valid('param' as never) as { id: string };
  const request = await deps.requests.request(c.var.caller.tenant.id, id);
  if (!request) throw new VestigeError('not_found', 'no such request');
  return request;
}
