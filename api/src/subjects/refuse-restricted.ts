import { VestigeError } from '@vestige/core/errors';
import { RESTRICTED_USES, type RestrictedUse } from '@vestige/core/request/reasons';
import type { Context } from 'hono';
import type { ApiDeps } from '../deps.ts';
import { actorOf } from '../http/audited.ts';
import type { ApiEnv } from '../http/env.ts';

const HEADER = 'vestige-restricted-use';

/**
 * Data under a restriction may be stored and nothing else (GDPR Art. 18(2)), unless the caller names one of the four uses
 * that the article leaves open, with a key that may approve requests. Refused and allowed looks are both audited, per
 * person. An objection to some purposes restricts those and not the reading of the data.
 *
 * @param subjectIds everybody the answer tells of; unknown ones are passed over
 * @throws VestigeError `forbidden` with `reason: 'restricted'`
 */
export async function refuseRestricted(
  c: Context<ApiEnv>,
  deps: Pick<ApiDeps, 'aliases' | 'audit' | 'restrictions'>,
  subjectIds: Iterable<string>,
): Promise<void> {
  const tenant = c.var.caller.tenant.id;
  // Restrictions are rare and people in an answer may be many: one question tells that nobody has to be looked for.
  if ((await deps.restrictions.restrictions(tenant, { lifted: false, limit: 1 })).length === 0) return;
  const use = usedFor(c);
  let restricted = 0;
  for (const subjectId of new Set(subjectIds)) {
    const person = await deps.aliases.canonical(tenant, subjectId);
    if (person === null) continue;
    const inForce = await deps.restrictions.inForce(tenant, person.members);
    const restricting = inForce.filter(({ purposes }) => purposes.length === 0);
    if (restricting.length === 0) continue;
    restricted += 1;
    await deps.audit.append(tenant, {
      type: use === null ? 'subject.read_refused' : 'subject.restricted_read',
      actor: actorOf(c),
      object: { kind: 'subject', id: person.subjectId },
      subjectId: person.subjectId,
      payload: { use, restrictions: restricting.map(({ requestId }) => requestId) },
    });
  }
  if (restricted === 0 || use !== null) return;
  const whose = restricted === 1 ? 'this person’s data' : `the data of ${restricted} of these people`;
  throw new VestigeError(
    'forbidden',
    `the processing of ${whose} is restricted (Art. 18 GDPR): a key that may approve requests names the use in the ` +
      `header Vestige-Restricted-Use, one of ${RESTRICTED_USES.join(', ')}`,
    { reason: 'restricted', uses: RESTRICTED_USES },
  );
}

function usedFor(c: Context<ApiEnv>): RestrictedUse | null {
  const named = RESTRICTED_USES.find((use) => use === c.req.header(HEADER));
  return named !== undefined && c.var.caller.scopes.includes('requests:approve') ? named : null;
}
