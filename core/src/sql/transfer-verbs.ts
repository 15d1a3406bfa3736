import type { Frame } from './frame.ts';
import { words } from './keywords.ts';
import type { Token } from './lex.ts';
import { isTemporary, type Statement } from './statement.ts';
import { NOTHING } from './token-cursor.ts';

/** COPY, EXPORT, BACKUP and their like: rows that enter from, or leave to, somewhere outside the database. */

const COPY_FILLERS = words('BINARY');
const IMPORT_FILLERS = words('INTO TABLE');
const OPTION_TOKENS_MAX = 128;

export function copy(s: Statement, frame: Frame): void {
  const { query } = frame;
  query.phase = 'copy';
  s.cursor.skip(COPY_FILLERS);
  if (s.cursor.token().upper === 'INTO') {
    s.cursor.at++;
    const target = s.cursor.token();
    // Snowflake: into a table it loads, into a stage or a location it unloads.
    if (target.kind === 'string' || target.kind === 'param') {
      s.export(target);
      s.cursor.at++;
      query.verb = 'SELECT';
      query.phase = '';
      return;
    }
    frame.expect = 'write';
    query.phase = 'load';
    return;
  }
  if (s.cursor.token().text === '(') return;
  const use = s.cursor.table();
  if (use === null) {
    s.doubt();
    return;
  }
  if (s.cursor.token().text === '(') {
    s.cursor.at++;
    s.cursor.skipBrackets();
  }
  const direction = s.cursor.token().upper;
  if (direction === 'FROM') query.targets.push({ use, action: 'write' });
  else if (direction === 'TO') query.reads.push(use);
  else s.doubt();
}

/** BigQuery's `EXPORT DATA … AS SELECT`; CockroachDB's `EXPORT INTO format 'uri' FROM …`; DuckDB's `EXPORT DATABASE 'folder'`. */
export function exportData(s: Statement, frame: Frame): void {
  const { cursor } = s;
  frame.query.phase = 'copy';
  if (cursor.token().upper === 'DATABASE') {
    s.export(cursor.token(1));
    s.doubt();
    frame.query.phase = 'skip';
    return;
  }
  if (cursor.token().upper === 'DATA') {
    s.export(optionOf(s, 'URI'));
    return;
  }
  if (cursor.token().upper !== 'INTO') {
    // `EXPORT t INTO CSV AT …` (Exasol), `EXPORT "S"."T" AS PARQUET INTO '/x'` (HANA), `EXPORT TO PARQUET (…) AS SELECT …` (Vertica).
    s.doubt();
    return;
  }
  s.export(cursor.token(2));
  cursor.at += 3;
  if (cursor.token().upper !== 'FROM') return;
  cursor.at++;
  if (cursor.token().upper !== 'TABLE') return;
  cursor.at++;
  frame.expect = 'read';
}

/** The value of an option before the query, `OPTIONS (uri = 'gs://…')`; nothing when there is none. */
function optionOf({ cursor }: Statement, name: string): Token {
  for (let ahead = 0; ahead < OPTION_TOKENS_MAX; ahead++) {
    const token = cursor.token(ahead);
    if (token === NOTHING || token.upper === 'AS') return NOTHING;
    if (token.upper === name && cursor.token(ahead + 1).text === '=') return cursor.token(ahead + 2);
  }
  return NOTHING;
}

/** `LOAD DATA [LOCAL] INFILE 'x' INTO TABLE t` (MySQL), `LOAD DATA OVERWRITE t FROM FILES (…)` (BigQuery), libraries. */
export function load(s: Statement, frame: Frame): void {
  const { cursor } = s;
  const what = cursor.token().upper;
  frame.query.phase = what === 'DATA' || what === 'XML' ? 'load' : 'skip';
  if (cursor.token(1).upper === 'OVERWRITE' && what === 'DATA') {
    cursor.at += 2;
    if (cursor.token().upper === 'INTO') return;
    frame.expect = 'write';
  } else if (what === 'FROM') s.doubt();
}

/** `IMPORT INTO t …` (CockroachDB, Exasol); elsewhere what comes in, and where to, stands in other places. */
export function importData(s: Statement, frame: Frame): void {
  const { cursor } = s;
  if (cursor.token().upper === 'INTO' || (cursor.token().upper === 'TABLE' && cursor.token(1).upper !== 'FROM')) {
    cursor.skip(IMPORT_FILLERS);
    frame.expect = 'write';
    return;
  }
  // A foreign schema's tables are declared, not copied.
  if (cursor.token().upper !== 'FOREIGN') s.doubt();
  frame.query.phase = 'skip';
}

/** SQL Server's `BULK INSERT t FROM 'file'`. */
export function bulkInsert(s: Statement, frame: Frame): void {
  frame.query.phase = 'skip';
  s.cursor.at++;
  const use = s.cursor.table();
  if (use === null) s.doubt();
  else if (!isTemporary(use)) frame.query.targets.push({ use, action: 'write' });
}

/** SQLite's `VACUUM INTO 'file'` copies the whole database there. */
export function vacuum(s: Statement, frame: Frame): void {
  frame.query.phase = 'skip';
  for (let ahead = 0; ahead < 3; ahead++) {
    if (s.cursor.token(ahead).upper !== 'INTO') continue;
    s.export(s.cursor.token(ahead + 1));
    s.doubt();
  }
}

/** `INSERT OVERWRITE [LOCAL] DIRECTORY 'folder' SELECT …` (Hive, Spark); true when it is one. */
export function intoDirectory(s: Statement): boolean {
  const ahead = s.cursor.token().upper === 'LOCAL' ? 1 : 0;
  if (s.cursor.token(ahead).upper !== 'DIRECTORY' || s.cursor.token(ahead + 1).kind !== 'string') return false;
  s.export(s.cursor.token(ahead + 1));
  s.cursor.at += ahead + 2;
  return true;
}
