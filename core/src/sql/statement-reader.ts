import { clause } from './clauses.ts';
import type { Dialect } from './dialect.ts';
import { dynamic } from './dynamic-sql.ts';
import { type Frame, newFrame, newQuery, type QueryState } from './frame.ts';
import { DATA_VERBS, QUERY_STARTS, STATEMENT_WORDS, words } from './keywords.ts';
import type { Token } from './lex.ts';
import type { SqlReading } from './reading.ts';
import { settleCreated } from './schema-verbs.ts';
import { Statement } from './statement.ts';
import { startVerb } from './verbs.ts';

const DEPTH_MAX = 128;
/** `ON CONFLICT DO UPDATE`, `FOR UPDATE`, `WHEN MATCHED THEN DELETE`: the verb is part of a clause. */
const BEFORE_CLAUSE_VERB = words('ON FOR DO THEN KEY AFTER BEFORE OF NO OR INSTEAD');

/** `FROM (DELETE FROM users OUTPUT deleted.id) d` (SQL Server): rows of a change. */
const CHANGES = words('INSERT UPDATE DELETE MERGE');
/** T-SQL: what follows is a statement, its INTO or FROM left out or not. */
const BLOCK_STARTS = words('ELSE BEGIN TRY CATCH');

/**
 * One pass over the tokens with a stack of parentheses. Table names stand where `Frame.expect` says; every verb and
 * clause is a way to set it.
 *
 * @param nested the text stood in a string of another statement, which is allowed once
 */
export function readStatements(tokens: readonly Token[], dialect: Dialect, nested = false): SqlReading {
  const s = new Statement(tokens, dialect);
  while (s.cursor.at < s.cursor.end) {
    const token = s.cursor.token();
    if (token.kind === 'punct') punctuation(s, token);
    else if (token.kind === 'word') word(s, token);
    else value(s, token);
    const { phase } = s.frame.query;
    if (phase === 'unload' || phase === 'dynamic') {
      s.frame.query.phase = phase === 'unload' ? 'copy' : 'skip';
      if (nested) s.doubt();
      else dynamic(s, phase, (inner) => readStatements(inner.tokens, dialect, true));
    }
  }
  s.endStatement();
  return s.reading();
}

function punctuation(s: Statement, { text }: Token): void {
  const frame = s.frame;
  s.cursor.at++;
  if (text === '(') open(s, frame);
  else if (text === ')') close(s);
  else if (text === ';') s.endStatement();
  else if (text === '{' && frame.expect !== '') {
    // ClickHouse: `FROM {table:Identifier}`.
    s.doubt();
    frame.expect = '';
  } else if (text === ',') {
    if (frame.query.with?.phase === 'after' && frame.kind === 'query') frame.query.with.phase = 'name';
    else if (frame.list !== '') frame.expect = frame.list;
  }
}

function open(s: Statement, frame: Frame): void {
  if (s.stack.length >= DEPTH_MAX) {
    s.doubt();
    // Deeper levels are read as arguments of this one: their closing brackets must still match.
    s.cursor.skipBrackets();
    return;
  }
  const next = s.cursor.token().upper;
  const cte = frame.kind === 'query' ? frame.query.with : null;
  if (frame.query.phase === 'skip') s.stack.push(newFrame('other', frame.query));
  else if (cte?.phase === 'body') {
    cte.phase = 'after';
    s.stack.push(newFrame('query', newQuery(), cte.name));
  } else if (cte !== null && cte.phase !== 'after' && !QUERY_STARTS.has(next)) {
    s.stack.push(newFrame('other', frame.query));
  } else if (frame.expect !== '') {
    const action = frame.expect;
    frame.expect = '';
    if (QUERY_STARTS.has(next) || (action === 'read' && CHANGES.has(next))) {
      const query = newFrame('query', newQuery());
      if (action !== 'read') query.changed = action;
      s.stack.push(query);
    } else {
      if (action !== 'read') s.doubt();
      const group = newFrame('group', frame.query);
      group.expect = 'read';
      group.list = 'read';
      s.stack.push(group);
    }
  } else if (isQuery(frame, next)) {
    if (frame.query.created !== null) settleCreated(frame.query);
    s.stack.push(newFrame('query', newQuery()));
  } else s.stack.push(newFrame('other', frame.query));
}

/** `COPY (DELETE … RETURNING …)` and `COPY (FROM t)` are queries too; elsewhere `(FROM x)` may be the end of `trim(FROM x)`. */
function isQuery(frame: Frame, next: string): boolean {
  if (next === 'FROM' || !QUERY_STARTS.has(next)) {
    return frame.query.phase === 'copy' && (next === 'FROM' || DATA_VERBS.has(next));
  }
  return true;
}

function close(s: Statement): void {
  if (s.stack.length === 1) {
    s.doubt();
    return;
  }
  const frame = s.stack.pop() as Frame;
  if (frame.kind === 'query') s.endQuery(frame);
}

