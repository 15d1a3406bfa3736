import type { Frame, QueryState, TableUse } from './frame.ts';
import { words } from './keywords.ts';
import type { SqlAction } from './reading.ts';
import type { Statement } from './statement.ts';

/** DROP, CREATE and ALTER: changes of structure, some of which move or remove data. */

const DROP_FILLERS = words('TEMPORARY TEMP MATERIALIZED FOREIGN EXTERNAL TRANSIENT SNAPSHOT');
const CREATE_FILLERS = words(
  'OR REPLACE TEMP TEMPORARY GLOBAL LOCAL UNLOGGED EXTERNAL FOREIGN TRANSIENT VOLATILE MULTISET SET COLUMN ROW CONSTRAINT DEFINER SNAPSHOT',
);
const ROUTINES = words('TRIGGER PROCEDURE PROC FUNCTION EVENT PACKAGE');
const RENAMED_MAX = 32;
const ALTER_MOVES = words('EXCHANGE REPLACE ATTACH DETACH MOVE FETCH');

export function drop(s: Statement, frame: Frame): void {
  s.cursor.skip(DROP_FILLERS);
  const what = s.cursor.token().upper;
  s.cursor.at++;
  if (what === 'TABLE' || (what === 'VIEW' && s.cursor.token(-2).upper === 'MATERIALIZED')) {
    frame.expect = 'delete';
    frame.list = 'delete';
    return;
  }
  frame.query.phase = 'skip';
  if (what !== 'SCHEMA' && what !== 'DATABASE' && what !== 'KEYSPACE') return;
  if (s.cursor.token().upper === 'IF') s.cursor.at += 2;
  wholeOf(s, what, 'delete');
}

/** Every table of the schema or database whose name stands here. */
export function wholeOf(s: Statement, what: string, action: SqlAction): void {
  const parts = s.cursor.name();
  const last = parts.at(-1);
  if (last === undefined) s.doubt();
  else if (what === 'SCHEMA')
    s.emit({ ...(parts.length > 1 ? { catalog: parts[0] } : {}), schema: last, name: '*' }, action);
  else s.emit({ catalog: last, name: '*' }, action);
}

/** Snowflake: `CREATE SCHEMA a CLONE b` copies every table of it. */
function cloned(s: Statement, what: string): void {
  s.cursor.at++;
  if (s.cursor.token().upper === 'IF') s.cursor.at += 3;
  const start = s.cursor.at;
  s.cursor.name();
  if (s.cursor.token().upper !== 'CLONE') return;
  const source = s.cursor.at + 1;
  s.cursor.at = start;
  wholeOf(s, what, 'write');
  s.cursor.at = source;
  wholeOf(s, what, 'read');
}

/** `RENAME TABLE a TO b, c TO d` (MySQL, ClickHouse) and Oracle's `RENAME a TO b`: the rows are then somewhere else. */
export function rename(s: Statement, frame: Frame): void {
  frame.query.phase = 'skip';
  const what = s.cursor.token().upper;
  if (/^(?:USER|ROLE|COLUMN|INDEX)$/.test(what)) return;
  if (what === 'TABLE' || what === 'TABLES') s.cursor.at++;
  for (let renamed = 0; renamed < RENAMED_MAX; renamed++) {
    const from = s.cursor.table();
    if (from === null || s.cursor.token().upper !== 'TO') {
      s.doubt();
      return;
    }
    s.cursor.at++;
    const to = s.cursor.table();
    if (to === null) s.doubt();
    else moves(s, from, to);
    if (s.cursor.token().text !== ',') return;
    s.cursor.at++;
  }
  s.doubt();
}

/** All rows of one table are another's now. */
function moves(s: Statement, from: TableUse, to: TableUse): void {
  s.emit(from.table, 'read');
  s.emit(to.table, 'write');
  s.emit(from.table, 'delete');
}

