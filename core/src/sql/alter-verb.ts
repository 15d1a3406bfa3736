import { wholeOf } from './drop-verbs.ts';
import type { Frame, TableUse } from './frame.ts';
import { words } from './keywords.ts';
import { moves, ROUTINES } from './schema-verbs.ts';
import type { Statement } from './statement.ts';

/** ALTER: a change of structure, in whose clothes rows go, change or move. */

const MOVES = words('EXCHANGE REPLACE ATTACH DETACH MOVE FETCH IMPORT');
const GOES = words('DROP TRUNCATE CLEAR DISCARD');
const PARTITIONS = words('PARTITION PARTITIONS PART SUBPARTITION');
/** No words of a new name: `RENAME COLUMN a TO b`. */
const RENAMED_PARTS = words('COLUMN INDEX KEY CONSTRAINT PARTITION ATTRIBUTE FIELD SUBPARTITION');
const COMMANDS_MAX = 64;
/** Kinds of tables, and what may stand before the word: `ALTER ICEBERG TABLE t` (Snowflake). */
const ALTER_FILLERS = words('DYNAMIC ICEBERG EXTERNAL FOREIGN HYBRID TRANSIENT');

export function alter(s: Statement, frame: Frame): void {
  const { query } = frame;
  const { cursor } = s;
  query.phase = 'skip';
  cursor.skip(ALTER_FILLERS);
  if (cursor.token().upper === 'MATERIALIZED' && cursor.token(1).upper === 'VIEW') cursor.at++;
  const isView = cursor.token(-1).upper === 'MATERIALIZED';
  const kind = cursor.token().upper;
  if (ROUTINES.has(kind) && !cursor.skipBody()) s.doubt();
  if (kind === 'SCHEMA' || kind === 'DATABASE') {
    cursor.at++;
    alterWhole(s, kind);
    return;
  }
  // `ALTER SESSION SET CURRENT_SCHEMA = x` (Oracle).
  if (kind === 'SESSION' && /^CURRENT_SCHEMA$/.test(cursor.token(2).upper)) s.movedTo = true;
  if (kind !== 'TABLE' && !isView) return;
  cursor.at++;
  if (cursor.token().upper === 'IF') cursor.at += 2;
  if (cursor.token().upper === 'ONLY') cursor.at++;
  const use = cursor.table();
  if (use === null) return;
  if (cursor.token().upper === 'ON' && cursor.token(1).upper === 'CLUSTER') cursor.at += 3;
  for (let commands = 0; commands < COMMANDS_MAX; commands++) {
    command(s, frame, use);
    // A change of rows goes on as a query, whose condition may ask other tables.
    if (query.phase !== 'skip' || !toNextCommand(s)) return;
  }
  s.doubt();
}

/** One of the changes that commas separate. */
function command(s: Statement, { query }: Frame, use: TableUse): void {
  const { cursor } = s;
  const what = cursor.token().upper;
  const isConditional = cursor.token(1).upper === 'IF' && cursor.token(2).upper === 'EXISTS';
  // Iceberg's `DROP PARTITION FIELD` changes how rows are laid out.
  const ofPart = PARTITIONS.has(cursor.token(isConditional ? 3 : 1).upper) && cursor.token(2).upper !== 'FIELD';
  if (what === 'DELETE' || what === 'UPDATE') {
    query.targets.push({ use, action: what === 'DELETE' ? 'delete' : 'write' });
    query.phase = '';
    cursor.at++;
  } else if (what === 'RENAME') renamed(s, use);
  else if (what === 'APPEND' && cursor.token(1).upper === 'FROM') {
    cursor.at += 2;
    const from = cursor.table();
    if (from === null) s.doubt();
    else moves(s, from, use);
  } else if (what === 'SET' && cursor.token(1).upper === 'SCHEMA') {
    cursor.at += 2;
    const schema = cursor.name().at(-1);
    if (schema === undefined) s.doubt();
    else moves(s, use, { ...use, table: { ...use.table, schema } });
  } else if (what === 'SWAP') {
    query.targets.push({ use, action: 'write' });
    s.doubt();
  } else if (what === 'SWITCH') switched(s, use);
  else if (what === 'DISCARD' && cursor.token(1).upper === 'TABLESPACE') query.targets.push({ use, action: 'delete' });
  else if (what === 'IMPORT' && cursor.token(1).upper === 'TABLESPACE') query.targets.push({ use, action: 'write' });
  else if (ofPart && GOES.has(what)) query.targets.push({ use, action: 'delete' });
  else if ((ofPart && MOVES.has(what)) || what === 'REFRESH' || what === 'EXECUTE') {
    // Other tables may be part of it; a refresh takes them from a definition, EXECUTE (Trino) runs a procedure.
    query.targets.push({ use, action: 'write' });
    s.doubt();
  }
}

/** Behind the comma that no bracket holds; false when there is none before the statement ends. */
function toNextCommand({ cursor }: Statement): boolean {
  while (cursor.at < cursor.end) {
    const { kind, text } = cursor.token();
    if (kind === 'punct') {
      if (text === ';') return false;
      cursor.at++;
      if (text === ',') return true;
      if (text === '(') cursor.skipBrackets();
    } else if (cursor.token().upper === 'GO') return false;
    else cursor.at++;
  }
  return false;
}

function renamed(s: Statement, use: TableUse): void {
  const { cursor } = s;
  cursor.at++;
  const { upper, kind } = cursor.token();
  if (RENAMED_PARTS.has(upper) && (cursor.token(1).kind === 'word' || cursor.token(1).kind === 'name')) return;
  if (upper === 'TO' || upper === 'AS' || cursor.token().text === '=') cursor.at++;
  // MySQL leaves out TO; PostgreSQL's `RENAME x TO y` is of a column.
  else if (!s.dialect.spacedDashes || (kind !== 'word' && kind !== 'name')) return;
  const to = cursor.table();
  if (to === null) s.doubt();
  // A bare new name stays in the old one's schema.
  else moves(s, use, to.bare === '' ? to : { ...to, table: { ...use.table, name: to.table.name } });
}

/** `ALTER SCHEMA a RENAME TO b`: all its tables; SQL Server's `ALTER SCHEMA a TRANSFER b.t`: one table into it. */
function alterWhole(s: Statement, kind: string): void {
  const { cursor } = s;
  const start = cursor.at;
  const schema = cursor.name().at(-1);
  if (schema !== undefined && kind === 'SCHEMA' && cursor.token().upper === 'TRANSFER') {
    cursor.at++;
    // `OBJECT::dbo.t`
    if (cursor.token(1).text === '::') cursor.at += 2;
    const from = cursor.table();
    if (from === null) s.doubt();
    else moves(s, from, { ...from, table: { ...from.table, schema } });
    return;
  }
  const isRename = cursor.token().upper === 'RENAME' && cursor.token(1).upper === 'TO';
  const isModified = cursor.token().upper === 'MODIFY' && cursor.token(1).upper === 'NAME';
  if (!isRename && !isModified) return;
  const to = cursor.at + (cursor.token(2).text === '=' ? 3 : 2);
  for (const [at, action] of [
    [start, 'read'],
    [to, 'write'],
    [start, 'delete'],
  ] as const) {
    cursor.at = at;
    wholeOf(s, kind, action);
  }
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
