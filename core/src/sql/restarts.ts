import type { Frame } from './frame.ts';
import { newFrame, newQuery } from './frame.ts';
import { CHANGES, QUERY_STARTS, SET_OPERATORS, STATEMENT_WORDS, words } from './keywords.ts';
import type { Statement } from './statement.ts';
import { startVerb } from './verbs.ts';

/** `ON CONFLICT DO UPDATE`, `FOR UPDATE`, `WHEN MATCHED THEN DELETE`: the verb is part of a clause. */
const BEFORE_CLAUSE_VERB = words('ON FOR DO THEN KEY AFTER BEFORE OF NO OR INSTEAD');
/** T-SQL: what follows is a statement, its INTO or FROM left out or not. */
const BLOCK_STARTS = words('ELSE BEGIN TRY CATCH');
/** Words that T-SQL reserves for the beginning of a statement. */
const TSQL_STARTS = words('INSERT UPDATE DELETE MERGE TRUNCATE DROP CREATE ALTER');
/** The first look at a word; most are none of these. */
const MAY_START = words('INSERT UPDATE DELETE MERGE TRUNCATE DROP CREATE ALTER SELECT EXEC EXECUTE');
/** `INNER MERGE JOIN` is a hint, `UPDATE(column)` a question of a trigger. */
const NOT_STARTED = words('JOIN UNION');

/** T-SQL and cursors: another statement begins without a semicolon. True when it did. */
export function restarts(s: Statement, frame: Frame, word: string): boolean {
  const { query } = frame;
  const previous = s.cursor.token(-1);
  if (query.phase === 'control') {
    const cursor = query.verb === 'DECLARE' && word === 'FOR' && QUERY_STARTS.has(s.cursor.token(1).upper);
    if (!cursor && !STATEMENT_WORDS.has(word)) return false;
    if (word === 'REPLACE' || word === 'TABLE' || word === 'VALUES') return false;
    // Hive: `SET hive.final-merge.output = true`.
    if (previous.kind === 'punct' && previous.text !== ')') return false;
    if (cursor) s.cursor.at++;
    query.phase = '';
    query.verb = '';
    if (!cursor) return startVerb(s, frame, word);
    return true;
  }
  if (!MAY_START.has(word)) return false;
  if (s.stack.length > 1 || frame.expect !== '' || BEFORE_CLAUSE_VERB.has(previous.upper)) return false;
  if (previous.text === '.' || previous.text === ',') return false;
  const isSkipped = query.phase === 'skip';
  // `GRANT EXECUTE ON p`, `CREATE DYNAMIC TABLE t EXECUTE AS USER u AS SELECT …`
  const isClause = isSkipped || (query.phase === 'create' && s.cursor.token(1).upper === 'AS');
  if (isClause && (word === 'EXEC' || word === 'EXECUTE')) return false;
  if (!looksLikeStatement(s, word) && !(s.dialect.tsql && !isSkipped && startsTsql(s, frame, word))) return false;
  s.endQuery(frame);
  const fresh = newFrame('query', newQuery());
  s.stack[0] = fresh;
  return startVerb(s, fresh, word);
}

/** T-SQL reserves its verbs, so that they begin a statement wherever no clause has a place for them. */
function startsTsql({ cursor }: Statement, { query }: Frame, word: string): boolean {
  const previous = cursor.token(-1).upper;
  if (word === 'SELECT') {
    // `INSERT t SELECT …` and the halves of a UNION go on.
    const goesOn = previous === 'ALL' || SET_OPERATORS.has(previous) || query.verb === 'INSERT';
    return !goesOn && query.phase !== 'copy' && !(query.phase === 'create' && previous === 'AS');
  }
  if (!TSQL_STARTS.has(word)) return false;
  const { kind, upper } = cursor.token(1);
  return kind !== 'punct' && kind !== 'number' && !NOT_STARTED.has(upper);
}

function looksLikeStatement(s: Statement, word: string): boolean {
  const { upper: next, kind } = s.cursor.token(1);
  const opensBlock = CHANGES.has(word) && BLOCK_STARTS.has(s.cursor.token(-1).upper);
  if (opensBlock && (kind === 'word' || kind === 'name') && next !== 'END') return true;
  switch (word) {
    case 'INSERT':
    case 'MERGE':
      return next === 'INTO';
    case 'DELETE':
      return next === 'FROM';
    case 'TRUNCATE':
    case 'DROP':
      return next === 'TABLE';
    case 'EXEC':
    case 'EXECUTE':
      return next !== '' && next !== 'FUNCTION' && next !== 'PROCEDURE';
    case 'UPDATE': {
      for (let ahead = 2; ahead < 9; ahead++) if (s.cursor.token(ahead).upper === 'SET') return true;
      return false;
    }
    default:
      return false;
  }
}