export function create(s: Statement, frame: Frame): void {
  const { query } = frame;
  s.cursor.skip(CREATE_FILLERS);
  const what = s.cursor.token().upper;
  const materialized = what === 'MATERIALIZED' && s.cursor.token(1).upper === 'VIEW';
  if (what !== 'TABLE' && !materialized) {
    query.phase = 'skip';
    // A routine's body holds statements and semicolons of its own; defining it runs none of them.
    if (ROUTINES.has(what) && !s.cursor.skipBody()) s.doubt();
    if (what === 'SCHEMA' || what === 'DATABASE') cloned(s, what);
    return;
  }
  s.cursor.at += materialized ? 2 : 1;
  if (s.cursor.token().upper === 'IF') s.cursor.at += 3;
  const use = s.cursor.table();
  if (use === null) s.doubt();
  query.created = use;
  query.phase = 'create';
}

/** `CREATE TABLE t` turned out to copy data. */
export function settleCreated(query: QueryState): void {
  const { created } = query;
  if (created !== null) {
    query.targets.push({ use: created, action: 'write' });
    if (created.bare !== '') query.aliases.set(created.bare, created);
  }
  query.created = null;
  query.phase = '';
}

/** SQL Server's `ALTER TABLE a SWITCH [PARTITION n] TO b`: all rows of the one, or of a part of it, are the other's now. */
function switched(s: Statement, from: TableUse): void {
  const inParts = s.cursor.token(1).upper === 'PARTITION';
  for (s.cursor.at++; s.cursor.token().upper !== 'TO'; s.cursor.at++) {
    if (s.cursor.at >= s.cursor.end || s.cursor.token().text === ';') {
      s.doubt();
      return;
    }
  }
  s.cursor.at++;
  const to = s.cursor.table();
  if (to === null) s.doubt();
  else if (!inParts) moves(s, from, to);
  else {
    s.emit(from.table, 'read');
    s.emit(to.table, 'write');
    s.doubt();
  }
}

/** ClickHouse mutations and dropped partitions are data changes in the clothes of a schema change. */
export function alter(s: Statement, frame: Frame): void {
  const { query } = frame;
  query.phase = 'skip';
  const kind = s.cursor.token().upper;
  if (ROUTINES.has(kind) && !s.cursor.skipBody()) s.doubt();
  if (kind !== 'TABLE') return;
  s.cursor.at++;
  if (s.cursor.token().upper === 'IF') s.cursor.at += 2;
  if (s.cursor.token().upper === 'ONLY') s.cursor.at++;
  const use = s.cursor.table();
  if (use === null) return;
  if (s.cursor.token().upper === 'ON' && s.cursor.token(1).upper === 'CLUSTER') s.cursor.at += 3;
  const what = s.cursor.token().upper;
  const partition = s.cursor.token(1).upper === 'PARTITION';
  if (what === 'DELETE' || what === 'UPDATE') {
    query.targets.push({ use, action: what === 'DELETE' ? 'delete' : 'write' });
    // Its condition may ask other tables.
    query.phase = '';
    s.cursor.at++;
  } else if (what === 'RENAME' && (s.cursor.token(1).upper === 'TO' || s.cursor.token(1).upper === 'AS')) {
    s.cursor.at += 2;
    const to = s.cursor.table();
    if (to === null) s.doubt();
    // A bare new name stays in the old one's schema.
    else moves(s, use, to.bare === '' ? to : { table: { ...use.table, name: to.table.name }, bare: to.bare });
  } else if (what === 'APPEND' && s.cursor.token(1).upper === 'FROM') {
    s.cursor.at += 2;
    const from = s.cursor.table();
    if (from === null) s.doubt();
    else moves(s, from, use);
  } else if (what === 'SWAP') {
    query.targets.push({ use, action: 'write' });
    s.doubt();
  } else if (what === 'SWITCH') {
    switched(s, use);
  } else if (partition && (what === 'DROP' || what === 'TRUNCATE')) {
    query.targets.push({ use, action: 'delete' });
  } else if (partition && ALTER_MOVES.has(what)) {
    query.targets.push({ use, action: 'write' });
    s.doubt();
  }
}
