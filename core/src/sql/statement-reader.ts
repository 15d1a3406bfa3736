import { clause } from './clauses.ts';
import type { Dialect } from './dialect.ts';
import { dynamic } from './dynamic-sql.ts';
import { type Frame, newFrame, newQuery, type QueryState } from './frame.ts';
import {
  CHANGES,
  DATA_VERBS,
  NOT_ALIAS,
  NOT_SOURCES,
  QUERY_STARTS,
  SET_OPERATORS,
  STATEMENT_WORDS,
  words,
} from './keywords.ts';
import type { Token } from './lex.ts';
import type { SqlReading } from './reading.ts';
import { restarts } from './restarts.ts';
import { settleCreated } from './schema-verbs.ts';
import { Statement } from './statement.ts';
import { startVerb } from './verbs.ts';

const DEPTH_MAX = 128;
const BEFORE_FROM = words('EXISTS IN AS ALL ANY');

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
  else if (text === ',') {
    if (frame.query.with !== null && frame.kind === 'query') frame.query.with.phase = 'name';
    else if (frame.list !== '') frame.expect = frame.list;
  } else if (frame.expect !== '') {
    // `FROM %s`, `FROM <table>`, `FROM {table:Identifier}`, `FROM ...`: a name that is filled in elsewhere.
    s.doubt();
    frame.expect = '';
  } else if (text === '.' || text === '…') {
    if (frame.kind === 'query' && isEllipsis(s)) s.doubt();
  } else if (text === '>' && s.cursor.token(-2).text === '|') {
    // `FROM t |> EXTEND a AS b, c AS d` (BigQuery, Spark).
    frame.list = '';
  }
}

/** Something was left out of the statement. Between brackets, where it mostly is a list of values, that says nothing. */
const isEllipsis = ({ cursor }: Statement): boolean =>
  cursor.token(-1).text === '…' || (cursor.token(-2).text === '.' && cursor.token(-3).text === '.');

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
  else if (cte?.phase === 'body' || (cte?.phase === 'as' && QUERY_STARTS.has(next))) {
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
      query.isSource = true;
      if (action === 'read' && s.cursor.token(-2).upper === 'TABLE') query.query.returns = 'RETURNING';
      s.stack.push(query);
    } else if (NOT_SOURCES.has(next) && s.cursor.token(1).kind === 'word') {
      s.doubt();
      s.stack.push(newFrame('other', frame.query));
    } else {
      if (action !== 'read') s.doubt();
      const group = newFrame('group', frame.query);
      group.expect = 'read';
      group.list = 'read';
      s.stack.push(group);
    }
  } else if (isQuery(s, frame, next)) {
    if (cte !== null) {
      // `WITH a AS (…) (SELECT …) UNION …`
      frame.query.with = null;
      frame.query.verb = 'SELECT';
    }
    if (frame.query.created !== null && frame.kind === 'query' && s.cursor.token(-2).upper !== 'TEMPLATE') {
      settleCreated(frame.query);
    }
    s.stack.push(newFrame('query', newQuery()));
  } else {
    // `CREATE TABLE t AS ((SELECT …) UNION …)`
    const isBody = frame.kind === 'query' && s.cursor.token(-2).upper === 'AS';
    if (isBody && frame.query.created !== null) settleCreated(frame.query);
    s.stack.push(newFrame('other', frame.query));
  }
}

/** `COPY (DELETE … RETURNING …)` and `COPY (FROM t)` are queries too; elsewhere `(FROM x)` may be the end of `trim(FROM x)`. */
function isQuery({ cursor }: Statement, frame: Frame, next: string): boolean {
  if (next === 'FROM' || !QUERY_STARTS.has(next)) {
    // DuckDB
    if (next === 'FROM' && BEFORE_FROM.has(cursor.token(-2).upper)) return true;
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
  if (frame.expect !== '') s.doubt();
  if (frame.kind !== 'query') return;
  const { reads } = frame.query;
  s.endQuery(frame);
  if (frame.isSource) s.aliasOf(s.frame.query, reads);
}

function value(s: Statement, token: Token): void {
  const frame = s.frame;
  const { query } = frame;
  if (query.with !== null && frame.kind === 'query') {
    if (token.kind === 'name') withName(s, query, token);
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
  // A table variable (`@t`) lives in the session; a placeholder, a stage or a file could be anything.
  if (token.kind !== 'param' || !token.text.startsWith('@') || !s.dialect.tsql) s.doubt();
}

/** Only a query without tables depends on what its functions do (`Statement.endStatement`). */
function calls(s: Statement, { verb, phase, with: cte }: QueryState): void {
  const previous = s.cursor.token(-1);
  // `(VALUES (1)) AS v (n)` names columns.
  const isAlias = previous.text === ')' || previous.upper === 'AS';
  if (cte === null && !isAlias && phase !== 'skip' && phase !== 'create') {
    s.noteCall(verb === 'SELECT' || verb === 'VALUES');
  }
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
      if (s.dialect.tsql && restarts(s, frame, upper)) return;
      s.cursor.at++;
      if (s.dialect.tsql && upper === 'GO') s.endStatement();
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
  } else if (SET_OPERATORS.has(upper) && s.cursor.token(-1).text === ')' && query.phase !== 'skip') {
    // `IN ((SELECT …) UNION SELECT …)`: what this bracket holds is a query after all.
    const fresh = newFrame('query', newQuery());
    fresh.isSource = frame.kind === 'group';
    s.stack[s.stack.length - 1] = fresh;
    startVerb(s, fresh, upper);
    return;
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
  const next = s.cursor.token(1);
  if (upper === 'LATERAL' || (upper === 'ONLY' && next.kind !== 'punct' && next.upper !== 'WHERE')) s.cursor.at++;
  else if (upper === 'ONLY' && next.text === '(') s.cursor.at++;
  // Databricks: `FROM STREAM t`, `FROM STREAM(t)`.
  else if (upper === 'STREAM' && s.dialect.rawStrings && !NOT_ALIAS.has(next.upper) && next.kind !== 'param')
    s.cursor.at++;
  // `FROM FINAL TABLE (INSERT …)` (Db2, H2): rows of a change.
  else if (/^(?:FINAL|NEW|OLD)$/.test(upper) && next.upper === 'TABLE' && s.cursor.token(2).text === '(')
    s.cursor.at += 2;
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
  } else if (word === 'FUNCTION' && state.phase === 'name' && s.cursor.token(2).text === '(') {
    // `WITH FUNCTION f(x) RETURNS … RETURN … SELECT …` (Trino, Oracle)
    s.doubt();
    query.with = null;
    query.verb = 'WITH';
    query.phase = 'skip';
  } else if (state.phase === 'after' && (word === 'FROM' || STATEMENT_WORDS.has(word))) {
    query.with = null;
    query.verb = '';
    return false;
  } else if (DATA_VERBS.has(word) && (state.phase !== 'name' || s.cursor.token(1).upper !== 'AS')) {
    query.with = null;
    query.verb = '';
    return false;
  } else if (state.phase === 'name') withName(s, query, token);
  else if (state.phase === 'as' && word === 'AS') state.phase = 'body';
  s.cursor.at++;
  return true;
}

function withName(s: Statement, query: QueryState, token: Token): void {
  const state = query.with;
  if (state === null || state.phase !== 'name') return;
  state.name = s.cursor.keyOf(token);
  state.phase = 'as';
  // Recursive names are visible at once, in all bodies; others only after their own (`WITH users AS (… FROM users)`).
  if (state.recursive) s.showCte(query, state.name, []);
}
