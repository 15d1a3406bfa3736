import { alter } from './alter-verb.ts';
import { drop, truncate } from './drop-verbs.ts';
import type { Frame, QueryState } from './frame.ts';
import {
  AFTER_BEGIN,
  CONTROL,
  DATA_VERBS,
  INSERT_FILLERS,
  LIST_ENDS,
  NO_DATA,
  SET_OPERATORS,
  STATEMENT_WORDS,
  TSQL_CONTROL,
  words,
} from './keywords.ts';
import { create, rename } from './schema-verbs.ts';
import { type Statement, showSelf } from './statement.ts';
import { NOTHING } from './token-cursor.ts';
import { bulkInsert, copy, exportData, importData, intoDirectory, load, vacuum } from './transfer-verbs.ts';

/** What each verb does to the query it starts: the words it consumes, and what the next name will be. */

const UPDATE_FILLERS = words('LOW_PRIORITY IGNORE ONLY OR REPLACE ROLLBACK ABORT FAIL');
const DEFINED = words('VIEW MACRO PROCEDURE FUNCTION TRIGGER');
const INSERT_WORDS = words('INSERT INTO');
const DELETE_FILLERS = words('LOW_PRIORITY QUICK IGNORE');
const DESCRIBE_FILLERS = words('TABLE EXTENDED FORMATTED VIEW HISTORY DETAIL');
/** What DESCRIBE tells of, and is no table. */
const NOT_TABLES = words(
  'DATABASE SCHEMA CATALOG FUNCTION PROCEDURE STAGE USER ROLE WAREHOUSE INTEGRATION INPUT OUTPUT KEYSPACE KEYSPACES CLUSTER TYPE SEQUENCE STREAM TASK PIPE RESULT',
);
const REFRESH_FILLERS = words('MATERIALIZED VIEW CONCURRENTLY TABLE');

/** Consumes the verb's own words and says what comes next. Always true, so that a clause that starts a verb can return it. */
export function startVerb(s: Statement, frame: Frame, word: string): boolean {
  const { query } = frame;
  s.cursor.at++;
  if (word === 'WITH') {
    query.with = { phase: 'name', recursive: false, name: '' };
    return true;
  }
  query.verb = word;
  // The statement's verb, not that of a CTE's body, nor the BEGIN before it.
  const isFrame = (verb: string) => CONTROL.has(verb) || NO_DATA.has(verb) || TSQL_CONTROL.has(verb);
  if (s.stack.length === 1 && (s.verb === '' || (!isFrame(word) && isFrame(s.verb)))) {
    s.verb = word;
  }
  s.innerVerb ||= word;
  switch (word) {
    case 'SELECT':
    case 'VALUES':
      return true;
    case 'FROM':
      query.verb = 'SELECT';
      if (s.verb === 'FROM') s.verb = 'SELECT';
      if (s.innerVerb === 'FROM') s.innerVerb = 'SELECT';
      frame.expect = 'read';
      frame.list = 'read';
      return true;
    case 'TABLE':
      frame.expect = 'read';
      return true;
    case 'INSERT':
    case 'REPLACE':
    case 'UPSERT':
      // Teradata: `REPLACE VIEW v AS …`.
      if (word === 'REPLACE' && DEFINED.has(s.cursor.token().upper) && s.cursor.token(1).kind === 'word') {
        query.phase = 'skip';
        return true;
      }
      s.cursor.skip(INSERT_FILLERS);
      // ClickHouse: into another server, a bucket, a file.
      if (s.cursor.token().upper === 'FUNCTION') {
        s.doubt();
        s.cursor.at += 3;
        s.cursor.skipBrackets();
        return true;
      }
      if (s.cursor.token().upper === 'TOP') {
        s.cursor.skipTop();
        s.cursor.skip(INSERT_FILLERS);
      }
      if (intoDirectory(s)) return true;
      frame.expect = 'write';
      return true;
    case 'UPDATE':
      // SQL Server: `UPDATE STATISTICS t`.
      if (s.dialect.bracketNames && s.cursor.token().upper === 'STATISTICS' && s.cursor.token(1).kind !== 'punct') {
        if (s.cursor.token(1).upper !== 'SET') {
          query.phase = 'skip';
          return true;
        }
      }
      s.cursor.skip(UPDATE_FILLERS);
      // Firebird: `UPDATE OR INSERT INTO t`.
      if (s.cursor.token().upper === 'INSERT') s.cursor.skip(INSERT_WORDS);
      s.cursor.skipTop();
      frame.expect = 'write';
      frame.list = 'read';
      return true;
    case 'DELETE':
      s.cursor.skip(DELETE_FILLERS);
      s.cursor.skipTop();
      if (s.cursor.token().upper === 'FROM') {
        s.cursor.at++;
        frame.expect = 'delete';
        frame.list = 'delete';
      } else {
        query.phase = 'names';
        frame.expect = 'delete';
        frame.list = 'delete';
      }
      return true;
    case 'MERGE':
      // Databricks: `MERGE WITH SCHEMA EVOLUTION INTO t`.
      if (s.cursor.token().upper === 'WITH') s.cursor.at += 3;
      s.cursor.skip(INSERT_FILLERS);
      s.cursor.skipTop();
      frame.expect = 'write';
      return true;
    case 'TRUNCATE':
      truncate(s, frame);
      return true;
    case 'DROP':
      drop(s, frame);
      return true;
    case 'CREATE':
      create(s, frame);
      return true;
    case 'ALTER':
      alter(s, frame);
      return true;
    case 'COPY':
      copy(s, frame);
      return true;
    case 'UNLOAD':
      query.phase = 'unload';
      return true;
    case 'LOAD':
      load(s, frame);
      return true;
    case 'IMPORT':
      importData(s, frame);
      return true;
    case 'EXPORT':
      exportData(s, frame);
      return true;
    case 'VACUUM':
      vacuum(s, frame);
      return true;
    case 'RENAME':
      rename(s, frame);
      return true;
    case 'BULK':
      bulkInsert(s, frame);
      return true;
    case 'BACKUP':
      if (s.cursor.token().upper === 'TABLE') {
        s.cursor.at++;
        frame.expect = 'read';
        frame.list = 'read';
      } else s.doubt();
      query.phase = 'copy';
      return true;
    case 'APPLY':
      // `APPLY BATCH` (CQL); `APPLY CHANGES INTO t FROM STREAM (s)` (Databricks).
      if (s.cursor.token().upper !== 'BATCH') s.doubt();
      query.phase = 'skip';
      return true;
    case 'ANALYZE':
      // MariaDB runs the statement; everywhere else this is about statistics.
      if (DATA_VERBS.has(s.cursor.token().upper) || s.cursor.token().upper === 'FORMAT') {
        explain(s, query);
        s.explainOnly = false;
        if (s.cursor.token().upper === 'TABLE') query.phase = 'skip';
      } else query.phase = 'skip';
      return true;
    case 'EXPLAIN':
      explain(s, query);
      return true;
    case 'DESCRIBE':
    case 'DESC':
      if (DATA_VERBS.has(s.cursor.token().upper) && s.cursor.token().upper !== 'TABLE') {
        query.verb = '';
        s.explainOnly = true;
        return true;
      }
      if (NOT_TABLES.has(s.cursor.token().upper) && s.cursor.token(1).kind !== 'punct') {
        query.phase = 'skip';
        return true;
      }
      s.cursor.skip(DESCRIBE_FILLERS);
      frame.expect = 'read';
      return true;
    case 'REFRESH':
      // A materialised view is written from sources that only its definition names.
      s.doubt();
      s.cursor.skip(REFRESH_FILLERS);
      frame.expect = 'write';
      return true;
    case 'EXEC':
    case 'EXECUTE':
      query.phase = 'dynamic';
      return true;
    case 'CALL':
    case 'DO':
    case 'FETCH':
    case 'HANDLER':
      s.doubt();
      query.phase = 'skip';
      return true;
    default:
      if (CONTROL.has(word) || (s.dialect.tsql && TSQL_CONTROL.has(word))) control(s, query, word);
      else if (LIST_ENDS.has(word)) {
        // What follows a parenthesised first query: `(SELECT …) UNION …`.
        query.verb = 'SELECT';
        if (s.verb === word) s.verb = 'SELECT';
        if (s.innerVerb === word) s.doubt();
        if (SET_OPERATORS.has(word)) showSelf(s, frame);
      } else {
        if (!NO_DATA.has(word)) s.doubt();
        query.phase = 'skip';
      }
      return true;
  }
}

