import { createRoute, z } from '@hono/zod-openapi';
import { RequestId } from '@vestige/core/ids';
import { REFUSAL_REASONS, type RefusalReason } from '@vestige/core/request/request';
import { REQUEST_STATES, type RequestEvent } from '@vestige/core/request/request-state';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';

/** The events that a person brings about by a call, and the scope it needs. All others are the workflow's. */
const SCOPE_OF = {
  ask_identity: 'requests:write',
  verify_identity: 'requests:write',
  expire: 'requests:write',
  plan: 'requests:write',
  approve: 'requests:approve',
  refuse: 'requests:approve',
  withdraw: 'requests:write',
  reopen: 'requests:write',
  pause: 'requests:write',
  resume: 'requests:write',
  hold: 'requests:approve',
  release: 'requests:approve',
  suspend: 'requests:approve',
  unsuspend: 'requests:approve',
  extend: 'requests:write',
  acknowledge: 'requests:write',
} as const satisfies Partial<Record<RequestEvent, string>>;
type PersonsEvent = keyof typeof SCOPE_OF;
const EVENTS = Object.keys(SCOPE_OF) as [PersonsEvent, ...PersonsEvent[]];

const NextEvent = z
  .object({
    event: z.enum(EVENTS),
    scope: z.enum(['requests:write', 'requests:approve']),
    mayKey: z.boolean().openapi({ description: 'The key of this call has the scope' }),
    objection: z
      .object({ reason: z.enum(Object.keys(REFUSAL_REASONS) as [RefusalReason, ...RefusalReason[]]), says: z.string() })
      .nullable()
      .openapi({ description: 'What stands in its way although the state knows it; null where nothing does' }),
  })
  .openapi('NextEvent');

const nextRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/next',
  tags: ['requests'],
  summary: 'What may happen to this request next, and by whom',
  description:
    'Every event that its state knows and a person brings about. What an event carries is judged when it comes: another ' +
    'plan hash is refused, and so is a refusal as unfounded by who filed the request.',
  ...secured('requests:read'),
  request: { params: z.object({ id: RequestId }) },
  responses: {
    200: {
      description: 'As it is now, for the key of this call',
      content: {
        'application/json': {
          schema: z.object({
            state: z.enum(REQUEST_STATES),
            events: z.array(NextEvent),
            isSecondPerson: z.boolean().openapi({
              description: 'Whoever holds this key may approve, exempt and sign off what its filer may not',
            }),
          }),
        },
      },
    },
    ...problems,
  },
});

/** For whoever draws buttons: what the state machine would say, asked before and not after. */
export function nextRoutes(deps: ApiDeps) {
  return newRouter().openapi(nextRoute, async (c) => {
    const { id } = c.req.valid('param');
    const { tenant, scopes } = c.var.caller;
    const { state, events, isSecondPerson } = await deps.requests.next(tenant.id, id, {
      actor: actorOf(c),
      now: deps.now(),
    });
    const known = events.flatMap(({ event, objection }) => (isPersons(event) ? [{ event, objection }] : []));
    return c.json(
      {
        state,
        events: known.map(({ event, objection }) => ({
          event,
          scope: SCOPE_OF[event],
          mayKey: scopes.includes(SCOPE_OF[event]),
          objection: objection && { reason: objection, says: REFUSAL_REASONS[objection] },
        })),
        isSecondPerson,
      },
      200,
    );
  });
}

const isPersons = (event: RequestEvent): event is PersonsEvent => event in SCOPE_OF;
