import type { TenantId } from '@vestige/core/ids';
import { sql } from 'drizzle-orm';
import { type Database, rowsOf, withTenant } from '../../postgres.ts';

/**
 * The textbook queue, to measure a claim beside: everything that may be done, sorted by deadline, the first rows locked.
 * It picks and gives back, so it does less than a claim.
 */
export async function textbookClaim(
  db: Database,
  tenant: TenantId,
  { nodes, everything, max }: { nodes: readonly string[]; everything: boolean; max: number },
): Promise<number> {
  const picked = await withTenant(db, tenant, (tx) =>
    rowsOf(
      tx,
      sql`SELECT t.id FROM tasks t
          JOIN requests r ON r.tenant = t.tenant AND r.id = t.request_id AND r.plan_version = t.plan_version
          WHERE t.tenant = ${tenant} AND t.state IN ('ready', 'verifying') AND t.lease_until IS NULL
            AND t.not_before <= now() AND (${everything} OR t.node = ANY (${sql.param([...nodes])}::text[]))
            AND r.state IN ('executing', 'verifying', 'blocked') AND r.paused IS NULL AND NOT r.suspended
          ORDER BY r.due_on, t.not_before, t.id FOR UPDATE OF t SKIP LOCKED LIMIT ${max}`,
    ),
  );
  return picked.length;
}
