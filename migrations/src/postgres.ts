import { VestigeError } from '@vestige/core/errors';
import { type MigrationFile, POSTGRES_FILES, readMigrations } from './files.ts';
import { type AppliedMigration, type MigrationStatus, migrationStatus, pendingMigrations } from './plan.ts';
import type { PostgresSession } from './postgres-session.ts';

/** Two runners at once wait for each other; the number means nothing. */
const LOCK = 7_368_213_411;

const CREATE_LEDGER = `
  CREATE SCHEMA IF NOT EXISTS vestige_schema;
  CREATE TABLE IF NOT EXISTS vestige_schema.migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  );`;

const READ_LEDGER = `
  SELECT name, checksum, to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "appliedAt"
  FROM vestige_schema.migrations ORDER BY name`;

/**
 * Brings Postgres to the last file, each file and its ledger row in one transaction.
 *
 * @param session of a role that may create schemas and roles; the caller closes it
 * @returns names applied by this call
 * @throws VestigeError conflict for an edited, missing or late file, misconfigured for a refused one, store_unavailable
 */
export async function migratePostgres(
  session: PostgresSession,
  onApplied: (name: string) => void = () => {},
  folder: string = POSTGRES_FILES,
): Promise<string[]> {
  const files = await readMigrations(folder);
  return reported(async () => {
    await session.query(`SELECT pg_advisory_lock(${LOCK})::text`);
    try {
      await session.script(CREATE_LEDGER);
      const pending = pendingMigrations(files, await session.query<AppliedMigration>(READ_LEDGER));
      for (const file of pending) {
        await apply(session, file);
        onApplied(file.name);
      }
      return pending.map((file) => file.name);
    } finally {
      await session.query(`SELECT pg_advisory_unlock(${LOCK})`);
    }
  });
}

/** @throws VestigeError as {@link migratePostgres}; changes nothing */
export async function postgresStatus(
  session: PostgresSession,
  folder: string = POSTGRES_FILES,
): Promise<readonly MigrationStatus[]> {
  const files = await readMigrations(folder);
  return reported(async () => {
    const [ledger] = await session.query<{ there: boolean }>(
      `SELECT to_regclass('vestige_schema.migrations') IS NOT NULL AS there`,
    );
    const applied = ledger?.there === true ? await session.query<AppliedMigration>(READ_LEDGER) : [];
    pendingMigrations(files, applied);
    return migrationStatus(files, applied);
  });
}

async function apply(session: PostgresSession, file: MigrationFile): Promise<void> {
  await session.script('BEGIN');
  try {
    await session.script(file.sql);
    await session.query('INSERT INTO vestige_schema.migrations (name, checksum) VALUES ($1, $2)', [
      file.name,
      file.checksum,
    ]);
    await session.script('COMMIT');
  } catch (error) {
    await session.script('ROLLBACK').catch(() => {});
    throw refusal(file.name, error);
  }
}

/** The message of a syntax or definition error (class 42) quotes our own file; any other may quote rows. */
function refusal(name: string, error: unknown): VestigeError {
  const code = sqlState(error);
  const detail = code.startsWith('42') && error instanceof Error ? `: ${error.message}` : '';
  return new VestigeError(
    'misconfigured',
    `Postgres refused migration ${name} (SQLSTATE ${code || 'unknown'})${detail}.`,
    {
      migration: name,
    },
  );
}

async function reported<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof VestigeError) throw error;
    const code = sqlState(error);
    if (code === '')
      throw new VestigeError(
        'store_unavailable',
        'Postgres did not answer the migration runner; check DATABASE_ADMIN_URL.',
      );
    throw new VestigeError(
      code === '42501' ? 'misconfigured' : 'store_unavailable',
      code === '42501'
        ? 'The migration role lacks rights in Postgres; migrations run as the owner of the database (DATABASE_ADMIN_URL).'
        : `Postgres refused the migration runner (SQLSTATE ${code}).`,
    );
  }
}

const sqlState = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : '';
