import { QUERY_STARTS } from './keywords.ts';
import { type Lexed, lexSql } from './lex.ts';
import type { SqlReading } from './reading.ts';
import type { Statement } from './statement.ts';

/** After the string, the statement inside is over: it is not put together from pieces (`'DELETE FROM ' || x`). */
const AFTER_STRING: ReadonlySet<string> = new Set([')', ',', ';', '']);

/**
 * A statement that stands in a string of another: `UNLOAD ('SELECT …')` (Redshift), `EXEC sp_executesql N'…'` and
 * `EXEC ('…')` (SQL Server), `EXECUTE IMMEDIATE '…'` (Oracle, BigQuery, Snowflake). Read once, not deeper.
 */
export function dynamic(s: Statement, kind: 'unload' | 'dynamic', read: (lexed: Lexed) => SqlReading): void {
  const { cursor } = s;
  if (kind === 'dynamic' && /^(?:IMMEDIATE|SP_EXECUTESQL)$/.test(cursor.token().upper)) cursor.at++;
  const isBracketed = cursor.token().text === '(';
  const string = cursor.token(isBracketed ? 1 : 0);
  const after = cursor.token(isBracketed ? 2 : 1);
  const isWhole = AFTER_STRING.has(after.text) || after.kind === 'word';
  // Athena: `UNLOAD (SELECT …) TO 's3://…'` is read as it stands.
  if (kind === 'unload' && isBracketed && QUERY_STARTS.has(string.upper)) return;
  if (string.kind !== 'string' || !isWhole || (kind === 'unload' && !isBracketed)) {
    s.doubt();
    return;
  }
  const inner = lexSql(string.text, s.dialect);
  const reading = read(inner);
  for (const { table, action } of reading.touches) s.emit(table, kind === 'unload' ? 'read' : action);
  if (!reading.certain || !inner.clean || reading.exports.length > 0) s.doubt();
  cursor.at += isBracketed ? 3 : 1;
}
