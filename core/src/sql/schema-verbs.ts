import { wholeOf } from './drop-verbs.ts';
import type { Frame, QueryState, TableUse } from './frame.ts';
import { words } from './keywords.ts';
import { isTemporary, type Statement } from './statement.ts';

/** CREATE and RENAME: changes of structure, some of which copy or move data. */

const CREATE_FILLERS = words(
  'OR REPLACE ALTER REFRESH PRIVATE SECURE TEMP TEMPORARY GLOBAL LOCAL UNLOGGED EXTERNAL FOREIGN TRANSIENT VOLATILE MULTISET SET COLUMN ROW CONSTRAINT DEFINER SNAPSHOT DYNAMIC HYBRID ICEBERG STREAMING LIVE CACHED MEMORY INTERACTIVE WEB',
);
export const ROUTINES = words('TRIGGER PROCEDURE PROC FUNCTION EVENT PACKAGE');
const RENAMED_MAX = 32;

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
export function moves(s: Statement, from: TableUse, to: TableUse): void {
  s.emit(from.table, 'read');
  s.emit(to.table, 'write');
  s.emit(from.table, 'delete');
}

export function create(s: Statement, frame: Frame): void {
  const { query } = frame;
  s.cursor.skip(CREATE_FILLERS);
  const what = s.cursor.token().upper;
  const materialized = what === 'MATERIALIZED' && s.cursor.token(1).upper === 'VIEW';
  if ((what !== 'TABLE' && !materialized) || s.cursor.token(1).upper === 'FUNCTION') {
    query.phase = 'skip';
    // A routine's body holds statements and semicolons of its own; defining it runs none of them.
    if (ROUTINES.has(what) && !s.cursor.skipBody()) s.doubt();
    if (what === 'SCHEMA' || what === 'DATABASE') cloned(s, what);
    if (what === 'RULE') ruled(s);
    return;
  }
  s.cursor.at += materialized ? 2 : 1;
  if (s.cursor.token().upper === 'IF') s.cursor.at += 3;
  const use = s.cursor.table();
  if (use === null) s.doubt();
  query.created = use;
  query.isView = materialized;
  query.phase = 'create';
}

/** `CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE …; INSERT …)`: what stands in its brackets happens later. */
function ruled({ cursor }: Statement): void {
  while (cursor.at < cursor.end && cursor.token().text !== ';') {
    cursor.at++;
    if (cursor.token(-1).text === '(') cursor.skipBrackets();
  }
}

/** `CREATE TABLE t` turned out to copy data. */
export function settleCreated(query: QueryState): void {
  const { created } = query;
  if (created !== null) {
    if (!isTemporary(created)) query.targets.push({ use: created, action: 'write' });
    if (created.bare !== '') query.aliases.set(created.bare, created);
  }
  query.created = null;
  query.phase = '';
}
