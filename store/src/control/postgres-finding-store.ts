import { and, asc, eq, sql } from 'drizzle-orm';
import { type Database, withTenant } from '../postgres.ts';
import { findings } from '../tables/findings.ts';
import type { FindingStore } from './finding-store.ts';

export function postgresFindingStore(db: Database): FindingStore {
  return {
    async findings(tenant, { type, after, limit }) {
      const rows = await withTenant(db, tenant, (tx) =>
        tx
          .select()
          .from(findings)
          .where(
            and(
              eq(findings.tenant, tenant),
              type === undefined ? undefined : eq(findings.type, type),
              // Pages cut at the millisecond that a page shows: a repeat is better than a loss.
              after === null
                ? undefined
                : sql`(date_trunc('milliseconds', ${findings.firstSeen}), ${findings.id}) > (${after.firstSeen}::timestamptz, ${after.id}::uuid)`,
            ),
          )
          .orderBy(asc(sql`date_trunc('milliseconds', ${findings.firstSeen})`), asc(findings.id))
          .limit(limit),
      );
      return rows.map(({ id, type: kind, details, times, firstSeen, lastSeen }) => ({
        id,
        type: kind,
        details,
        times,
        firstSeen: firstSeen.toISOString(),
        lastSeen: lastSeen.toISOString(),
      }));
    },
  };
}
