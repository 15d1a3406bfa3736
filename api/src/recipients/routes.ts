import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { RequestId } from '@vestige/core/ids';
import type { RecipientNotice } from '@vestige/core/notice/recipient-notice';
import type { By } from '@vestige/store/requests/request-store';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { actorOf, auditRead } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';
import { problems } from '../http/problem.ts';
import { newRouter, refuseIdentifiers, secured } from '../http/router.ts';
import {
  AcknowledgeBody,
  ExcuseBody,
  Hold,
  HoldBody,
  PartyName,
  RecipientView,
  recipientView,
  SendBody,
} from './schemas.ts';

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const all = <Schema extends z.ZodType>(schema: Schema) => json(z.object({ items: z.array(schema) }));
const body = <Schema extends z.ZodType>(schema: Schema) => ({ body: { required: true, content: json(schema) } });
const tags = ['recipients'];
const params = z.object({ id: RequestId, party: PartyName });
const asRecipient = { 200: { description: 'The recipient as it is now', content: json(RecipientView) }, ...problems };
const DUE_MAX = 1_000;

const listRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/recipients',
  tags,
  summary: 'Who received the person’s data, and how each was told (GDPR Art. 19)',
  description: 'What the person may ask for. Needs a purpose, and is in the audit trail.',
  ...secured('requests:read'),
  request: { params: z.object({ id: RequestId }) },
  responses: { 200: { description: 'One row per party', content: all(RecipientView) }, ...problems },
});
const sendRoute = createRoute({
  method: 'post',
  path: '/v1/requests/{id}/recipients/{party}/notice',
  tags,
  summary: 'This recipient was told',
  description: 'Once per party, whichever of its nodes received data. Sending again is recorded again.',
  ...secured('requests:write'),
  request: { params, ...body(SendBody) },
  responses: asRecipient,
});
const acknowledgeRoute = createRoute({
  method: 'post',
  path: '/v1/requests/{id}/recipients/{party}/acknowledgement',
  tags,
  summary: 'What the recipient answered',
  ...secured('requests:write'),
  request: { params, ...body(AcknowledgeBody) },
  responses: asRecipient,
});
const excuseRoute = createRoute({
  method: 'post',
  path: '/v1/requests/{id}/recipients/{party}/excuse',
  tags,
  summary: 'Why this recipient cannot be told',
  description: 'By another key than filed the request. Art. 19 knows two reasons: impossible, disproportionate.',
  ...secured('requests:approve'),
  request: { params, ...body(ExcuseBody) },
  responses: asRecipient,
});
const dueRoute = createRoute({
  method: 'get',
  path: '/v1/recipient-notices/again',
  tags,
  summary: 'Notices that have to be sent again, because a hold on the recipient was lifted',
  ...secured('requests:read'),
  responses: {
    200: {
      description: `Longest waiting first; at most ${DUE_MAX}`,
      content: all(z.object({ requestId: RequestId, recipient: RecipientView })),
    },
    ...problems,
  },
});
const holdsRoute = createRoute({
  method: 'get',
  path: '/v1/recipient-holds',
  tags,
  summary: 'Recipients that are ordered to keep what they were told to erase',
  ...secured('governance:read'),
  responses: { 200: { description: 'All, lifted ones too', content: all(Hold) }, ...problems },
});
const noteHoldRoute = createRoute({
  method: 'post',
  path: '/v1/recipient-holds',
  tags,
  summary: 'A recipient is ordered to keep data, e.g. by a court',
  ...secured('governance:write'),
  request: body(HoldBody),
  responses: { 201: { description: 'Noted', content: json(Hold) }, ...problems },
});
const liftHoldRoute = createRoute({
  method: 'post',
  path: '/v1/recipient-holds/lift',
  tags,
  summary: 'The order is over: every notice it stood in the way of has to be sent again',
  ...secured('governance:write'),
  request: body(z.strictObject({ party: PartyName, liftedOn: z.iso.date() })),
  responses: { 200: { description: 'How many', content: json(z.object({ again: z.int() })) }, ...problems },
});

/** Notices to recipients. The workflow completes a request only when each party was told or excused. */
export function recipientRoutes(deps: ApiDeps) {
  const byOf = (c: Context<ApiEnv>): By => ({ actor: actorOf(c), now: deps.now() });
  const tenantOf = (c: Context<ApiEnv>) => c.var.caller.tenant.id;
  const viewed = async (c: Context<ApiEnv>, notices: readonly RecipientNotice[]): Promise<RecipientView[]> => {
    const [parties, holds] = await Promise.all([deps.registry.parties(tenantOf(c)), deps.notices.holds(tenantOf(c))]);
    return notices.map((notice) => recipientView(notice, parties, holds));
  };
  const one = async (c: Context<ApiEnv>, notice: RecipientNotice): Promise<RecipientView> => {
    const [view] = await viewed(c, [notice]);
    if (view === undefined) throw new VestigeError('internal', 'a recipient has no view');
    return view;
  };
  const past = (instant: string): Date => {
    const at = new Date(instant);
    if (at > deps.now()) throw new VestigeError('bad_request', 'this time has not come yet');
    return at;
  };

  return newRouter()
    .openapi(listRoute, async (c) => {
      const { id } = c.req.valid('param');
      const request = await deps.requests.request(tenantOf(c), id);
      if (!request) throw new VestigeError('not_found', 'no such request');
      const subjectId = request.subjectIds[0] ?? null;
      await auditRead(c, deps.audit, { type: 'subject.recipients_read', subjectId, requestId: id });
      return c.json({ items: await viewed(c, await deps.notices.notices(tenantOf(c), id)) }, 200);
    })
    .openapi(sendRoute, async (c) => {
      const { id, party } = c.req.valid('param');
      const { channel, sentAt } = c.req.valid('json');
      const sent = { channel, at: past(sentAt) };
      return c.json(await one(c, await deps.notices.send(tenantOf(c), id, party, sent, byOf(c))), 200);
    })
    .openapi(acknowledgeRoute, async (c) => {
      const { id, party } = c.req.valid('param');
      const { acknowledgement, at } = c.req.valid('json');
      const said = { as: acknowledgement, at: past(at) };
      return c.json(await one(c, await deps.notices.acknowledge(tenantOf(c), id, party, said, byOf(c))), 200);
    })
    .openapi(excuseRoute, async (c) => {
      const { id, party } = c.req.valid('param');
      const excuse = c.req.valid('json');
      refuseIdentifiers('basis', excuse.basis);
      return c.json(await one(c, await deps.notices.excuse(tenantOf(c), id, party, excuse, byOf(c))), 200);
    })
    .openapi(dueRoute, async (c) => {
      const due = await deps.notices.dueAgain(tenantOf(c), DUE_MAX);
      const views = await viewed(c, due);
      const items = due.flatMap(({ requestId }, at) => {
        const recipient = views[at];
        return recipient ? [{ requestId: RequestId.parse(requestId), recipient }] : [];
      });
      return c.json({ items }, 200);
    })
    .openapi(holdsRoute, async (c) => c.json({ items: await deps.notices.holds(tenantOf(c)) }, 200))
    .openapi(noteHoldRoute, async (c) => {
      const hold = c.req.valid('json');
      refuseIdentifiers('matter', hold.matter);
      await deps.notices.noteHold(tenantOf(c), hold, byOf(c));
      return c.json({ ...hold, liftedOn: null }, 201);
    })
    .openapi(liftHoldRoute, async (c) => {
      const { party, liftedOn } = c.req.valid('json');
      return c.json(await deps.notices.liftHold(tenantOf(c), party, liftedOn, byOf(c)), 200);
    });
}
