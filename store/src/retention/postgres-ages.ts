import type { TenantId } from '@vestige/core/ids';
import type { RetentionReading } from '@vestige/core/retention/judge-retention';
import type { RetentionClass } from '@vestige/core/retention/retention-class';
import { type SQL, sql } from 'drizzle-orm';
import { SUPPRESSION_LIFETIME_DAYS } from '../control/erased-people.ts';
import { rowsOf, type Transaction } from '../postgres.ts';

/** What is taken out by the daily round may be a day late, and a day more before somebody is told. */
const GRACE = sql`interval '2 days'`;

interface Place {
  readonly table: string;
  readonly class: RetentionClass;
  readonly limitDays: number | null;
  /** Gives `oldest` and `overdue`. */
  readonly ask: (tenant: TenantId) => SQL;
}

/** One question for each place. Rows that end with their request are overdue when it has ended and they are there. */
const PLACES: readonly Place[] = [
  // Both are kept for longer where backups are: then the limit is said by each row's own expiry alone.
  {
    table: 'suppression',
    class: 'suppression',
    limitDays: SUPPRESSION_LIFETIME_DAYS,
    ask: (tenant) => sql`
      SELECT least(now(), min(expires_at) - make_interval(days => ${SUPPRESSION_LIFETIME_DAYS})) AS oldest,
             count(*) FILTER (WHERE expires_at < now() - ${GRACE}) AS overdue
      FROM suppression WHERE tenant = ${tenant}`,
  },
  {
    table: 'erased_people',
    class: 'suppression',
    limitDays: SUPPRESSION_LIFETIME_DAYS,
    ask: (tenant) => sql`
      SELECT least(now(), min(expires_at) - make_interval(days => ${SUPPRESSION_LIFETIME_DAYS})) AS oldest,
             count(*) FILTER (WHERE expires_at < now() - ${GRACE}) AS overdue
      FROM erased_people WHERE tenant = ${tenant}`,
  },
  {
    table: 'request_identifiers',
    class: 'identifiers',
    limitDays: null,
    ask: (tenant) => sql`
      SELECT min(r.filed_at) AS oldest, count(*) FILTER (WHERE r.ended_at < now() - ${GRACE}) AS overdue
      FROM request_identifiers i JOIN requests r ON r.tenant = i.tenant AND r.id = i.request_id
      WHERE i.tenant = ${tenant} AND i.kind IN ('identifier', 'token', 'alias_nonce', 'correction')`,
  },
  {
    table: 'identity_proofs',
    class: 'identifiers',
    limitDays: null,
    ask: (tenant) => sql`
      SELECT min(added_at) AS oldest, count(*) FILTER (WHERE expires_at < now() - ${GRACE}) AS overdue
      FROM identity_proofs WHERE tenant = ${tenant}`,
  },
  {
    table: 'task_data',
    class: 'copies',
    limitDays: null,
    ask: (tenant) => sql`
      SELECT min(r.filed_at) AS oldest, count(*) FILTER (WHERE r.ended_at < now() - ${GRACE}) AS overdue
      FROM task_data d JOIN requests r ON r.tenant = d.tenant AND r.id = d.request_id
      WHERE d.tenant = ${tenant}`,
  },
  {
    table: 'packages',
    class: 'copies',
    limitDays: null,
    ask: (tenant) => sql`
      SELECT min(sealed_at) AS oldest, count(*) FILTER (WHERE expires_at < now() - ${GRACE}) AS overdue
      FROM packages WHERE tenant = ${tenant} AND package_id IS NOT NULL`,
  },
  {
    table: 'idempotency_keys',
    class: 'repeat_keys',
    limitDays: 1,
    ask: (tenant) => sql`
      SELECT min(claimed_at) AS oldest,
             count(*) FILTER (WHERE claimed_at < now() - interval '1 day' - ${GRACE}) AS overdue
      FROM idempotency_keys WHERE tenant = ${tenant}`,
  },
  {
    table: 'requests',
    class: 'request_log',
    limitDays: null,
    ask: (tenant) => sql`SELECT min(filed_at) AS oldest, 0 AS overdue FROM requests WHERE tenant = ${tenant}`,
  },
  {
    table: 'audit_entry',
    class: 'audit_log',
    limitDays: null,
    // Entries are bytes; the first heartbeat is as old as the log, by a day.
    ask: (tenant) => sql`
      SELECT min(day)::timestamp AT TIME ZONE 'UTC' AS oldest, 0 AS overdue FROM audit_heartbeat WHERE tenant = ${tenant}`,
  },
];

export async function postgresAges(tx: Transaction, tenant: TenantId): Promise<RetentionReading[]> {
  const readings: RetentionReading[] = [];
  for (const { table, class: kind, limitDays, ask } of PLACES) {
    const [row] = await rowsOf<{ oldest_ms: number | null; overdue: number }>(
      tx,
      sql`SELECT (extract(epoch FROM oldest) * 1000)::float8 AS oldest_ms, overdue::float8 AS overdue FROM (${ask(tenant)}) AS found`,
    );
    readings.push({
      place: `postgres.${table}`,
      class: kind,
      limitDays,
      oldest: row?.oldest_ms == null ? null : new Date(row.oldest_ms),
      overdue: row?.overdue ?? 0,
    });
  }
  return readings;
}
