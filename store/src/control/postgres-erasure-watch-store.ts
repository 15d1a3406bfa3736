import { randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { and, asc, desc, eq, inArray, isNull, lte, sql } from 'drizzle-orm';
import { type Database, rowsOf, type Transaction, withTenant } from '../postgres.ts';
import { canaries, erasureRechecks, residueScans } from '../tables/erasure-watch.ts';
import { subjects } from '../tables/subjects.ts';
import { CANARY, erasedAmong } from './erased-people.ts';
import type { ErasureWatchStore, ResidueScan } from './erasure-watch-store.ts';
import { putFindings } from './put-finding.ts';
import { tenantSecretReader } from './tenant-secret.ts';

/** Well below the 65,535 bound parameters of the protocol. */
const SUBJECTS_PER_QUERY = 5_000;
/** Scans and canaries are kept as long as a year's proof is asked for. */
const KEPT_DAYS = 400;

export function postgresErasureWatchStore(db: Database): ErasureWatchStore {
  const suppressionKey = tenantSecretReader(db, 'suppression');
  return {
    async erasedAmong(tenant, subjectIds) {
      const key = await suppressionKey(tenant);
      return withTenant(db, tenant, (tx) => erasedAmong(tx, tenant, key, subjectIds));
    },

    async unknownAmong(tenant, subjectIds) {
      const key = await suppressionKey(tenant);
      return withTenant(db, tenant, (tx) => unknownAmong(tx, tenant, key, subjectIds));
    },

    async erasuresSince(tenant, since) {
      const [row] = await withTenant(db, tenant, (tx) =>
        rowsOf<{ erasures: number }>(
          tx,
          sql`
            SELECT count(DISTINCT request_id)::int AS erasures FROM erased_people
            WHERE tenant = ${tenant} AND forgotten_at >= ${since.toISOString()}::timestamptz AND NOT starts_with(request_id, ${CANARY})`,
        ),
      );
      return row?.erasures ?? 0;
    },

    takeScan: (tenant, { now, everyMs }) =>
      withTenant(db, tenant, async (tx) => {
        const [open] = await tx
          .select()
          .from(residueScans)
          .where(and(eq(residueScans.tenant, tenant), isNull(residueScans.finishedAt)));
        if (open) return { ...open, table: open.tableName };
        if (!(await isDue(tx, tenant, now, everyMs))) return null;
        const fresh = { tenant, id: randomUUID(), startedAt: now };
        const [begun] = await tx.insert(residueScans).values(fresh).onConflictDoNothing().returning();
        return begun ? { ...begun, table: begun.tableName } : null;
      }),

    noteScan: (tenant, scan) =>
      withTenant(db, tenant, async (tx) => {
        const row = await lockOpenScan(tx, tenant, scan);
        if (row === null) return scan.resurfaced;
        const { table, position, seen } = scan;
        const place = row.seen <= seen ? { tableName: table, position, seen } : {};
        const found = foundByEither(row, scan);
        await tx
          .update(residueScans)
          .set({ ...place, ...found })
          .where(openScan(tenant, scan));
        return found.resurfaced;
      }),

    endScan: (tenant, scan, now) =>
      withTenant(db, tenant, async (tx) => {
        const row = await lockOpenScan(tx, tenant, scan);
        if (row === null) return;
        const found = foundByEither(row, scan);
        await tx
          .update(residueScans)
          .set({ tableName: null, position: null, seen: scan.seen, ...found, finishedAt: now })
          .where(openScan(tenant, scan));
        await conclude(tx, tenant, { ...scan, ...found }, now);
      }),

    scans: (tenant, limit) =>
      withTenant(db, tenant, (tx) =>
        tx
          .select()
          .from(residueScans)
          .where(eq(residueScans.tenant, tenant))
          .orderBy(desc(residueScans.startedAt))
          .limit(limit),
      ),

    rechecks: (tenant, requestId) =>
      withTenant(db, tenant, (tx) =>
        tx
          .select({
            after: erasureRechecks.after,
            dueAt: erasureRechecks.dueAt,
            checkedAt: erasureRechecks.checkedAt,
            found: erasureRechecks.found,
          })
          .from(erasureRechecks)
          .where(and(eq(erasureRechecks.tenant, tenant), eq(erasureRechecks.requestId, requestId)))
          .orderBy(asc(erasureRechecks.dueAt)),
      ),

    canaries: (tenant, limit) =>
      withTenant(db, tenant, (tx) =>
        tx.select().from(canaries).where(eq(canaries.tenant, tenant)).orderBy(desc(canaries.plantedAt)).limit(limit),
      ),

    putCanary: (tenant, canary) =>
      withTenant(db, tenant, async (tx) => {
        const { id: _id, ...set } = canary;
        await tx
          .insert(canaries)
          .values({ tenant, ...canary })
          .onConflictDoUpdate({ target: [canaries.tenant, canaries.id], set });
        await tx
          .delete(canaries)
          .where(
            and(
              eq(canaries.tenant, tenant),
              sql`${canaries.plantedAt} < ${canary.plantedAt.toISOString()}::timestamptz - make_interval(days => ${KEPT_DAYS})`,
            ),
          );
      }),

    noteStaleCanary: (tenant, details) =>
      withTenant(db, tenant, (tx) =>
        putFindings(tx, tenant, [{ type: 'erasure.canary_stale', key: details.failedStep ?? 'overdue', details }]),
      ),
  };
}

const openScan = (tenant: TenantId, { id }: ResidueScan) =>
  and(eq(residueScans.tenant, tenant), eq(residueScans.id, id), isNull(residueScans.finishedAt));

/** Null once it has ended. */
async function lockOpenScan(tx: Transaction, tenant: TenantId, scan: ResidueScan) {
  const [row] = await tx.select().from(residueScans).where(openScan(tenant, scan)).for('update');
  return row ?? null;
}

/**
 * Two processes may read the same page. Who comes second finds nobody any more, because the first has erased them: what
 * was found must not be unsaid by that.
 */
function foundByEither(
  one: Pick<ResidueScan, 'resurfaced' | 'unknown'>,
  other: Pick<ResidueScan, 'resurfaced' | 'unknown'>,
): Pick<ResidueScan, 'resurfaced' | 'unknown'> {
  const resurfaced = { ...one.resurfaced };
  for (const [id, rows] of Object.entries(other.resurfaced)) resurfaced[id] = Math.max(resurfaced[id] ?? 0, rows);
  return { resurfaced, unknown: Math.max(one.unknown, other.unknown) };
}

/** A look that no scan has covered is due, or the last scan began too long ago. */
async function isDue(tx: Transaction, tenant: TenantId, now: Date, everyMs: number): Promise<boolean> {
  const [row] = await rowsOf<{ due: boolean }>(
    tx,
    sql`
      SELECT
        EXISTS (SELECT 1 FROM erasure_rechecks WHERE tenant = ${tenant} AND checked_at IS NULL AND due_at <= ${now.toISOString()}::timestamptz)
        OR NOT EXISTS (
          SELECT 1 FROM residue_scans
          WHERE tenant = ${tenant} AND started_at > ${now.toISOString()}::timestamptz - make_interval(secs => ${everyMs / 1000})
        ) AS due`,
  );
  return row?.due ?? false;
}

async function conclude(tx: Transaction, tenant: TenantId, scan: ResidueScan, now: Date): Promise<void> {
  const { id, startedAt, resurfaced, unknown } = scan;
  await tx.execute(sql`
    UPDATE erasure_rechecks
    SET checked_at = ${now.toISOString()}::timestamptz, scan_id = ${id},
        found = coalesce((${JSON.stringify(resurfaced)}::jsonb ->> request_id)::bigint, 0)
    WHERE tenant = ${tenant} AND checked_at IS NULL AND due_at <= ${startedAt.toISOString()}::timestamptz`);
  await putFindings(tx, tenant, [
    ...Object.entries(resurfaced).map(([requestId, rows]) => ({
      type: 'erasure.resurfaced',
      key: requestId,
      details: { requestId, rows, scan: id },
    })),
    ...(unknown > 0 ? [{ type: 'erasure.unknown_people', key: 'scan', details: { people: unknown, scan: id } }] : []),
  ]);
  await tx
    .delete(residueScans)
    .where(
      and(
        eq(residueScans.tenant, tenant),
        lte(residueScans.startedAt, sql`${startedAt.toISOString()}::timestamptz - make_interval(days => ${KEPT_DAYS})`),
      ),
    );
}

async function unknownAmong(
  tx: Transaction,
  tenant: TenantId,
  key: Uint8Array,
  subjectIds: readonly string[],
): Promise<string[]> {
  const known = new Set<string>();
  for (let start = 0; start < subjectIds.length; start += SUBJECTS_PER_QUERY) {
    const asked = subjectIds.slice(start, start + SUBJECTS_PER_QUERY);
    const rows = await tx
      .select({ id: subjects.id })
      .from(subjects)
      .where(and(eq(subjects.tenant, tenant), inArray(subjects.id, asked)));
    for (const { id } of rows) known.add(id);
  }
  const strangers = subjectIds.filter((id) => !known.has(id));
  for (const { subjectId } of await erasedAmong(tx, tenant, key, strangers)) known.add(subjectId);
  return strangers.filter((id) => !known.has(id));
}
