import { createRoute } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { PrivacyNotice } from '@vestige/core/package/notice';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';

const content = { 'application/json': { schema: PrivacyNotice.openapi('PrivacyNotice') } };

const readRoute = createRoute({
  method: 'get',
  path: '/v1/privacy-notice',
  tags: ['registry'],
  summary: 'What the controller says of itself, its purposes and its stores in words',
  ...secured('governance:read'),
  responses: { 200: { description: 'In force', content }, ...problems },
});
const putRoute = createRoute({
  method: 'put',
  path: '/v1/privacy-notice',
  tags: ['registry'],
  summary: 'Replace what the controller says; audited',
  description:
    'Art. 13 and 14, repeated to each person in an access answer. Which stores and fields are provided by the person and ' +
    'used on consent or contract decides what a portability package holds (Art. 20).',
  ...secured('governance:write'),
  request: { body: { required: true, content } },
  responses: { 200: { description: 'In force', content }, ...problems },
});

/** The facts that no span shows and every answer owes (Art. 13, 14, 15). */
export function noticeRoutes(deps: Pick<ApiDeps, 'registry'>) {
  return newRouter()
    .openapi(readRoute, async (c) => {
      const notice = await deps.registry.privacyNotice(c.var.caller.tenant.id);
      if (notice === null) throw new VestigeError('not_found', 'nothing has been declared yet');
      return c.json(notice, 200);
    })
    .openapi(putRoute, async (c) => {
      const notice = c.req.valid('json');
      await deps.registry.putPrivacyNotice(c.var.caller.tenant.id, notice, {
        type: 'notice.put',
        actor: actorOf(c),
        object: { kind: 'notice', id: 'privacy' },
        payload: { stores: notice.stores.length, purposes: notice.purposes.length },
      });
      return c.json(notice, 200);
    });
}
