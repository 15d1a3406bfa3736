import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { RequestId } from '@vestige/core/ids';
import { EXEMPTIONS_MAX, ExemptionBody, exemptionsHash, PlanExemption } from '@vestige/core/request/exemption';
import { REQUEST_STATES } from '@vestige/core/request/request-state';
import type { StoredRequest } from '@vestige/store/requests/request-store';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import { spelledNode } from '../http/fields.ts';
import { problems } from '../http/problem.ts';
import { newRouter, refuseIdentifiers, secured } from '../http/router.ts';

const tags = ['requests'];
const params = z.object({ id: RequestId });
const Exemptions = z
  .object({
    state: z.enum(REQUEST_STATES),
    planHash: z.string().nullable().openapi({ description: 'Of the plan that holds them; null before there is one' }),
    hash: z.string().openapi({ description: 'Of the list, for `replaces`' }),
    items: z.array(z.strictObject(PlanExemption.shape).openapi('PlanExemption')),
  })
  .openapi('Exemptions');
const content = { 'application/json': { schema: Exemptions } };

const ExemptionsBody = z.strictObject({
  items: z.array(ExemptionBody).max(EXEMPTIONS_MAX),
  replaces: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional()
    .openapi({ description: 'The `hash` of the list this one was made from; 409 when it is no longer that one' }),
});

const readRoute = createRoute({
  method: 'get',
  path: '/v1/requests/{id}/exemptions',
  tags,
  summary: 'What stays although the person asked',
  ...secured('requests:read'),
  request: { params },
  responses: { 200: { description: 'As entered', content }, ...problems },
});
const putRoute = createRoute({
  method: 'put',
  path: '/v1/requests/{id}/exemptions',
  tags,
  summary: 'Say what stays, by place, category and time, while assessing',
  description:
    'Replaces the list, and the plan with it: an approval of the plan before is void. Whoever enters one does not approve ' +
    'the plan. A place without categories and days stays as a whole; otherwise its rest is erased by workers that can tell ' +
    'the two apart, and by no other. GDPR Art. 17(3).',
  ...secured('requests:write'),
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': { schema: ExemptionsBody },
      },
    },
  },
  responses: { 200: { description: 'In the plan', content }, ...problems },
});

/** Exemptions before the approval (research/compliance.md D1). Those of single tasks come later: `task-routes.ts`. */
export function exemptionRoutes(deps: ApiDeps) {
  return newRouter()
    .openapi(readRoute, async (c) => {
      const request = await deps.requests.request(c.var.caller.tenant.id, c.req.valid('param').id);
      if (request === null) throw new VestigeError('not_found', 'no such request');
      return c.json(shown(request), 200);
    })
    .openapi(putRoute, async (c) => {
      const { items: given, replaces } = c.req.valid('json');
      const items = given.map(({ node, ...rest }) => {
        // Kept in the plan and in the audit trail.
        refuseIdentifiers('basis', rest.basis);
        refuseIdentifiers('node', node);
        return { ...rest, node: spelledNode('node', node) };
      });
      const by = { actor: actorOf(c), now: deps.now(), replaces };
      const { id } = c.req.valid('param');
      return c.json(shown(await deps.requests.putExemptions(c.var.caller.tenant.id, id, items, by)), 200);
    });
}

function shown({ state, planHash, exemptions }: StoredRequest): z.infer<typeof Exemptions> {
  return {
    state,
    planHash,
    hash: exemptionsHash(exemptions),
    items: exemptions.map((each) => ({ ...each, categories: [...each.categories] })),
  };
}
