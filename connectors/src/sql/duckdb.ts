import { rename, rm, stat } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { TenantKey } from '@vestige/core/identity/token';
import { z } from 'zod';
import { makeLike, makePrivate } from '../files/same-owner.ts';
import { type Connector, ConnectorError, type Row } from '../kit.ts';
import { type ForeignKey, parentsFirst } from './foreign-keys.ts';
import { SqlTables } from './mapping.ts';
import { type SqlSession, type Statements, sqlConnector } from './sql-connector.ts';
import { quoteName } from './where.ts';

export const DuckdbConfig = SqlTables.extend({
  connector: z.literal('duckdb'),
  /** Path of the database file. */
  file: z.string().min(1),
});

/**
 * DuckDB, one file, one process at a time: while a batch job has it open, a task waits and is tried again.
 *
 * DELETE leaves the bytes in their row group and CHECKPOINT reuses blocks without zeroing them, so the file is copied
 * into a new one that takes its place.
 */
export function duckdbConnector(config: z.infer<typeof DuckdbConfig>, keys: readonly TenantKey[]): Connector {
  return sqlConnector(
    {
      kind: 'duckdb',
      file: config.file,
      method: 'delete_and_rewrite',
      cannotErase: ['backups', 'file system snapshots'],
      dialect: { quote: quoteName, asText: (column) => `CAST(${column} AS VARCHAR)` },
      // A file has no second credential, and without indexes there is one way to read it.
      verifiesBy: 'same_path',
      otherPath: () => '',
      open: (as) => openSession(config.file, as),
      listTables: async (session) => (await session.rows(TABLES, [])).map(nameOf),
      foreignKeys: (session) => readForeignKeys((sql) => session.rows(sql, [])),
      batch: null,
      // Its foreign keys still see rows that the same transaction deleted.
      deletesParentsTogether: false,
      async removeBytes(session) {
        await (session as DuckdbSession).rewrite();
      },
    },
    config,
    keys,
  );
}

const TABLES = `
  SELECT schema_name, table_name FROM duckdb_tables()
  WHERE NOT internal AND NOT temporary AND database_name = current_database() ORDER BY 1, 2`;
const FOREIGN_KEYS = `
  SELECT schema_name, table_name, constraint_column_names AS own, referenced_table AS parent,
    referenced_column_names AS theirs
  FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY' AND database_name = current_database()`;

/** As a mapping names a table: with its schema, unless that is the one everything is in. */
function nameOf(row: Row): string {
  return inSchema(row['schema_name'], row['table_name']);
}

function inSchema(schema: unknown, name: unknown): string {
  return schema === 'main' ? String(name) : `${schema}.${name}`;
}

function qualified(table: string): string {
  return quoteName(table.includes('.') ? table : `main.${table}`);
}

/** DuckDB keeps foreign keys inside one schema and knows no ON DELETE. */
async function readForeignKeys(rows: (sql: string) => Promise<Row[]>): Promise<ForeignKey[]> {
  return (await rows(FOREIGN_KEYS)).map((row) => ({
    child: nameOf(row),
    columns: row['own'] as string[],
    parent: inSchema(row['schema_name'], row['parent']),
    references: row['theirs'] as string[],
    onDelete: 'restrict',
  }));
}

async function readRows(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Row[];
}

interface DuckdbSession extends SqlSession {
  /** Copies the live rows into a new file and puts it in the old one's place. The session is closed afterwards. */
  rewrite(): Promise<void>;
}

