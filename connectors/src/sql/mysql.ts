import type { TenantKey } from '@vestige/core/identity/token';
import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import { z } from 'zod';
import { type Connector, ConnectorError, type Row } from '../kit.ts';
import type { ForeignKey } from './foreign-keys.ts';
import { SqlTables } from './mapping.ts';
import { mysqlFailure } from './mysql-failure.ts';
import { type SqlSession, type Statements, sqlConnector } from './sql-connector.ts';

const address = z.string().regex(/^(mysql|mariadb):\/\//);

export const MysqlConfig = SqlTables.extend({
  connector: z.literal('mysql'),
  /** `mysql://user:password@host:3306/database`, a user that may read and delete. Tables of this database are covered. */
  url: address,
  /** Another user, that may only read. */
  verifyUrl: address,
  /** Rebuilds the table so that deleted bytes leave its file; off, InnoDB only frees them for reuse. */
  optimize: z.boolean().default(true),
});

const CONNECT_MS = 10_000;
/** Addresses are compared by an expression: without an index on it, a large table is read as a whole. */
const STATEMENT_MS = 600_000;
const BATCH_ROWS = 5_000;

/**
 * MySQL 8 and MariaDB, tables of InnoDB. Deleted rows stay in free pages until the table is rebuilt, and in the binary, redo
 * and undo logs until these are recycled.
 */
export function mysqlConnector(config: z.infer<typeof MysqlConfig>, keys: readonly TenantKey[]): Connector {
  return sqlConnector(
    {
      kind: 'mysql',
      file: null,
      method: config.optimize ? 'delete_and_optimize' : 'delete',
      cannotErase: [
        'backups',
        'binary log',
        'redo and undo logs',
        'replicas not caught up',
        ...(config.optimize ? [] : ['freed pages until reuse']),
      ],
      dialect: {
        quote,
        // Most collations take U-1 for u-1 and a for ä: compared so, another person's rows would match.
        asText: (column) => `CONVERT(${column} USING utf8mb4) COLLATE utf8mb4_bin`,
        parameter: () => '?',
      },
      verifiesBy: new URL(config.url).username === new URL(config.verifyUrl).username ? 'same_path' : 'other_path',
      // Reads the table itself: a secondary index that no longer leads to a row cannot hide it.
      otherPath: () => 'USE INDEX ()',
      batch: {
        rowsMax: BATCH_ROWS,
        delete: (table, where, rowsMax) => `DELETE FROM ${table} WHERE ${where} LIMIT ${rowsMax}`,
      },
      open: (as) => openSession(as === 'verifier' ? config.verifyUrl : config.url, as),
      listTables,
      foreignKeys,
      identity,
      checkTable,
      async removeBytes(session, table) {
        if (config.optimize) await optimize(session, table);
      },
    },
    config,
    keys,
  );
}

/** Backticks; a dot separates database and table. */
function quote(identifier: string): string {
  return identifier
    .split('.')
    .map((part) => `\`${part.replaceAll('`', '``')}\``)
    .join('.');
}

async function listTables(session: SqlSession): Promise<string[]> {
  const rows = await session.rows(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = database() AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY 1`,
    [],
  );
  return rows.map((row) => String(row['name']));
}

async function foreignKeys(session: SqlSession): Promise<ForeignKey[]> {
  const rows = await session.rows(
    `SELECT k.constraint_name AS name, k.table_name AS child, k.column_name AS own, k.referenced_table_name AS parent,
       k.referenced_column_name AS theirs, r.delete_rule AS rule
     FROM information_schema.key_column_usage k
     JOIN information_schema.referential_constraints r
       ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
     WHERE k.table_schema = database() AND k.referenced_table_schema = database()
     ORDER BY k.table_name, k.constraint_name, k.ordinal_position`,
    [],
  );
  const found = new Map<string, ForeignKey>();
  for (const row of rows) {
    const id = `${row['child']} ${row['name']}`;
    const before = found.get(id);
    found.set(id, {
      child: String(row['child']),
      parent: String(row['parent']),
      columns: [...(before?.columns ?? []), String(row['own'])],
      references: [...(before?.references ?? []), String(row['theirs'])],
      onDelete: row['rule'] === 'CASCADE' ? 'cascade' : /^SET/.test(String(row['rule'])) ? 'set_null' : 'restrict',
    });
  }
  return [...found.values()];
}

async function identity(session: SqlSession): Promise<string> {
  const [row] = await session.rows(
    'SELECT @@hostname AS host, @@port AS port, @@datadir AS files, database() AS name',
    [],
  );
  return JSON.stringify([row?.['host'], row?.['port'], row?.['files'], row?.['name']]);
}

/** A table of another engine takes no transaction and no foreign key; a versioned one keeps every row it deletes. */
async function checkTable(session: SqlSession, table: string): Promise<void> {
  const [row] = await session.rows(
    'SELECT engine, table_type AS type FROM information_schema.tables WHERE table_schema = database() AND table_name = ?',
    [table],
  );
  if (row?.['type'] === 'SYSTEM VERSIONED') {
    const text = `mysql: ${table} keeps every deleted row as history; drop its system versioning or erase its history by hand.`;
    throw new ConnectorError('needs_human', 'keeps_history', text);
  }
  if (row?.['engine'] === 'InnoDB') return;
  throw new ConnectorError(
    'needs_human',
    'engine_not_covered',
    `mysql: ${table} is not of InnoDB, the only engine covered.`,
  );
}

/** Answers with rows, errors among them: a refused OPTIMIZE is no error of the statement. */
async function optimize(session: SqlSession, table: string): Promise<void> {
  const rows = await session.rows(`OPTIMIZE TABLE ${quote(table)}`, []);
  if (!rows.some((row) => String(row['Msg_type']).toLowerCase() === 'error')) return;
  throw new ConnectorError('permanent', 'permission_denied', 'mysql: the server refused to rebuild the table.');
}

async function openSession(url: string, as: 'worker' | 'verifier'): Promise<SqlSession> {
  const connection = await guarded(() =>
    createConnection({
      uri: url.replace(/^mariadb:/, 'mysql:'),
      connectTimeout: CONNECT_MS,
      // Exact texts: an export must not round or shift what is stored.
      supportBigNumbers: true,
      bigNumberStrings: true,
      dateStrings: true,
    }),
  );
  const session = statements(connection);
  try {
    await refuseReplica(session);
    if (as === 'verifier') await session.run('SET SESSION TRANSACTION READ ONLY', []);
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return {
    ...session,
    async transaction(work) {
      await guarded(() => connection.beginTransaction());
      try {
        const result = await work(session);
        await guarded(() => connection.commit());
        return result;
      } catch (error) {
        await connection.rollback().catch(() => undefined);
        throw error;
      }
    },
    close: () => connection.end().catch(() => connection.destroy()),
  };
}

/** A replica may lag, and is set to be read only unless somebody was careless. */
async function refuseReplica(session: Statements): Promise<void> {
  const [row] = await session.rows('SELECT @@global.read_only AS only_read', []);
  if (Number(row?.['only_read']) === 0) return;
  const text = 'mysql: this server is read only, as a replica is; give the address of the primary.';
  throw new ConnectorError('permanent', 'replica', text);
}

function statements(connection: Connection): Statements {
  // Prepared on the server: no value ever becomes text of a statement, whatever its sql_mode says of backslashes.
  const execute = <T extends RowDataPacket[] | ResultSetHeader>(sql: string, params: readonly unknown[]) =>
    guarded(async () => (await connection.execute<T>({ sql, timeout: STATEMENT_MS }, [...params] as string[]))[0]);
  return {
    rows: async (sql, params) => (await execute<RowDataPacket[]>(sql, params)).map(plain),
    run: async (sql, params) => (await execute<ResultSetHeader>(sql, params)).affectedRows,
  };
}

/** Bytes as base64: an export is JSON. */
function plain(row: RowDataPacket): Row {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, Buffer.isBuffer(value) ? value.toString('base64') : value]),
  );
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ConnectorError ? error : mysqlFailure(error);
  }
}
