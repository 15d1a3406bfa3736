import { createRoute, z } from '@hono/zod-openapi';
import { VestigeError } from '@vestige/core/errors';
import { ASSURANCE_LEVELS, PROOF_DAYS_MAX, PROOF_KINDS } from '@vestige/core/request/identity-policy';
import type { RequestPolicy } from '@vestige/store/requests/request-store';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import { problems } from '../http/problem.ts';
import { newRouter, secured } from '../http/router.ts';

const level = z.enum(ASSURANCE_LEVELS);
const Identity = z
  .strictObject({
    requiredAssurance: z
      .strictObject({
        access: level,
        portability: level,
        erasure: level,
        restriction: level,
        objection: level,
        rectification: level,
      })
      .openapi({ description: 'How sure one must be before a request of the type goes on' }),
    proofKinds: z.array(z.enum(PROOF_KINDS)).max(PROOF_KINDS.length).openapi({
      description: 'What may be attached to a request as proof. Copies of documents only where they are needed.',
    }),
    proofDays: z.int().min(1).max(PROOF_DAYS_MAX).openapi({
      description: 'An undecided proof is destroyed after so many days',
    }),
  })
  .openapi('IdentityPolicy', { description: 'Left out of a new policy: the protective defaults' });

const Policy = z
  .strictObject({
    singleKeyApproval: z.boolean().openapi({
      description: 'One key may both file and approve. Every approval and certificate under this says so.',
    }),
    timeZone: z.string().min(1).max(64).openapi({ example: 'Europe/Paris' }),
    holidays: z.array(z.iso.date()).max(1_000).nullable().openapi({
      description: 'Public holidays of the controller’s establishment; null for the euro payment system’s closing days',
    }),
    packageDays: z.int().min(1).max(90),
    identity: Identity.optional(),
  })
  .openapi('RequestPolicy');
const content = { 'application/json': { schema: Policy } };

const readRoute = createRoute({
  method: 'get',
  path: '/v1/request-policy',
  tags: ['requests'],
  summary: 'How this tenant handles requests',
  ...secured('governance:read'),
  responses: { 200: { description: 'In force', content }, ...problems },
});
const putRoute = createRoute({
  method: 'put',
  path: '/v1/request-policy',
  tags: ['requests'],
  summary: 'Replace the policy; audited',
  ...secured('admin'),
  request: { body: { required: true, content } },
  responses: { 200: { description: 'In force', content }, ...problems },
});

/** Four eyes or one key, the working calendar, how long a package lives, how sure one must be of whom. */
export function policyRoutes(deps: ApiDeps) {
  return newRouter()
    .openapi(readRoute, async (c) => c.json(shown(await deps.requests.policy(c.var.caller.tenant.id)), 200))
    .openapi(putRoute, async (c) => {
      const { identity, ...rest } = c.req.valid('json');
      const policy = { ...rest, ...(identity && { identity }) };
      if (!isTimeZone(policy.timeZone)) throw new VestigeError('bad_request', 'timeZone is no IANA time zone');
      await deps.requests.putPolicy(c.var.caller.tenant.id, policy, { actor: actorOf(c), now: deps.now() });
      return c.json(shown(await deps.requests.policy(c.var.caller.tenant.id)), 200);
    });
}

function shown(policy: RequestPolicy): z.infer<typeof Policy> {
  const { singleKeyApproval, timeZone, holidays, packageDays, identity } = policy;
  return {
    singleKeyApproval,
    timeZone,
    holidays: holidays === null ? null : [...holidays],
    packageDays,
    identity: { ...identity, proofKinds: [...identity.proofKinds] },
  };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