function control(s: Statement, query: QueryState, word: string): void {
  query.phase = 'control';
  const { upper, kind } = s.cursor.token();
  if (word === 'USE' && !/^(?:ROLE|WAREHOUSE|SECONDARY)$/.test(upper)) s.movedTo = true;
  if (word === 'SET') movesTo(s);
  const opens = AFTER_BEGIN.has(upper) || STATEMENT_WORDS.has(upper) || CONTROL.has(upper) || NO_DATA.has(upper);
  if (word === 'BEGIN' && (kind === 'word' || kind === 'name') && !opens) s.doubt();
}

/** `SET [LOCAL] search_path TO x`, `SET SCHEMA x`, `SET CURRENT SCHEMA = x`. */
function movesTo(s: Statement): void {
  for (let ahead = 0; ahead < 3; ahead++) {
    const { upper } = s.cursor.token(ahead);
    if (upper === 'SEARCH_PATH' || upper === 'SCHEMA' || upper === 'CURRENT_SCHEMA') s.movedTo = true;
    else if (upper !== 'LOCAL' && upper !== 'SESSION' && upper !== 'CURRENT') return;
  }
}

function explain(s: Statement, query: QueryState): void {
  query.verb = '';
  s.explainOnly = true;
  for (let seen = 0; seen < 32; seen++) {
    const token = s.cursor.token();
    if (token.upper === 'ANALYZE' || token.upper === 'ANALYSE') s.explainOnly = false;
    else if (token.text === '(') {
      s.cursor.at++;
      const start = s.cursor.at;
      s.cursor.skipBrackets();
      for (let i = start; i < s.cursor.at; i++) {
        const isOff = /^(?:FALSE|OFF)$/.test(s.cursor.tokens[i + 1]?.upper ?? '');
        if (s.cursor.tokens[i]?.upper === 'ANALYZE' && !isOff) s.explainOnly = false;
      }
      continue;
    } else if (DATA_VERBS.has(token.upper) || token.upper === 'WITH' || token.upper === 'CREATE') return;
    else if (token === NOTHING || token.text === ';') return;
    s.cursor.at++;
  }
}
