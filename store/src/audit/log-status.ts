import type { TenantId } from '@vestige/core/ids';
import { sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';
import type { LogStatus } from './audit-log.ts';

interface Row extends Record<string, unknown> {
  readonly size: number;
  readonly waiting: number;
  readonly oldest: number;
  readonly signed: number | null;
  readonly signedAt: string | null;
  readonly signedAge: number | null;
  readonly beatDay: string | null;
  readonly beatAge: number | null;
}

/** The heartbeat's age counts from the start of its day: that is the latest it may be, and needs no entry to be read. */
const STATUS = (tenant: TenantId) => sql`
  SELECT coalesce((SELECT max(idx) + 1 FROM audit_entry WHERE tenant = ${tenant}), 0)::float8 AS size,
         waiting.count::float8 AS waiting,
         coalesce(extract(epoch FROM now.at - waiting.oldest), 0)::float8 AS oldest,
         signed.size::float8 AS signed,
         to_char(signed.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "signedAt",
         extract(epoch FROM now.at - signed.at)::float8 AS "signedAge",
         beat.day::text AS "beatDay",
         extract(epoch FROM (now.at AT TIME ZONE 'UTC') - beat.day)::float8 AS "beatAge"
  FROM (SELECT clock_timestamp() AS at) now
  CROSS JOIN (SELECT count(*) AS count, min(at) AS oldest FROM audit_pending WHERE tenant = ${tenant}) waiting
  LEFT JOIN (SELECT size, at FROM audit_checkpoint WHERE tenant = ${tenant} ORDER BY size DESC LIMIT 1) signed ON true
  LEFT JOIN (SELECT max(day) AS day FROM audit_heartbeat WHERE tenant = ${tenant}) beat ON true`;

export async function readStatus(tx: Transaction, tenant: TenantId): Promise<LogStatus> {
  const [row] = await rowsOf<Row>(tx, STATUS(tenant));
  if (!row) return { size: 0, waiting: 0, oldestWaitingS: 0, checkpoint: null, heartbeat: null };
  const { size, waiting, oldest, signed, signedAt, signedAge, beatDay, beatAge } = row;
  return {
    size,
    waiting,
    oldestWaitingS: Math.max(0, oldest),
    checkpoint: signed === null || signedAt === null ? null : { size: signed, at: signedAt, ageS: signedAge ?? 0 },
    heartbeat: beatDay === null ? null : { day: beatDay, ageS: beatAge ?? 0 },
  };
}
