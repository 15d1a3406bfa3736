import type { TenantKey } from '@vestige/core/identity/token';
import postgres from 'postgres';
import { z } from 'zod';
import { type Connector, ConnectorError } from '../kit.ts';
import type { ForeignKey } from './foreign-keys.ts';
import { SqlTables } from './mapping.ts';
import { type SqlSession, type Statements, sqlConnector } from './sql-connector.ts';
import { quoteName } from './where.ts';

export const PostgresConfig = SqlTables.extend({
  connector: z.literal('postgres'),
  /** `postgres://user:password@host:5432/database`, a role that may read and delete. */
  url: z.string().startsWith('postgres'),
  /** Another role, that may only read; verification is refused without it. */
  verifyUrl: z.string().startsWith('postgres'),
  /**
   * `full` rewrites the table so that deleted bytes leave its file (exclusive lock); `plain` only frees them for reuse;
   * `none` leaves both to autovacuum. The first two need the table's owner, or MAINTAIN on it.
   */
  vacuum: z.enum(['plain', 'full', 'none']).default('plain'),
  /** Copies of mapped rows that the server keeps; refreshed after every erasure. */
  materializedViews: z.array(z.string().min(1).max(128)).max(200).default([]),
});

/** Addresses are compared by an expression: without an index on it, a large table is read as a whole. */
const STATEMENT_MS = 600_000;
/** A lock queue is reported rather than waited for. */
const LOCK_MS = 60_000;
const BATCH_ROWS = 5_000;

const METHODS = { full: 'delete_and_vacuum_full', plain: 'delete_and_vacuum', none: 'delete' } as const;

/** PostgreSQL 14 or newer. Deleted bytes stay in dead tuples until VACUUM, and in the WAL until it is recycled. */
export function postgresConnector(config: z.infer<typeof PostgresConfig>, keys: readonly TenantKey[]): Connector {
  return sqlConnector(
    {
      kind: 'postgres',
      file: null,
      method: METHODS[config.vacuum],
      cannotErase: [
        'backups',
        'wal',
        'replicas not caught up',
        'planner statistics until their pages are reused',
        ...(config.vacuum === 'plain' ? ['freed pages until reuse'] : []),
        ...(config.vacuum === 'none' ? ['dead rows until autovacuum'] : []),
      ],
      dialect: { quote: quoteName, asText: (column) => `${column}::text` },
      verifiesBy: new URL(config.url).username === new URL(config.verifyUrl).username ? 'same_path' : 'other_path',
      otherPath: () => '',
      // Row versions are named by place; with partitions the place alone is not unique.
      batch: {
        rowsMax: BATCH_ROWS,
        delete: (table, where, rowsMax) =>
          `DELETE FROM ${table} WHERE (tableoid, ctid) IN (SELECT tableoid, ctid FROM ${table} WHERE ${where} LIMIT ${rowsMax})`,
      },
      open: (as) => openSession(as === 'verifier' ? config.verifyUrl : config.url, as),
      accountedFor: config.materializedViews,
      listTables,
      foreignKeys,
      identity,
      checkTable: (session, table) => checkTable(session, table, config.vacuum),
      async removeBytes(session, table) {
        if (config.vacuum !== 'none') {
          // ANALYZE too: the planner's statistics quote the commonest values, addresses among them.
          await session.run(`VACUUM (${config.vacuum === 'full' ? 'FULL, ' : ''}ANALYZE) ${quoteName(table)}`, []);
        }
        for (const view of config.materializedViews) {
          await session.run(`REFRESH MATERIALIZED VIEW ${quoteName(view)}`, []);
        }
      },
    },
    config,
    keys,
  );
}

/** Tables, and whatever else keeps rows: materialized views, foreign tables. A partition belongs to its table. */
async function listTables(session: SqlSession): Promise<string[]> {
  const rows = await session.rows(
    `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
       AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)' ORDER BY 1`,
    [],
  );
  return rows.map((row) => String(row['name']));
}

async function foreignKeys(session: SqlSession): Promise<ForeignKey[]> {
  const rows = await session.rows(
    `SELECT child.nspname || '.' || c.relname AS child, parent.nspname || '.' || p.relname AS parent, k.confdeltype,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS x (n, i)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.n ORDER BY x.i) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS x (n, i)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = x.n ORDER BY x.i) AS references
     FROM pg_constraint k
     JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace child ON child.oid = c.relnamespace
     JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace parent ON parent.oid = p.relnamespace
     WHERE k.contype = 'f' AND NOT c.relispartition AND NOT p.relispartition`,
    [],
  );
  return rows.map((row) => ({
    child: String(row['child']),
    columns: row['columns'] as string[],
    parent: String(row['parent']),
    references: row['references'] as string[],
    onDelete:
      row['confdeltype'] === 'c' ? 'cascade' : /[nd]/.test(String(row['confdeltype'])) ? 'set_null' : 'restrict',
  }));
}

