import { createHmac } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { and, eq, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';
import { erasedPeople } from '../tables/erasure-watch.ts';

/** Nobody waits for the looks after an invented person: there is another one every day. */
export const CANARY = 'canary:';

/**
 * How long it is known at least who was erased, and late and replayed events of theirs are refused: longer than the year
 * for which backups and queues are commonly kept, with a margin. Entries are personal data too (GDPR Art. 5(1)(e)), so
 * they are not kept for ever.
 */
export const SUPPRESSION_LIFETIME_DAYS = 400;
/** After the last backup has expired: somebody may just have restored it, and the last look comes a day later. */
const BACKUP_MARGIN_DAYS = 35;

/**
 * As long as any registered store keeps backups a person can come back, and has to be recognised.
 *
 * @returns an instant as SQL
 */
export async function keptUntil(tx: Transaction, tenant: TenantId): Promise<SQL> {
  // Asked once: in thousands of inserted rows the question itself would be asked in each.
  const [row] = await rowsOf<{ days: number }>(
    tx,
    sql`SELECT greatest(${SUPPRESSION_LIFETIME_DAYS}::int,
                        coalesce(max(backup_retention_days), 0) + ${BACKUP_MARGIN_DAYS}::int) AS days
        FROM stores WHERE tenant = ${tenant}`,
  );
  return sql`now() + make_interval(days => ${row?.days ?? SUPPRESSION_LIFETIME_DAYS})`;
}

/** Rows per statement, well below the 65,535 bound parameters of the protocol. */
const ROWS_PER_STATEMENT = 5_000;

/** Never what {@link import('./suppression.ts').suppressionMac} gives for a token: those begin with `ps1.`. */
export function erasedMac(key: Uint8Array, subjectId: string): Buffer {
  return createHmac('sha256', key).update(`subject:${subjectId}`, 'utf8').digest();
}

/** The erasure of these subjects has begun; nobody is looked for until {@link noteForgotten}. */
export async function noteErasure(
  tx: Transaction,
  tenant: TenantId,
  key: Uint8Array,
  erasure: { readonly subjectIds: readonly string[]; readonly requestId: string },
): Promise<void> {
  const expiresAt = await keptUntil(tx, tenant);
  for (let start = 0; start < erasure.subjectIds.length; start += ROWS_PER_STATEMENT) {
    const macs = erasure.subjectIds.slice(start, start + ROWS_PER_STATEMENT).map((id) => erasedMac(key, id));
    await tx
      .insert(erasedPeople)
      .values(macs.map((mac) => ({ tenant, mac, requestId: erasure.requestId, expiresAt })))
      .onConflictDoUpdate({
        target: [erasedPeople.tenant, erasedPeople.mac],
        set: {
          requestId: sql`excluded.request_id`,
          forgottenAt: null,
          // Never sooner: the looks of her earlier erasure are still to come.
          expiresAt: sql`greatest(${erasedPeople.expiresAt}, excluded.expires_at)`,
        },
      });
  }
}

/**
 * From now on rows of these subjects are residue. Schedules the looks of verification level V4 (research/compliance.md
 * §3.5) for their requests; the last one when the store with the longest backups has dropped them.
 */
export async function noteForgotten(
  tx: Transaction,
  tenant: TenantId,
  key: Uint8Array,
  subjectIds: readonly string[],
): Promise<void> {
  const requests = new Set<string>();
  // Counted from here on, as the looks are.
  const expiresAt = await keptUntil(tx, tenant);
  for (let start = 0; start < subjectIds.length; start += ROWS_PER_STATEMENT) {
    const macs = subjectIds.slice(start, start + ROWS_PER_STATEMENT).map((id) => erasedMac(key, id));
    const rows = await tx
      .update(erasedPeople)
      .set({ forgottenAt: sql`now()`, expiresAt: sql`greatest(${erasedPeople.expiresAt}, ${expiresAt})` })
      .where(and(eq(erasedPeople.tenant, tenant), inArray(erasedPeople.mac, macs), isNull(erasedPeople.forgottenAt)))
      .returning({ requestId: erasedPeople.requestId });
    for (const { requestId } of rows) requests.add(requestId);
  }
  for (const requestId of requests)
    if (!requestId.startsWith(CANARY)) await tx.execute(scheduleRechecks(tenant, requestId));
}

/** A request that was erased once more is looked after anew, from its new end on. */
const scheduleRechecks = (tenant: TenantId, requestId: string) => sql`
  INSERT INTO erasure_rechecks (tenant, request_id, after, due_at)
  SELECT ${tenant}, ${requestId}, looks.after, now() + make_interval(days => looks.days)
  FROM (
    VALUES ('day', 1), ('week', 7), ('month', 30)
    UNION ALL
    SELECT 'backup_horizon', max(backup_retention_days) + 1 FROM stores
    WHERE tenant = ${tenant} HAVING max(backup_retention_days) > 0
  ) AS looks (after, days)
  ON CONFLICT (tenant, request_id, after) DO UPDATE SET due_at = excluded.due_at, checked_at = NULL, found = NULL, scan_id = NULL`;

export async function erasedAmong(
  tx: Transaction,
  tenant: TenantId,
  key: Uint8Array,
  subjectIds: readonly string[],
): Promise<{ subjectId: string; requestId: string; forgottenAt: Date }[]> {
  const found: { subjectId: string; requestId: string; forgottenAt: Date }[] = [];
  for (let start = 0; start < subjectIds.length; start += ROWS_PER_STATEMENT) {
    const asked = new Map(
      subjectIds.slice(start, start + ROWS_PER_STATEMENT).map((id) => [erasedMac(key, id).toString('hex'), id]),
    );
    const rows = await rowsOf<{ mac: string; request_id: string; forgotten_ms: number }>(
      tx,
      sql`
        SELECT encode(mac, 'hex') AS mac, request_id, (extract(epoch FROM forgotten_at) * 1000)::float8 AS forgotten_ms
        FROM erased_people
        WHERE tenant = ${tenant} AND forgotten_at IS NOT NULL
          AND mac IN (SELECT decode(asked, 'hex') FROM unnest(${sql.param([...asked.keys()])}::text[]) AS asked)`,
    );
    for (const { mac, request_id: requestId, forgotten_ms: ms } of rows) {
      found.push({ subjectId: asked.get(mac) ?? '', requestId, forgottenAt: new Date(ms) });
    }
  }
  return found;
}

/** Takes out what has had its time. */
export async function tidyErased(tx: Transaction, tenant: TenantId): Promise<void> {
  await tx.delete(erasedPeople).where(and(eq(erasedPeople.tenant, tenant), lt(erasedPeople.expiresAt, sql`now()`)));
}
