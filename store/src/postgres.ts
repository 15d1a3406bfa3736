import { PGlite } from '@electric-sql/pglite';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { Secret } from '@vestige/core/secret';
import { type SQL, sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT, PgTransaction } from 'drizzle-orm/pg-core';
import { drizzle as drizzleOverPglite } from 'drizzle-orm/pglite';
import { drizzle as drizzleOverPostgres } from 'drizzle-orm/postgres-js';
import type { ExtractTablesWithRelations } from 'drizzle-orm/relations';
import postgres from 'postgres';
import { postgresFailure } from './postgres-failure.ts';

type NoSchema = Record<string, never>;

/** Either engine: PGlite inside this process, or a server over postgres.js. The SQL and the role are the same. */
export interface Database {
  /** Without a tenant: sees what the `vestige_…` directory functions give out, and no tenant's rows. */
  readonly orm: PgDatabase<PgQueryResultHKT, NoSchema>;
  close(): Promise<void>;
}

/** A transaction of one tenant. Nothing outlives it: role, tenant and locks end with it. */
export type Transaction = PgTransaction<PgQueryResultHKT, NoSchema, ExtractTablesWithRelations<NoSchema>>;

/**
 * What a process runs as (migrations/postgres/0104): what it may not do is decided there and not by its code. None owns a
 * table or can switch row-level security off.
 */
export const DATABASE_ROLES = {
  /** The API with its workflow, and the all-in-one process. */
  application: 'vestige_app',
  collector: 'vestige_collector',
  /** Reads the audit log, certificates and receipts; writes nothing. */
  verifier: 'vestige_verifier',
} as const;
export type DatabaseRole = keyof typeof DATABASE_ROLES;

export type DatabaseConfig = (
  | { readonly kind: 'url'; readonly url: Secret; readonly connectionsMax?: number }
  /** `dataDir: null` keeps everything in memory. Migrations must have run there. */
  | { readonly kind: 'pglite'; readonly dataDir: string | null }
  /** An instance that was just migrated; `close` closes it too. */
  | { readonly kind: 'pglite-client'; readonly client: PGlite }
) & {
  /** Default: `application`. */
  readonly as?: DatabaseRole;
};

const CONNECTIONS_MAX = 10;
const CONNECT_TIMEOUT_S = 10;
const STATEMENT_TIMEOUT_MS = 15_000;
const LOCK_TIMEOUT_MS = 10_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;

/**
 * Opens the control database and proves that its row-level security will hold for us.
 *
 * The login of a URL needs to be a member of the role; every connection switches to it before its first statement. A connection pool in front of Postgres must therefore pool sessions, not transactions.
 *
 * @throws VestigeError `misconfigured` when the role is missing or too strong; `store_unavailable` when nobody answers
 */
export async function openDatabase(config: DatabaseConfig): Promise<Database> {
  const database = config.kind === 'url' ? overPostgres(config) : await overPglite(config);
  try {
    await refuseStrongRole(database, roleOf(config));
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/**
 * Runs `work` in one transaction that sees the rows of `tenant` only.
 *
 * @param work may be undone by an error, so it must touch nothing but the transaction
 * @throws VestigeError for every failure of the database, without the driver's words; other errors as they are
 */
export async function withTenant<T>(
  database: Database,
  tenant: TenantId,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return database.orm
    .transaction(async (tx) => {
      await tx.execute(sql`SELECT set_config('vestige.tenant', ${String(tenant)}, true)`);
      return work(tx);
    })
    .catch(postgresFailure);
}

/**
 * Rows of a statement that the query builder cannot say, in the shape both drivers share.
 *
 * Cast in SQL what drivers read differently: `bigint` comes as text or number, so ask for `::text` or `::float8`.
 */
export async function rowsOf<Row extends Record<string, unknown>>(
  executor: Pick<Database['orm'], 'execute'>,
  statement: SQL,
): Promise<Row[]> {
  const result: unknown = await executor.execute(statement);
  return (Array.isArray(result) ? [...result] : (result as { rows: Row[] }).rows) as Row[];
}

/** One cheap round trip, for `/readyz`. @throws VestigeError `store_unavailable` */
export async function pingDatabase(database: Database): Promise<void> {
  await rowsOf(database.orm, sql`SELECT 1 AS alive`).catch(postgresFailure);
}

const roleOf = ({ as = 'application' }: DatabaseConfig): string => DATABASE_ROLES[as];

function overPostgres(config: Extract<DatabaseConfig, { kind: 'url' }>): Database {
  const client = postgres(config.url.reveal(), {
    max: config.connectionsMax ?? CONNECTIONS_MAX,
    connect_timeout: CONNECT_TIMEOUT_S,
    onnotice: () => {},
    connection: {
      application_name: 'vestige',
      role: roleOf(config),
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    },
  });
  return { orm: drizzleOverPostgres(client), close: () => client.end({ timeout: 5 }) };
}

async function overPglite(config: Exclude<DatabaseConfig, { kind: 'url' }>): Promise<Database> {
  const client = config.kind === 'pglite-client' ? config.client : await PGlite.create(config.dataDir ?? 'memory://');
  try {
    await client.exec(
      `SET ROLE ${roleOf(config)}; SET statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET lock_timeout = ${LOCK_TIMEOUT_MS};`,
    );
  } catch (error) {
    await client.close();
    return postgresFailure(error);
  }
  return { orm: drizzleOverPglite(client), close: () => client.close() };
}

/** Superusers and BYPASSRLS roles read every tenant whatever the policies say. */
async function refuseStrongRole(database: Database, wanted: string): Promise<void> {
  const [role] = await rowsOf<{ name: string; strong: boolean }>(
    database.orm,
    sql`SELECT current_user AS name, rolsuper OR rolbypassrls AS strong FROM pg_roles WHERE rolname = current_user`,
  ).catch(postgresFailure);
  if (role?.name !== wanted || role.strong) {
    throw new VestigeError('misconfigured', `Postgres: connections must run as ${wanted} without BYPASSRLS`);
  }
}
