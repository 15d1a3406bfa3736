import { VestigeError } from '@vestige/core/errors';
import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { type Database, withTenant } from '../postgres.ts';
import { findings } from '../tables/findings.ts';
import type { Finding, FindingStore } from './finding-store.ts';

/** Never settled, or found again since: said by the database alone, which knows instants finer than a millisecond. */
const open = sql<boolean>`(${findings.settledAt} IS NULL OR ${findings.lastSeen} > ${findings.settledAt})`;
const withOpen = { ...getTableColumns(findings), isOpen: open };

export function postgresFindingStore(db: Database): FindingStore {
  return {
    async findings(tenant, { type, settled = false, after, limit }) {
      const rows = await withTenant(db, tenant, (tx) =>
        tx
          .select(withOpen)
          .from(findings)
          .where(
            and(
              eq(findings.tenant, tenant),
              type === undefined ? undefined : eq(findings.type, type),
              settled ? undefined : open,
              // Pages cut at the millisecond that a page shows: a repeat is better than a loss.
              after === null
                ? undefined
                : sql`(date_trunc('milliseconds', ${findings.firstSeen}), ${findings.id}) > (${after.firstSeen}::timestamptz, ${after.id}::uuid)`,
            ),
          )
          .orderBy(asc(sql`date_trunc('milliseconds', ${findings.firstSeen})`), asc(findings.id))
          .limit(limit),
      );
      return rows.map(findingOf);
    },

    settle: (tenant, id, why, audit) =>
      withTenant(db, tenant, async (tx) => {
        const one = and(eq(findings.tenant, tenant), eq(findings.id, id));
        const [settled] = await tx
          .update(findings)
          .set({
            settledAt: sql`greatest(clock_timestamp(), ${findings.lastSeen})`,
            settledBy: audit.actor,
            settledWhy: why,
          })
          .where(and(one, open))
          .returning(withOpen);
        if (settled === undefined) {
          const [known] = await tx.select({ id: findings.id }).from(findings).where(one);
          throw known === undefined
            ? new VestigeError('not_found', 'no such finding')
            : new VestigeError('conflict', 'somebody has settled this finding, and it was not found again since');
        }
        await insertAudit(tx, tenant, {
          ...audit,
          object: { kind: 'finding', id },
          payload: { ...audit.payload, finding: settled.type, why },
        });
        return findingOf(settled);
      }),
  };
}

function findingOf(row: typeof findings.$inferSelect & { isOpen: boolean }): Finding {
  const { id, type, details, times, firstSeen, lastSeen, isOpen, settledAt, settledBy, settledWhy } = row;
  return {
    id,
    type,
    details,
    times,
    firstSeen: firstSeen.toISOString(),
    lastSeen: lastSeen.toISOString(),
    settled:
      isOpen || settledAt === null || settledBy === null || settledWhy === null
        ? null
        : { by: settledBy, at: settledAt.toISOString(), why: settledWhy },
  };
}
