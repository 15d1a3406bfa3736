import { type ClickHouseClient, ClickHouseError, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { VestigeError } from '@vestige/core/errors';
import type { Secret } from '@vestige/core/secret';
import { CLICKHOUSE_FILES, type MigrationFile, readMigrations } from './files.ts';
import { assertOneRepeatableStatement } from './one-statement.ts';
import { fillPlaceholders } from './placeholders.ts';
import { type AppliedMigration, type MigrationStatus, migrationStatus, pendingMigrations } from './plan.ts';

export interface ClickHouseTarget {
  /** `http://admin:…@host:port/vestige`; the database is made when it is not there. */
  readonly url: Secret;
  readonly cluster?: string | undefined;
  /** Absent: the files of this package. */
  readonly folder?: string;
}

const LEDGER = 'schema_migrations';

const LEDGER_COLUMNS = `(
  name String,
  checksum FixedString(64),
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)`;

const READ_LEDGER = `
  SELECT name, checksum, formatDateTime(min(applied_at), '%FT%TZ', 'UTC') AS appliedAt
  FROM ${LEDGER} GROUP BY name, checksum ORDER BY name`;

/** On a cluster a DDL task of a slow replica may take minutes; without a bound the run would hang on a dead one. */
const DDL_TIMEOUT_S = 180;

/**
 * Brings ClickHouse to the last file.
 *
 * @param onApplied called after each file, for progress
 * @returns names applied by this call; empty when nothing was missing
 * @throws VestigeError conflict for an edited, missing or late file, store_unavailable, misconfigured for bad DDL
 */
export async function migrateClickHouse(
  target: ClickHouseTarget,
  onApplied: (name: string) => void = () => {},
): Promise<string[]> {
  const files = await clickHouseFiles(target);
  return connected(target, async (client, database) => {
    await createDatabase(target, database);
    await createLedger(client, database, target.cluster ?? null);
    const pending = pendingMigrations(files, await applied(client));
    for (const file of pending) {
      await apply(client, file, { database, cluster: target.cluster ?? null });
      onApplied(file.name);
    }
    return pending.map((file) => file.name);
  });
}

/** @throws VestigeError as {@link migrateClickHouse}; changes nothing */
export async function clickHouseStatus(target: ClickHouseTarget): Promise<readonly MigrationStatus[]> {
  const files = await clickHouseFiles(target);
  return connected(target, async (client) => {
    const done = await applied(client);
    pendingMigrations(files, done);
    return migrationStatus(files, done);
  });
}

async function clickHouseFiles(target: ClickHouseTarget): Promise<MigrationFile[]> {
  const files = await readMigrations(target.folder ?? CLICKHOUSE_FILES);
  for (const file of files) assertOneRepeatableStatement(file);
  return files.filter((file) => target.cluster !== undefined || !file.clusterOnly);
}

async function connected<T>(
  target: ClickHouseTarget,
  work: (client: ClickHouseClient, database: string) => Promise<T>,
): Promise<T> {
  const url = new URL(target.url.reveal());
  const database = decodeURIComponent(url.pathname.slice(1)) || 'default';
  const client = openClient(url);
  try {
    return await work(client, database);
  } catch (error) {
    throw asVestigeError(error);
  } finally {
    await client.close();
  }
}

function openClient(url: URL): ClickHouseClient {
  return createClient({
    url,
    request_timeout: (DDL_TIMEOUT_S + 20) * 1000,
    // What the server refuses reaches us as an error; the client's own log would quote the statement.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { log_comment: 'migrations', distributed_ddl_task_timeout: String(DDL_TIMEOUT_S) },
  });
}

/** The database of the URL may not be there yet, so it is made over a connection to one that always is. */
async function createDatabase(target: ClickHouseTarget, database: string): Promise<void> {
  const url = new URL(target.url.reveal());
  url.pathname = '/system';
  const client = openClient(url);
  try {
    await client.command({
      query: fillPlaceholders('CREATE DATABASE IF NOT EXISTS {{database}} {{on_cluster}} ENGINE = Atomic', {
        database,
        cluster: target.cluster ?? null,
      }),
    });
  } finally {
    await client.close();
  }
}

/** Every shard needs the same ledger, hence a Keeper path without `{shard}` and a replica name with it. */
async function createLedger(client: ClickHouseClient, database: string, cluster: string | null): Promise<void> {
  const engine =
    cluster === null
      ? 'MergeTree'
      : `ReplicatedMergeTree('/clickhouse/tables/all/{database}/${LEDGER}', '{shard}-{replica}')`;
  const create = fillPlaceholders(`CREATE TABLE IF NOT EXISTS ${LEDGER} {{on_cluster}}`, { database, cluster });
  await client.command({ query: `${create} ${LEDGER_COLUMNS} ENGINE = ${engine} ORDER BY name` });
}

async function applied(client: ClickHouseClient): Promise<AppliedMigration[]> {
  try {
    const result = await client.query({ query: READ_LEDGER, format: 'JSONEachRow' });
    return await result.json<AppliedMigration>();
  } catch (error) {
    const missing =
      error instanceof ClickHouseError && ['UNKNOWN_TABLE', 'UNKNOWN_DATABASE'].includes(error.type ?? '');
    if (missing) return [];
    throw error;
  }
}

/** A crash between the two leaves a statement that runs once more, which is why it must be repeatable. */
async function apply(
  client: ClickHouseClient,
  file: MigrationFile,
  deployment: { database: string; cluster: string | null },
): Promise<void> {
  try {
    await client.command({ query: fillPlaceholders(file.sql, deployment) });
  } catch (error) {
    if (error instanceof ClickHouseError) {
      throw new VestigeError(
        'misconfigured',
        `ClickHouse refused migration ${file.name}: ${error.type} (${error.code}).`,
        {
          migration: file.name,
          code: error.code,
          // A statement of ours without values, so its syntax error may be quoted.
          ...(error.type === 'SYNTAX_ERROR' && { detail: error.message.slice(0, 300) }),
        },
      );
    }
    throw error;
  }
  await client.insert({
    table: LEDGER,
    values: [{ name: file.name, checksum: file.checksum }],
    format: 'JSONEachRow',
  });
}

function asVestigeError(error: unknown): unknown {
  if (error instanceof VestigeError) return error;
  if (error instanceof ClickHouseError) {
    return new VestigeError(
      'store_unavailable',
      `ClickHouse refused the migration runner: ${error.type} (${error.code}).`,
    );
  }
  return new VestigeError(
    'store_unavailable',
    'ClickHouse did not answer the migration runner; check CLICKHOUSE_ADMIN_URL.',
  );
}
