import { reachesBack } from '@vestige/core/retention/reaches-back';
import type { DueIdentity } from '@vestige/store/retention/retention-store';
import type { Monitored } from './deps.ts';

/** People of one look; ten looks at the most, so that a large tenant does not keep the others waiting. */
const PEOPLE_PER_LOOK = 500;
const LOOKS_MAX = 10;

/**
 * Takes out what leads from tokens to people of whom nothing is left (GDPR Art. 5(1)(e)). In two looks a day apart: after
 * the first one tokens lead nowhere, so that whatever is still being written under the id has been written by the second
 * one, and whoever has something then stays.
 *
 * Nobody is taken out while nothing is left of anybody, or a server holds less than it should, which may be a store that is
 * being restored, nor while a part lies detached: whoever attaches it brings back rows that nobody would be led to.
 *
 * @returns how many people were taken out
 */
export async function identityStep({ deps, tenant }: Monitored): Promise<number> {
  let forgotten = 0;
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const due = await deps.retention.identitiesDue(tenant.id, PEOPLE_PER_LOOK);
    if (due.length === 0) break;
    if ((await deps.verifier.subjectsIn(tenant.id, 'touches', null, 1)).length === 0) break;
    if (!(await isWhole(deps, tenant))) break;
    const present = new Set(
      await deps.verifier.presentAmong(
        tenant.id,
        due.flatMap(({ members }) => members),
      ),
    );
    const verdicts = Map.groupBy(due, (person) => verdictOn(person, present));
    const of = (verdict: Verdict) => (verdicts.get(verdict) ?? []).flatMap(({ members }) => members);
    await deps.retention.judgeIdentities(tenant.id, { keep: of('keep'), leave: of('leave'), forget: of('forget') });
    forgotten += verdicts.get('forget')?.length ?? 0;
  }
  return forgotten;
}

async function isWhole(deps: Monitored['deps'], tenant: Monitored['tenant']): Promise<boolean> {
  if (Object.values(await deps.verifier.detachedParts()).some((parts) => parts > 0)) return false;
  const { servers, limitDays } = await deps.verifier.receivedSince();
  const firstSeen = await deps.retention.firstSeen(tenant.id, limitDays);
  return reachesBack({ servers, firstSeen, limitDays, now: deps.now() });
}

type Verdict = 'keep' | 'leave' | 'forget';

function verdictOn({ members, left, kept }: DueIdentity, present: ReadonlySet<string>): Verdict {
  if (kept || members.some((id) => present.has(id))) return 'keep';
  return left ? 'forget' : 'leave';
}
