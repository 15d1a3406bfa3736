import type { TenantKey } from '@vestige/core/identity/token';
import postgres from 'postgres';
import { z } from 'zod';
import { type Connector, ConnectorError } from '../kit.ts';
import { SqlTables } from './mapping.ts';
import { type SqlSession, type Statements, sqlConnector } from './sql-connector.ts';
import { quoteName } from './where.ts';

export const PostgresConfig = SqlTables.extend({
  connector: z.literal('postgres'),
  /** `postgres://user:password@host:5432/database`, a role that may read and delete. */
  url: z.string().startsWith('postgres'),
  /** Another role, that may only read; verification is refused without it. */
  verifyUrl: z.string().startsWith('postgres'),
  /** `full` rewrites the table so that deleted bytes leave its file (exclusive lock); `plain` only frees them for reuse. */
  vacuum: z.enum(['plain', 'full']).default('plain'),
});

/** Longer than any delete of one person should take; a lock queue is reported rather than waited for. */
const STATEMENT_MS = 60_000;

/** PostgreSQL. Deleted bytes stay in dead tuples until VACUUM, and in the WAL until it is recycled. */
export function postgresConnector(config: z.infer<typeof PostgresConfig>, keys: readonly TenantKey[]): Connector {
  return sqlConnector(
    {
      kind: 'postgres',
      file: null,
      method: config.vacuum === 'full' ? 'delete_and_vacuum_full' : 'delete_and_vacuum',
      cannotErase: [
        'backups',
        'wal',
        'replicas not caught up',
        ...(config.vacuum === 'plain' ? ['freed pages until reuse'] : []),
      ],
      dialect: { quote: quoteName, asText: (column) => `${column}::text` },
      verifiesBy: 'other_path',
      otherPath: () => '',
      open: (as) => openSession(as === 'verifier' ? config.verifyUrl : config.url, as),
      async listTables(session) {
        const rows = await session.rows(
          `SELECT schemaname || '.' || tablename AS name FROM pg_tables
           WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
          [],
        );
        return rows.map((row) => String(row['name']));
      },
      async removeBytes(session, table) {
        await session.run(`VACUUM ${config.vacuum === 'full' ? '(FULL) ' : ''}${quoteName(table)}`, []);
      },
    },
    config,
    keys,
  );
}

async function openSession(url: string, as: 'worker' | 'verifier'): Promise<SqlSession> {
  const sql = postgres(url, {
    max: 1,
    connect_timeout: 10,
    onnotice: () => undefined,
    connection: {
      application_name: `vestige-${as}`,
      statement_timeout: STATEMENT_MS,
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
  return {
    ...statements(sql),
    transaction: (work) => guarded(() => sql.begin((inside) => work(statements(inside)))) as ReturnType<typeof work>,
    close: () => sql.end({ timeout: 5 }),
  };
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
