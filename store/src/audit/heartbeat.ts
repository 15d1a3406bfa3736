import type { TenantId } from '@vestige/core/ids';
import { and, desc, eq, ne, sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';
import { auditHeartbeat } from '../tables/audit.ts';
import { insertAudit } from './insert-audit.ts';

/**
 * Writes today's heartbeat unless there is one.
 *
 * A log that says nothing could be a quiet week or a log that was switched off; with an entry every day the two differ,
 * and a verifier can count the days.
 */
export async function beat(tx: Transaction, tenant: TenantId): Promise<{ day: string; before: string | null } | null> {
  const [today] = await rowsOf<{ day: string; there: boolean }>(
    tx,
    sql`SELECT today::text AS day,
               EXISTS (SELECT FROM audit_heartbeat WHERE tenant = ${tenant} AND day = today) AS there
        FROM (SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS today) now`,
  );
  if (today === undefined || today.there) return null;
  const { day } = today;
  const [last] = await tx
    .select({ day: auditHeartbeat.day })
    .from(auditHeartbeat)
    .where(and(eq(auditHeartbeat.tenant, tenant), ne(auditHeartbeat.day, day)))
    .orderBy(desc(auditHeartbeat.day))
    .limit(1);
  const id = await insertAudit(tx, tenant, {
    type: 'audit.heartbeat',
    actor: 'system:audit',
    object: { kind: 'audit_log', id: day },
    payload: { before: last?.day ?? null },
  });
  // Another process may have been as quick: the second one fails on the key and takes its entry with it.
  await tx.insert(auditHeartbeat).values({ tenant, day, id });
  return { day, before: last?.day ?? null };
}
