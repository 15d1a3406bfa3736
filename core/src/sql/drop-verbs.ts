import type { Frame } from './frame.ts';
import { words } from './keywords.ts';
import type { SqlAction } from './reading.ts';
import type { Statement } from './statement.ts';

/** DROP and TRUNCATE: rows that go with what held them. */

const DROP_FILLERS = words(
  'TEMPORARY TEMP MATERIALIZED FOREIGN EXTERNAL TRANSIENT SNAPSHOT DYNAMIC HYBRID ICEBERG STREAMING INTERACTIVE WEB FORCE',
);
const CONTAINERS = words('SCHEMA DATABASE KEYSPACE NAMESPACE CATALOG');
/** `DROP DATABASE LINK x` (Oracle) drops no database. */
const OF_DATABASE = words('LINK ROLE SCOPED ENCRYPTION AUDIT');
const LISTED_MAX = 32;

export function drop(s: Statement, frame: Frame): void {
  s.cursor.skip(DROP_FILLERS);
  const what = s.cursor.token().upper;
  s.cursor.at++;
  if (what === 'TABLE' || what === 'TABLES' || (what === 'VIEW' && s.cursor.token(-2).upper === 'MATERIALIZED')) {
    frame.expect = 'delete';
    frame.list = 'delete';
    return;
  }
  frame.query.phase = 'skip';
  if (CONTAINERS.has(what)) {
    if (what !== 'DATABASE' || !OF_DATABASE.has(s.cursor.token().upper)) wholesOf(s, what);
  } else if (isWithTables(s, what)) s.doubt();
}

/** Oracle's `DROP USER x CASCADE` drops all tables of a schema; `DROP OWNED BY x` (PostgreSQL) all of a role. */
function isWithTables({ cursor, dialect }: Statement, what: string): boolean {
  if (what === 'OWNED' || what === 'TABLESPACE' || what === 'CLUSTER') return true;
  return what === 'USER' && dialect.fold === 'upper' && cursor.token(1).upper === 'CASCADE';
}

export function truncate(s: Statement, frame: Frame): void {
  const { cursor } = s;
  const what = cursor.token().upper;
  // ClickHouse: `TRUNCATE ALL TABLES FROM shop`.
  const ofAll = what === 'ALL' ? 1 : 0;
  if (what === 'DATABASE' || what === 'SCHEMA' || cursor.token(ofAll + 1).upper === 'FROM') {
    frame.query.phase = 'skip';
    cursor.at += what === 'DATABASE' || what === 'SCHEMA' ? 1 : ofAll + 2;
    wholesOf(s, what === 'SCHEMA' ? what : 'DATABASE');
    // A pattern says which of the tables.
    if (cursor.token().kind === 'word' && /^(?:NOT|I?LIKE)$/.test(cursor.token().upper)) s.doubt();
    return;
  }
  if (what === 'MATERIALIZED') cursor.at += 2;
  frame.expect = 'delete';
  frame.list = 'delete';
}

/** `DROP SCHEMA [IF EXISTS] a, b CASCADE`: every table of each. */
function wholesOf(s: Statement, what: string): void {
  const { cursor } = s;
  if (cursor.token().upper === 'IF') cursor.at += 2;
  for (let listed = 0; listed < LISTED_MAX; listed++) {
    wholeOf(s, what, 'delete');
    if (cursor.token().text !== ',') return;
    cursor.at++;
  }
  s.doubt();
}

/** Every table of the schema or database whose name stands here. */
export function wholeOf(s: Statement, what: string, action: SqlAction): void {
  const parts = s.cursor.name();
  const last = parts.at(-1);
  if (last === undefined) s.doubt();
  else if (what === 'SCHEMA' || what === 'NAMESPACE')
    s.emit({ ...(parts.length > 1 ? { catalog: parts[0] } : {}), schema: last, name: '*' }, action);
  else s.emit({ catalog: last, name: '*' }, action);
}
