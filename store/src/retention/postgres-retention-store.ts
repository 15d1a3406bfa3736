import type { TenantId } from '@vestige/core/ids';
import type { JudgedRetention } from '@vestige/core/retention/judge-retention';
import { and, asc, desc, eq, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { tidyIdempotency } from '../control/postgres-idempotency-store.ts';
import { putFindings } from '../control/put-finding.ts';
import { holdVersion, tidySuppression } from '../control/suppression.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { whileContended } from '../retry-contention.ts';
import { retentionProofs } from '../tables/retention-proofs.ts';
import { firstSeen, forgetIdentities, identitiesDue, keepIdentities, leaveIdentities } from './leaving-identities.ts';
import { postgresAges } from './postgres-ages.ts';
import type { RetentionStore } from './retention-store.ts';

/** A yearly audit finds every day of its year. */
const PROOFS_KEPT_DAYS = 400;

export function postgresRetentionStore(db: Database): RetentionStore {
  return {
    readings: (tenant) => withTenant(db, tenant, (tx) => postgresAges(tx, tenant)),

    tidy: (tenant) =>
      withTenant(db, tenant, async (tx) => {
        await tidySuppression(tx, tenant);
        await tidyIdempotency(tx, tenant);
        await tx
          .delete(retentionProofs)
          .where(
            and(
              eq(retentionProofs.tenant, tenant),
              sql`${retentionProofs.day} < current_date - ${PROOFS_KEPT_DAYS}::int`,
            ),
          );
      }),

    firstSeen: (tenant, withinDays) => withTenant(db, tenant, (tx) => firstSeen(tx, tenant, withinDays)),

    identitiesDue: (tenant, limit) => withTenant(db, tenant, (tx) => identitiesDue(tx, tenant, limit)),

    judgeIdentities: (tenant, { keep, leave, forget }) =>
      whileContended(() =>
        withTenant(db, tenant, async (tx) => {
          // Before anything else, as an erasure does; and aliases before people, as links do.
          await holdVersion(tx, tenant);
          await leaveIdentities(tx, tenant, leave);
          await forgetIdentities(tx, tenant, forget);
          await keepIdentities(tx, tenant, keep);
        }),
      ),

    prove: (tenant, day, judged) =>
      withTenant(db, tenant, async (tx) => {
        const written = await tx
          .insert(retentionProofs)
          .values(judged.map((one) => ({ tenant, day, ...one, problems: [...one.problems] })))
          .onConflictDoNothing()
          .returning({ place: retentionProofs.place });
        if (written.length === 0) return false;
        await tellProof(tx, tenant, day, judged);
        return true;
      }),

    newestProof: (tenant) =>
      withTenant(db, tenant, async (tx) => {
        const [newest] = await tx
          .select({ day: retentionProofs.day })
          .from(retentionProofs)
          .where(eq(retentionProofs.tenant, tenant))
          .orderBy(desc(retentionProofs.day))
          .limit(1);
        if (newest === undefined) return [];
        return tx
          .select()
          .from(retentionProofs)
          .where(and(eq(retentionProofs.tenant, tenant), eq(retentionProofs.day, newest.day)))
          .orderBy(asc(retentionProofs.place));
      }),
  };
}

/** The entry makes the row provable to outsiders; a finding is for whoever has to do something. */
async function tellProof(
  tx: Transaction,
  tenant: TenantId,
  day: string,
  judged: readonly JudgedRetention[],
): Promise<void> {
  const places = judged.map(({ place, limitDays, oldest, overdue, problems }) => ({
    place,
    limitDays,
    oldest: oldest?.toISOString() ?? null,
    overdue,
    problems,
  }));
  await insertAudit(tx, tenant, {
    type: 'retention.proved',
    actor: 'system:monitor',
    object: { kind: 'retention', id: day },
    payload: { places },
  });
  await putFindings(
    tx,
    tenant,
    judged.flatMap(({ place, problems, limitDays, minDays, overdue }) =>
      problems.map((problem) => ({
        type: `retention.${problem}`,
        key: place,
        details: { place, limitDays, minDays, overdue, day },
      })),
    ),
  );
}
