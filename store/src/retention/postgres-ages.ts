import type { TenantId } from '@vestige/core/ids';
import type { RetentionReading } from '@vestige/core/retention/judge-retention';
import type { RetentionClass } from '@vestige/core/retention/retention-class';
import { type SQL, sql } from 'drizzle-orm';
import { SUPPRESSION_LIFETIME_DAYS } from '../control/erased-people.ts';
import { rowsOf, type Transaction } from '../postgres.ts';
import { DEFAULT_POLICY } from '../requests/request-store.ts';

/** What is taken out by the daily round may be a day late, and a day more before somebody is told. */
const GRACE = sql`interval '2 days'`;

/** How long a copy can be fetched, by the tenant's policy. */
const FETCHED_FOR = (tenant: TenantId): SQL => sql`
  make_interval(days => coalesce((SELECT package_days FROM request_policies WHERE tenant = ${tenant}), ${DEFAULT_POLICY.packageDays}::int))`;

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
      SELECT min(least(now(), expires_at - make_interval(days => ${SUPPRESSION_LIFETIME_DAYS}))) AS oldest,
             count(*) FILTER (WHERE expires_at < now() - ${GRACE}) AS overdue
      FROM suppression WHERE tenant = ${tenant}`,
  },
  {
    table: 'erased_people',
    class: 'suppression',
    limitDays: SUPPRESSION_LIFETIME_DAYS,
    ask: (tenant) => sql`
      SELECT min(least(now(), expires_at - make_interval(days => ${SUPPRESSION_LIFETIME_DAYS}))) AS oldest,
             count(*) FILTER (WHERE expires_at < now() - ${GRACE}) AS overdue
      FROM erased_people WHERE tenant = ${tenant}`,
  },
  {
    table: 'subjects',
    class: 'identities',
    limitDays: null,
    ask: (tenant) => sql`
      SELECT min(created_at) AS oldest, count(*) FILTER (WHERE look_at < now() - ${GRACE}) AS overdue
      FROM subjects WHERE tenant = ${tenant}`,
  },
  {
    table: 'request_identifiers',
    class: 'identifiers',
    limitDays: null,
    // What opens a certificate is handed over later, for as long as a copy can be fetched.
    ask: (tenant) => sql`
      SELECT min(r.filed_at) AS oldest,
             count(*) FILTER (WHERE r.ended_at < now() - ${GRACE} - CASE kind WHEN 'handover' THEN ${FETCHED_FOR(tenant)} ELSE interval '0' END) AS overdue
      FROM request_identifiers i JOIN requests r ON r.tenant = i.tenant AND r.id = i.request_id
      WHERE i.tenant = ${tenant}`,
  },
  {
    table: 'request_keys',
    class: 'identifiers',
    limitDays: null,
    ask: (tenant) => sql`
      SELECT min(r.filed_at) AS oldest,
             count(*) FILTER (WHERE CASE purpose
               WHEN 'package' THEN p.package_id IS NULL AND r.ended_at < now() - ${GRACE} OR p.expires_at < now() - ${GRACE}
               WHEN 'handover' THEN r.ended_at < now() - ${GRACE} - ${FETCHED_FOR(tenant)}
               ELSE r.ended_at < now() - ${GRACE} END) AS overdue
      FROM request_keys k
      JOIN requests r ON r.tenant = k.tenant AND r.id = k.request_id
      LEFT JOIN packages p ON p.tenant = k.tenant AND p.request_id = k.request_id
      WHERE k.tenant = ${tenant}`,
  },
  {
    table: 'plan_records',
    class: 'identifiers',
    limitDays: null,
    ask: (tenant) => sql`
      SELECT min(r.filed_at) AS oldest, count(*) FILTER (WHERE r.ended_at < now() - ${GRACE}) AS overdue
      FROM plan_records i JOIN requests r ON r.tenant = i.tenant AND r.id = i.request_id
      WHERE i.tenant = ${tenant}`,
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
    table: 'package_chunks',
    class: 'copies',
    limitDays: null,
    // Pieces of a copy that is being sealed belong to no package yet; those that are left when the request has ended never will.
    ask: (tenant) => sql`
      SELECT min(r.filed_at) AS oldest,
             count(*) FILTER (WHERE CASE WHEN p.package_id = c.package_id THEN p.expires_at ELSE r.ended_at END < now() - ${GRACE}) AS overdue
      FROM package_chunks c
      JOIN requests r ON r.tenant = c.tenant AND r.id = c.request_id
      LEFT JOIN packages p ON p.tenant = c.tenant AND p.request_id = c.request_id
      WHERE c.tenant = ${tenant}`,
  },
  {
    table: 'package_links',
    class: 'copies',
    limitDays: null,
    // A link that is over opens nothing; it goes with the copy it was made for.
    ask: (tenant) => sql`
      SELECT min(p.sealed_at) AS oldest,
             count(*) FILTER (WHERE p.package_id IS NULL OR p.expires_at < now() - ${GRACE}) AS overdue
      FROM package_links l JOIN packages p ON p.tenant = l.tenant AND p.request_id = l.request_id
      WHERE l.tenant = ${tenant}`,
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

export const WATCHED_TABLES: readonly string[] = PLACES.map(({ table }) => table);

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
