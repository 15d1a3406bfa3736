import { and, asc, eq, gt, inArray, isNotNull } from 'drizzle-orm';
import { type Database, withTenant } from '../postgres.ts';
import { auditEntry, auditPayload } from '../tables/audit.ts';
import type { AuditStore } from './audit-store.ts';
import type { EntryBody, EntryPayload } from './entry-bytes.ts';
import { auditEntryOf, insertAudit } from './insert-audit.ts';

export function postgresAuditStore(db: Database): AuditStore {
  return {
    append: (tenant, draft) => withTenant(db, tenant, (tx) => insertAudit(tx, tenant, draft)),

    async entries(tenant, { afterIndex, limit, subjectIds, requestId, readsOnly }) {
      const rows = await withTenant(db, tenant, (tx) =>
        tx
          .select({ index: auditEntry.index, entry: auditEntry.entry, payload: auditPayload.payload })
          .from(auditEntry)
          .leftJoin(
            auditPayload,
            and(eq(auditPayload.tenant, auditEntry.tenant), eq(auditPayload.index, auditEntry.index)),
          )
          .where(
            and(
              eq(auditEntry.tenant, tenant),
              gt(auditEntry.index, afterIndex),
              subjectIds && inArray(auditPayload.subjectId, [...subjectIds]),
              requestId === undefined ? undefined : eq(auditEntry.requestId, requestId),
              readsOnly ? isNotNull(auditPayload.purpose) : undefined,
            ),
          )
          .orderBy(asc(auditEntry.index))
          .limit(limit),
      );
      return rows.map((row) => {
        const entry = JSON.parse(row.entry.toString('utf8')) as EntryBody;
        return auditEntryOf(row.index, entry, row.payload === null ? null : (JSON.parse(row.payload) as EntryPayload));
      });
    },

    async erasePayloads(tenant, subjectIds) {
      if (subjectIds.length === 0) return 0;
      const gone = await withTenant(db, tenant, (tx) =>
        tx
          .delete(auditPayload)
          .where(and(eq(auditPayload.tenant, tenant), inArray(auditPayload.subjectId, [...subjectIds])))
          .returning({ index: auditPayload.index }),
      );
      return gone.length;
    },
  };
}