function value(s: Statement, token: Token): void {
  const frame = s.frame;
  const { query } = frame;
  if (query.with !== null && frame.kind === 'query') {
    if (token.kind === 'name') withName(s, query, token.text);
    s.cursor.at++;
    return;
  }
  if (token.kind === 'name' && query.phase === 'set') s.notePrefix(frame);
  if (frame.expect === '') {
    if (token.kind === 'name' && s.cursor.token(1).text === '(') calls(s, query);
    s.cursor.at++;
    return;
  }
  if (token.kind === 'name') {
    s.table(frame);
    return;
  }
  frame.expect = '';
  s.cursor.at++;
  // A table variable or a stage (`@t`) lives in the session; a placeholder or a file could be anything.
  if (!(token.kind === 'param' && token.text.startsWith('@')) || s.dialect.at === 'stage') s.doubt();
}

/** Only a query without tables depends on what its functions do (`Statement.endStatement`). */
function calls(s: Statement, { verb, with: cte }: QueryState): void {
  const previous = s.cursor.token(-1);
  // `(VALUES (1)) AS v (n)` names columns.
  const isAlias = previous.text === ')' || previous.upper === 'AS';
  if ((verb === 'SELECT' || verb === 'VALUES') && cte === null && !isAlias) s.noteCall();
}

function word(s: Statement, token: Token): void {
  const frame = s.frame;
  const { query } = frame;
  const { upper } = token;
  if (frame.expect === '' && s.cursor.token(1).text === '(') calls(s, query);
  // `t.from` is a column.
  if (frame.expect === '' && s.cursor.token(-1).text === '.' && query.phase !== 'set') {
    s.cursor.at++;
    return;
  }
  if (frame.kind === 'query') {
    if (query.phase === 'skip') {
      s.cursor.at++;
      return;
    }
    if (query.with !== null && inWith(s, query, upper, token)) return;
    if (query.verb === '') {
      startVerb(s, frame, upper);
      return;
    }
    if (restarts(s, frame, upper)) return;
    if (query.phase === 'control') {
      s.cursor.at++;
      return;
    }
    if (clause(s, frame, upper)) return;
  } else if (frame.kind === 'group' && (upper === 'JOIN' || upper === 'APPLY' || upper === 'STRAIGHT_JOIN')) {
    frame.expect = 'read';
    s.cursor.at++;
    return;
  }
  if (frame.expect === '') {
    if (query.phase === 'set' && frame.kind === 'query') s.notePrefix(frame);
    s.cursor.at++;
    return;
  }
  if (upper === 'ONLY' || upper === 'LATERAL') s.cursor.at++;
  else if (upper === 'IF' && s.cursor.token(1).upper === 'EXISTS') s.cursor.at += 2;
  else if (upper === 'TABLE' && s.cursor.token(1).text !== '(' && frame.expect !== 'read') s.cursor.at++;
  else s.table(frame);
}

/** Reads `WITH [RECURSIVE] name [(columns)] AS [NOT MATERIALIZED] (body), …`; false when the main verb has come. */
function inWith(s: Statement, query: QueryState, word: string, token: Token): boolean {
  const state = query.with;
  if (state === null) return false;
  if (state.phase === 'name' && word === 'RECURSIVE' && state.name === '') {
    state.recursive = true;
  } else if (DATA_VERBS.has(word) && (state.phase !== 'name' || s.cursor.token(1).upper !== 'AS')) {
    query.with = null;
    query.verb = '';
    return false;
  } else if (state.phase === 'name') withName(s, query, token.text);
  else if (state.phase === 'as' && word === 'AS') state.phase = 'body';
  s.cursor.at++;
  return true;
}

function withName(s: Statement, query: QueryState, name: string): void {
  const state = query.with;
  if (state === null || state.phase !== 'name') return;
  state.name = name.toLowerCase();
  state.phase = 'as';
  // Recursive names are visible at once, in all bodies; others only after their own (`WITH users AS (… FROM users)`).
  if (state.recursive) s.showCte(query, state.name, []);
}

/** T-SQL and cursors: another statement begins without a semicolon. */
function restarts(s: Statement, frame: Frame, word: string): boolean {
  const { query } = frame;
  const previous = s.cursor.token(-1);
  if (query.phase === 'control') {
    const cursor = query.verb === 'DECLARE' && word === 'FOR' && QUERY_STARTS.has(s.cursor.token(1).upper);
    if (!cursor && !STATEMENT_WORDS.has(word)) return false;
    if (word === 'REPLACE' || word === 'TABLE' || word === 'VALUES') return false;
    if (cursor) s.cursor.at++;
    query.phase = '';
    query.verb = '';
    if (!cursor) return startVerb(s, frame, word);
    return true;
  }
  if (s.stack.length > 1 || frame.expect !== '' || BEFORE_CLAUSE_VERB.has(previous.upper)) return false;
  if (previous.text === '.' || previous.text === ',') return false;
  if (!looksLikeStatement(s, word)) return false;
  s.endQuery(frame);
  const fresh = newFrame('query', newQuery());
  s.stack[0] = fresh;
  return startVerb(s, fresh, word);
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