async function openSession(file: string, as: 'worker' | 'verifier'): Promise<DuckdbSession> {
  let instance: DuckDBInstance | null = null;
  let connection: DuckDBConnection | null = null;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw error instanceof ConnectorError ? error : failure(error);
    }
  };
  const open = () =>
    guarded(async () => {
      // Without this the worker would hold the lock of a file that somebody mistyped into being.
      instance = await DuckDBInstance.create(file, { access_mode: as === 'verifier' ? 'READ_ONLY' : 'READ_WRITE' });
      connection = await instance.connect();
      return connection;
    });
  const close = () => {
    connection?.closeSync();
    instance?.closeSync();
    connection = null;
    instance = null;
  };
  await open();
  const session: Statements = {
    rows: (sql, params) =>
      guarded(async () => {
        const reader = await (connection ?? (await open())).runAndReadAll(sql, [...params] as string[]);
        return reader.getRowObjectsJson() as Row[];
      }),
    run: (sql, params) =>
      guarded(async () => {
        const result = await (connection ?? (await open())).run(sql, [...params] as string[]);
        return result.rowsChanged;
      }),
  };
  return {
    ...session,
    async transaction(work) {
      await session.run('BEGIN TRANSACTION', []);
      try {
        const result = await work(session);
        await session.run('COMMIT', []);
        return result;
      } catch (error) {
        await session.run('ROLLBACK', []).catch(() => undefined);
        throw error;
      }
    },
    rewrite: () =>
      guarded(async () => {
        const next = `${file}.vestige-rewrite`;
        await rm(next, { force: true });
        try {
          const live = connection ?? (await open());
          const [row] = (await live.runAndReadAll('SELECT current_database() AS name')).getRowObjectsJson();
          const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
          await live.run('CHECKPOINT');
          const source = quoteName(String(row?.['name']));
          await live.run(`ATTACH ${quote(next)} AS vestige_rewrite`);
          await makePrivate(next);
          await live.run(`COPY FROM DATABASE ${source} TO vestige_rewrite`).catch(async (error) => {
            // Seen on 1.5: a table may be copied before the one its foreign key points at, whatever order would do.
            if (!/^Constraint Error/.test(error instanceof Error ? error.message : '')) throw error;
            await live.run(`COPY FROM DATABASE ${source} TO vestige_rewrite (SCHEMA)`);
            const tables = await readRows(live, TABLES);
            const keys = await readForeignKeys((sql) => readRows(live, sql));
            for (const table of parentsFirst(tables.map(nameOf), keys)) {
              await live.run(
                `INSERT INTO vestige_rewrite.${qualified(table)} SELECT * FROM ${source}.${qualified(table)}`,
              );
            }
          });
          await live.run('DETACH vestige_rewrite');
          close();
          await makeLike(next, await stat(file));
          // Atomic on one file system: a crash leaves either the old file, whose rows are deleted, or the new one.
          await rename(next, file);
          await rm(`${file}.wal`, { force: true });
        } catch (error) {
          // It holds everybody's rows, and nobody would look for them there.
          close();
          for (const left of [next, `${next}.wal`]) await rm(left, { force: true });
          throw error;
        }
      }),
    async close() {
      close();
    },
  };
}

function failure(error: unknown): ConnectorError {
  const text = error instanceof Error ? error.message : '';
  // DuckDB has no codes; the first words name the class of error and hold no values.
  const kind = /^([A-Za-z ]+ Error)/.exec(text)?.[1] ?? 'Error';
  if (/lock/i.test(text) && kind === 'IO Error') {
    return new ConnectorError('retryable', 'locked', 'duckdb: another process has the file open.');
  }
  if (/permission denied|read-only|operation not permitted/i.test(text)) {
    const says = 'duckdb: this process may not write the file, or not give the rewritten one to its owner.';
    return new ConnectorError('permanent', 'permission_denied', says);
  }
  if (kind === 'Catalog Error')
    return new ConnectorError('permanent', 'missing_table', 'duckdb: a mapped table does not exist.');
  if (kind === 'Binder Error')
    return new ConnectorError('permanent', 'missing_column', 'duckdb: a mapped column does not exist.');
  if (kind === 'IO Error') return new ConnectorError('retryable', 'unreachable', 'duckdb: the file cannot be read.');
  return new ConnectorError('permanent', 'store_refused', `duckdb: the statement was refused (${kind}).`);
}
