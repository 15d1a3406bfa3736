import type { TenantId } from '@vestige/core/ids';
import { and, asc, eq } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { subjectKeyIds } from '../tables/subject-key-ids.ts';
import { GONE_AFTER_MS, type SubjectKeyChange, type SubjectKeyStore } from './subject-key-store.ts';

/** Rows are not written at every look of every process. */
const SEEN_EVERY_MS = 3_600_000;

export function postgresSubjectKeyStore(db: Database): SubjectKeyStore {
  return {
    note: (tenant, kids, now) =>
      withTenant(db, tenant, async (tx) => {
        const known = await tx.select().from(subjectKeyIds).where(eq(subjectKeyIds.tenant, tenant)).for('update');
        const changes: SubjectKeyChange[] = [];
        for (const kid of kids) {
          const row = known.find((one) => one.kid === kid);
          if (row === undefined) {
            const fresh = { tenant, kid, since: now, seenAt: now };
            const made = await tx.insert(subjectKeyIds).values(fresh).onConflictDoNothing().returning();
            if (made.length > 0) changes.push({ kid, change: 'added' });
          } else if (row.goneAt !== null || now.getTime() - row.seenAt.getTime() >= SEEN_EVERY_MS) {
            await write(tx, tenant, kid, { seenAt: now, goneAt: null });
            if (row.goneAt !== null) changes.push({ kid, change: 'back' });
          }
        }
        for (const { kid, seenAt, goneAt } of known) {
          if (kids.includes(kid) || goneAt !== null || now.getTime() - seenAt.getTime() < GONE_AFTER_MS) continue;
          await write(tx, tenant, kid, { goneAt: now });
          changes.push({ kid, change: 'gone' });
        }
        for (const { kid, change } of changes) {
          const object = { kind: 'subject_key', id: kid };
          await insertAudit(tx, tenant, { type: `subject_key.${change}`, actor: 'system:monitor', object });
        }
        return changes;
      }),

    keys: (tenant) =>
      withTenant(db, tenant, (tx) =>
        tx
          .select({ kid: subjectKeyIds.kid, since: subjectKeyIds.since, goneAt: subjectKeyIds.goneAt })
          .from(subjectKeyIds)
          .where(eq(subjectKeyIds.tenant, tenant))
          .orderBy(asc(subjectKeyIds.since), asc(subjectKeyIds.kid)),
      ),
  };
}

const write = (tx: Transaction, tenant: TenantId, kid: string, set: { seenAt?: Date; goneAt: Date | null }) =>
  tx
    .update(subjectKeyIds)
    .set(set)
    .where(and(eq(subjectKeyIds.tenant, tenant), eq(subjectKeyIds.kid, kid)));