async function identity(session: SqlSession): Promise<string> {
  const [row] = await session.rows('SELECT current_database() AS name, system_identifier FROM pg_control_system()', []);
  return `${row?.['system_identifier']}/${row?.['name']}`;
}

/** What the server would do in silence: hide rows behind a policy, skip a VACUUM with a warning. */
async function checkTable(session: SqlSession, table: string, vacuum: 'full' | 'plain' | 'none'): Promise<void> {
  const [row] = await session.rows(
    `SELECT row_security_active(c.oid) AS hidden, pg_has_role(c.relowner, 'USAGE') AS owned,
       coalesce((SELECT has_table_privilege(c.oid, 'MAINTAIN') WHERE current_setting('server_version_num')::int >= 170000), false) AS kept
     FROM pg_class c WHERE c.oid = $1::text::regclass`,
    [quoteName(table)],
  );
  if (row?.['hidden'] === true) {
    const text = `postgres: row security hides rows of ${table} from this role; give it BYPASSRLS or a policy for all rows.`;
    throw new ConnectorError('permanent', 'permission_denied', text);
  }
  if (vacuum !== 'none' && row?.['owned'] !== true && row?.['kept'] !== true) {
    const text = `postgres: this role may not vacuum ${table}, and the server would only warn; make it the owner, grant MAINTAIN, or set \`vacuum: none\`.`;
    throw new ConnectorError('permanent', 'permission_denied', text);
  }
}

async function openSession(url: string, as: 'worker' | 'verifier'): Promise<SqlSession> {
  const sql = postgres(url, {
    max: 1,
    connect_timeout: 10,
    onnotice: () => undefined,
    connection: {
      application_name: `vestige-${as}`,
      statement_timeout: STATEMENT_MS,
      lock_timeout: LOCK_MS,
      // A policy that would hide rows is then an error of the query instead of a smaller answer.
      row_security: 'off',
      ...(as === 'verifier'
        ? {
            default_transaction_read_only: true,
            enable_indexscan: 'off',
            enable_bitmapscan: 'off',
            enable_indexonlyscan: 'off',
          }
        : {}),
    },
  });
  try {
    await refuseReplica(sql);
  } catch (error) {
    await sql.end({ timeout: 5 });
    throw error;
  }
  return {
    ...statements(sql),
    transaction: (work) => guarded(() => sql.begin((inside) => work(statements(inside)))) as ReturnType<typeof work>,
    close: () => sql.end({ timeout: 5 }),
  };
}

/** A replica may lag: what it does not find may be there, and what it finds may be gone (FM12). */
async function refuseReplica(sql: postgres.Sql): Promise<void> {
  const [row] = await statements(sql).rows('SELECT pg_is_in_recovery() AS replica', []);
  if (row?.['replica'] === false) return;
  const text = 'postgres: this server is a replica and may lag; give the address of the primary.';
  throw new ConnectorError('permanent', 'replica', text);
}

function statements(on: postgres.ISql): Statements {
  return {
    rows: (text, params) =>
      guarded(async () => (await on.unsafe(text, [...params] as string[])).map((row) => ({ ...row }))),
    run: (text, params) => guarded(async () => (await on.unsafe(text, [...params] as string[])).count ?? 0),
  };
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ConnectorError || (error instanceof Error && error.name === 'AbortError')
      ? error
      : failure(error);
  }
}

function failure(error: unknown): ConnectorError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
  switch (code) {
    case '42P01':
      return new ConnectorError('permanent', 'missing_table', 'postgres: a mapped table does not exist.');
    case '42703':
      return new ConnectorError('permanent', 'missing_column', 'postgres: a mapped column does not exist.');
    case '42501':
    case '25006':
    case '28P01':
    case '28000':
      return new ConnectorError(
        'permanent',
        'permission_denied',
        `postgres: this credential may not do that (${code}).`,
      );
    case '23503':
      return new ConnectorError(
        'needs_human',
        'referenced_elsewhere',
        'postgres: rows of an unmapped table point at these rows; map it with `via`.',
      );
  }
  // 08 connection, 40 rollback, 53 resources, 55 lock, 57 operator: the same call may succeed later.
  if (/^(08|40|53|55|57)/.test(code) || /^(ECONN|ETIMEDOUT|ENOTFOUND|EPIPE|CONNECT|CONNECTION)/.test(code)) {
    return new ConnectorError('retryable', 'unreachable', `postgres: not reachable or busy (${code}).`);
  }
  return new ConnectorError('permanent', 'store_refused', `postgres: the statement was refused (${code}).`);
}
