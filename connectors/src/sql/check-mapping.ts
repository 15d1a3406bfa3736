import { ConnectorError } from '../kit.ts';
import { refuseImpossibleOrder } from './foreign-keys.ts';
import { changedColumns, mappedColumns, type SqlTables, type TableMapping } from './mapping.ts';
import type { SqlSession, SqlStore, Statements } from './sql-connector.ts';
import { columnOf } from './where.ts';

/**
 * Compares a mapping with its store, under the rights of this session, before any task is taken: every table is accounted
 * for, every mapped table, column and right is there, and an order of deleting exists. None of it changes anything.
 *
 * @throws ConnectorError that says what to change
 */
export async function checkMapping(
  store: SqlStore,
  config: SqlTables,
  session: SqlSession,
  as: 'worker' | 'verifier',
): Promise<void> {
  if (as === 'worker') {
    await refuseUnaccounted(store, config, session);
    refuseImpossibleOrder(store.kind, config.tables, await store.foreignKeys(session));
  }
  for (const table of config.tables) {
    await readNothing(store, config, session, table);
    if (as === 'verifier') continue;
    await deleteNothing(store, session, table);
    await updateNothing(store, session, table);
    await store.checkTable?.(session, table.table);
  }
}

async function refuseUnaccounted(store: SqlStore, config: SqlTables, session: SqlSession): Promise<void> {
  const present = await store.listTables(session);
  const known = new Set([
    ...config.tables.map((table) => table.table),
    ...config.withoutPersonalData,
    ...(store.accountedFor ?? []),
  ]);
  const unmapped = present.filter((table) => !known.has(table));
  if (unmapped.length > 0) {
    throw new ConnectorError(
      'needs_human',
      'unmapped_table',
      `${store.kind}: no mapping for ${unmapped.join(', ')}. Map identifier columns under \`tables\`, or list it under \`withoutPersonalData\`.`,
    );
  }
  const missing = config.tables.filter((table) => !present.includes(table.table)).map((table) => table.table);
  if (missing.length > 0) {
    const text = `${store.kind}: mapped but not there, or not visible to this credential: ${missing.join(', ')}.`;
    throw new ConnectorError('permanent', 'missing_table', text);
  }
}

/** Reads every mapped column of no row: a missing column or right fails as it would in a task. */
async function readNothing(
  { kind, dialect }: SqlStore,
  { tables }: SqlTables,
  session: SqlSession,
  table: TableMapping,
): Promise<void> {
  const columns = mappedColumns(table, tables).map((column) => columnOf(dialect, table, column));
  await named(kind, table, () =>
    session.rows(`SELECT ${columns.join(', ')} FROM ${dialect.quote(table.table)} WHERE 1 = 0`, []),
  );
}

/** Deletes no row and takes even that back: a credential that may only read fails here and not in the middle of a task. */
function deleteNothing(store: SqlStore, session: SqlSession, table: TableMapping): Promise<void> {
  return tryInVain(store, session, table, `DELETE FROM ${store.dialect.quote(table.table)} WHERE 1 = 0`);
}

/** The same for the columns that restricting and correcting write. */
async function updateNothing(store: SqlStore, session: SqlSession, table: TableMapping): Promise<void> {
  const { quote } = store.dialect;
  const set = changedColumns(table).map((column) => `${quote(column)} = ${quote(column)}`);
  if (set.length === 0) return;
  await tryInVain(store, session, table, `UPDATE ${quote(table.table)} SET ${set.join(', ')} WHERE 1 = 0`);
}

async function tryInVain({ kind }: SqlStore, session: SqlSession, table: TableMapping, statement: string) {
  // One of our own errors: any other is taken for the driver's on its way out of the transaction.
  const takeBack = new ConnectorError('retryable', 'taken_back', 'Nothing was to be changed.');
  const attempt = async (inside: Statements) => {
    await inside.run(statement, []);
    throw takeBack;
  };
  await named(kind, table, () =>
    session.transaction(attempt).catch((error) => {
      if (error !== takeBack) throw error;
    }),
  );
}

async function named(kind: string, { table }: TableMapping, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.class === 'retryable') throw error;
    throw new ConnectorError(error.class, error.code, `${kind}, table ${table}: ${error.message.slice(0, 300)}`);
  }
}
