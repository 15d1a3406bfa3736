import { VestigeError } from '@vestige/core/errors';
import { RESTRICTED_USES, type RestrictedUse } from '@vestige/core/request/reasons';
import type { Context, MiddlewareHandler } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';

/** Paths under which an answer tells of one person. What tells who looked at them is no use of their data. */
export const GUARDED_PATHS = [
  '/v1/subjects/:subjectId',
  '/v1/subjects/:subjectId/lineage',
  '/v1/subjects/:subjectId/timeline',
  '/v1/subjects/:subjectId/accumulation',
  '/v1/subjects/:subjectId/explain',
] as const;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const HEADER = 'vestige-restricted-use';

/**
 * Data under a restriction may be stored and nothing else (GDPR Art. 18(2)), unless the caller names one of the four uses
 * that the article leaves open, with a key that may approve requests. Refused and allowed looks are both audited. An
 * objection to some purposes restricts those and not the reading of the data.
 */
export function restrictionGuard(deps: ApiDeps): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const subjectId = c.req.param('subjectId') ?? '';
    if (!UUID.test(subjectId)) return next();
    const tenant = c.var.caller.tenant.id;
    const person = await deps.aliases.canonical(tenant, subjectId);
    if (person === null) return next();
    const restricting = (await deps.restrictions.inForce(tenant, person.members)).filter(
      ({ purposes }) => purposes.length === 0,
    );
    if (restricting.length === 0) return next();

    const use = usedFor(c);
    await deps.audit.append(tenant, {
      type: use === null ? 'subject.read_refused' : 'subject.restricted_read',
      actor: actorOf(c),
      object: { kind: 'subject', id: person.subjectId },
      subjectId: person.subjectId,
      payload: { use, restrictions: restricting.map(({ requestId }) => requestId) },
    });
    if (use === null) {
      throw new VestigeError(
        'forbidden',
        'the processing of this person’s data is restricted (Art. 18 GDPR): a key that may approve requests names the ' +
          `use in the header Vestige-Restricted-Use, one of ${RESTRICTED_USES.join(', ')}`,
        { reason: 'restricted', uses: RESTRICTED_USES },
      );
    }
    return next();
  };
}

function usedFor(c: Context<ApiEnv>): RestrictedUse | null {
  const named = RESTRICTED_USES.find((use) => use === c.req.header(HEADER));
  return named !== undefined && c.var.caller.scopes.includes('requests:approve') ? named : null;
}
