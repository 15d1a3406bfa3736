import { sql } from 'drizzle-orm';
import type { Database } from '../postgres.ts';
import { postgresFailure } from '../postgres-failure.ts';

/**
 * Makes rows that were deleted or replaced leave the files of the control database.
 *
 * Postgres keeps a deleted row in its page until a vacuum and in the write-ahead log until the segment is recycled, so
 * "deleted" alone would leave a subject id and its tokens readable on the disk. On the embedded engine, where nobody
 * else operates the database, we see to it ourselves; on a server it is the operator's vacuum and log retention, and
 * certificates say so.
 */
export interface DeadRows {
  /** May run at any time and twice. Locks each table for the moment its rewrite takes. */
  remove(): Promise<void>;
}

/** Tables whose rows name a person or open what names one. Small: they hold people and requests, not events. */
export const PERSONAL_TABLES = [
  'subjects',
  'aliases',
  'subject_links',
  'subject_link_events',
  'subject_sets',
  'subject_set_members',
  'audit_payload',
  'idempotency_keys',
  'requests',
  'request_keys',
  'request_identifiers',
  'identity_proofs',
  'plans',
  'plan_records',
  'tasks',
  'receipts',
  'task_data',
  'packages',
  'certificates',
  'holds',
  'restrictions',
  'canaries',
] as const;

/**
 * For PGlite only. The application role needs what `grantMaintenance` of the migrations gives it.
 *
 * `VACUUM FULL` writes each table anew. The log segment that still holds the old rows is closed, and the checkpoint
 * removes it: with `wal_recycle` on it would be renamed for reuse with its old bytes in it.
 */
export function embeddedDeadRows(db: Database): DeadRows {
  const run = (statement: string) => db.orm.execute(sql.raw(statement)).catch(postgresFailure);
  return {
    async remove() {
      for (const table of PERSONAL_TABLES) await run(`VACUUM FULL ${table}`);
      await run('SET wal_recycle = off');
      await run('SELECT pg_switch_wal()');
      await run('CHECKPOINT');
    },
  };
}

/** On a server this is the operator's: a full vacuum would lock tables that others work on. */
export const operatorsDeadRows: DeadRows = { remove: async () => {} };
