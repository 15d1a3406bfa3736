import type { Frame } from './frame.ts';
import { words } from './keywords.ts';
import { type Lexed, lexSql } from './lex.ts';
import type { SqlReading } from './reading.ts';
import type { Statement } from './statement.ts';

/** COPY and UNLOAD: rows that enter from, or leave to, somewhere outside the database. */

const COPY_FILLERS = words('BINARY');

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

/** Redshift: the query to unload stands in a string. */
export function unload(s: Statement, read: (lexed: Lexed) => SqlReading): void {
  const { query } = s.frame;
  query.phase = 'copy';
  if (s.cursor.token().text !== '(' || s.cursor.token(1).kind !== 'string') {
    s.doubt();
    return;
  }
  const inner = lexSql(s.cursor.token(1).text, s.dialect);
  const reading = read(inner);
  for (const { table } of reading.touches) s.emit(table, 'read');
  if (!reading.certain || !inner.clean) s.doubt();
  s.cursor.at += 3;
}
