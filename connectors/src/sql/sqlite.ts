import { type Client, createClient, LibsqlError, type Transaction } from '@libsql/client';
import type { TenantKey } from '@vestige/core/identity/token';
import { z } from 'zod';
import { type Connector, ConnectorError, type Row } from '../kit.ts';
import type { ForeignKey } from './foreign-keys.ts';
import { SqlTables } from './mapping.ts';
import { type SqlSession, type Statements, sqlConnector } from './sql-connector.ts';
import { quoteName } from './where.ts';

export const SqliteConfig = SqlTables.extend({
  connector: z.literal('sqlite'),
  /** Path of the database file. */
  file: z.string().min(1),
});

/** Writers of the application hold the lock for moments; waiting beats failing the task. */
const BUSY_MS = 10_000;

/**
 * SQLite through libSQL.
 *
 * A DELETE leaves the bytes in free pages and in the write-ahead log: `secure_delete` zeroes the cells, VACUUM rewrites
 * the file without free pages, and a truncating checkpoint empties the log.
 */
export function sqliteConnector(config: z.infer<typeof SqliteConfig>, keys: readonly TenantKey[]): Connector {
  return sqlConnector(
    {
      kind: 'sqlite',
      file: config.file,
      method: 'delete_and_vacuum',
      cannotErase: ['backups', 'file system snapshots'],
      dialect: { quote: quoteName, asText: (column) => `CAST(${column} AS TEXT)` },
      // `NOT INDEXED` reads the table itself: a corrupt index that no longer leads to a row cannot hide it.
      verifiesBy: 'other_path',
      otherPath: () => 'NOT INDEXED',
      open: (as) => openSession(config.file, as),
      async listTables(session) {
        const rows = await session.rows(
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
          [],
        );
        return rows.map((row) => String(row['name']));
      },
      async foreignKeys(session) {
        const rows = await session.rows(
          `SELECT m.name AS child, k.id, k.seq, k."table" AS parent, k."from" AS own, k.on_delete,
             coalesce(k."to", (SELECT name FROM pragma_table_info(k."table") WHERE pk = k.seq + 1)) AS theirs
           FROM sqlite_schema m, pragma_foreign_key_list(m.name) k WHERE m.type = 'table' ORDER BY m.name, k.id, k.seq`,
          [],
        );
        return grouped(rows);
      },
      batch: null,
      async removeBytes(session) {
        // Statistics of ANALYZE quote values of indexed columns; they are taken again from what is left.
        const quoting = await session.rows(
          "SELECT 1 FROM sqlite_schema WHERE name IN ('sqlite_stat1', 'sqlite_stat4')",
          [],
        );
        if (quoting.length > 0) await session.run('ANALYZE', []);
        await session.run('VACUUM', []);
        const [state] = await session.rows('PRAGMA wal_checkpoint(TRUNCATE)', []);
        if (Number(state?.['busy'] ?? 0) !== 0) {
          throw new ConnectorError(
            'retryable',
            'checkpoint_busy',
            'A reader keeps the write-ahead log from being emptied; trying again.',
          );
        }
      },
    },
    config,
    keys,
  );
}

/** One row per column pair to one key; a key that names no column points at the primary key. */
function grouped(rows: readonly Row[]): ForeignKey[] {
  const keys = new Map<string, ForeignKey>();
  for (const row of rows) {
    const id = `${row['child']} ${row['id']}`;
    const before = keys.get(id);
    keys.set(id, {
      child: String(row['child']),
      parent: String(row['parent']),
      columns: [...(before?.columns ?? []), String(row['own'])],
      references: [...(before?.references ?? []), String(row['theirs'])],
      onDelete:
        row['on_delete'] === 'CASCADE' ? 'cascade' : /^SET/.test(String(row['on_delete'])) ? 'set_null' : 'restrict',
    });
  }
  return [...keys.values()];
}

async function openSession(file: string, as: 'worker' | 'verifier'): Promise<SqlSession> {
  const client: Client = await guarded(async () => createClient({ url: `file:${file}`, intMode: 'bigint' }));
  const prepare = () =>
    guarded(async () => {
      await client.execute(`PRAGMA busy_timeout = ${BUSY_MS}`);
      // The verifier's own connection cannot write even by mistake.
      await client.execute(as === 'verifier' ? 'PRAGMA query_only = ON' : 'PRAGMA secure_delete = ON');
    });
  await prepare();
  return {
    ...statements(client),
    async transaction(work) {
      const transaction = await guarded(() => client.transaction('write'));
      try {
        const result = await work(statements(transaction));
        await guarded(() => transaction.commit());
        return result;
      } finally {
        transaction.close();
        // The client hands its connection to the transaction and opens a new one, without the settings, afterwards.
        await prepare();
      }
    },
    async close() {
      client.close();
    },
  };
}

function statements(on: Client | Transaction): Statements {
  const execute = (sql: string, params: readonly unknown[]) =>
    guarded(() => on.execute({ sql, args: [...params] as string[] }));
  return {
    async rows(sql, params) {
      const result = await execute(sql, params);
      return result.rows.map((row) => Object.fromEntries(result.columns.map((column) => [column, plain(row[column])])));
    },
    run: async (sql, params) => (await execute(sql, params)).rowsAffected,
  };
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure(error);
  }
}

/** Integers beyond 2^53 stay exact as text; blobs become base64: an export is JSON. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64');
  return value;
}

function failure(error: unknown): ConnectorError {
  const text = error instanceof Error ? error.message : '';
  // Opening fails without a code; 14 is SQLITE_CANTOPEN.
  const opening = /^ConnectionFailed.*: 14"\)$/s.test(text) ? 'SQLITE_CANTOPEN' : 'unknown';
  const code = error instanceof LibsqlError ? error.code : opening;
  if (/no such table/.test(text)) {
    return new ConnectorError('permanent', 'missing_table', 'sqlite: a mapped table does not exist.');
  }
  if (/no such column/.test(text)) {
    return new ConnectorError('permanent', 'missing_column', 'sqlite: a mapped column does not exist.');
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new ConnectorError('retryable', 'locked', 'sqlite: the database is locked by another process.');
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_PERM') || code.startsWith('SQLITE_AUTH')) {
    return new ConnectorError('permanent', 'permission_denied', `sqlite: this credential may not do that (${code}).`);
  }
  if (code.startsWith('SQLITE_CANTOPEN')) {
    return new ConnectorError('retryable', 'unreachable', 'sqlite: the database file cannot be opened.');
  }
  return new ConnectorError('permanent', 'store_refused', `sqlite: the statement was refused (${code}).`);
}
