import type { Frame, QueryState } from './frame.ts';
import {
  AFTER_BEGIN,
  CONTROL,
  DATA_VERBS,
  INSERT_FILLERS,
  LIST_ENDS,
  NO_DATA,
  STATEMENT_WORDS,
  words,
} from './keywords.ts';
import { alter, create, drop, rename, wholeOf } from './schema-verbs.ts';
import type { Statement } from './statement.ts';
import { NOTHING } from './token-cursor.ts';
import { bulkInsert, copy, exportData, intoDirectory, vacuum } from './transfer-verbs.ts';

/** What each verb does to the query it starts: the words it consumes, and what the next name will be. */

const UPDATE_FILLERS = words('LOW_PRIORITY IGNORE ONLY OR REPLACE ROLLBACK ABORT FAIL');
const DELETE_FILLERS = words('LOW_PRIORITY QUICK IGNORE');
const IMPORT_FILLERS = words('INTO TABLE FROM');
const DESCRIBE_FILLERS = words('TABLE EXTENDED FORMATTED');
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
  const isFrame = CONTROL.has(word) || NO_DATA.has(word);
  if (s.stack.length === 1 && (s.verb === '' || (!isFrame && (CONTROL.has(s.verb) || NO_DATA.has(s.verb))))) {
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
      s.cursor.skip(INSERT_FILLERS);
      // ClickHouse: into another server, a bucket, a file.
      if (s.cursor.token().upper === 'FUNCTION') {
        s.doubt();
        s.cursor.at += 3;
        s.cursor.skipBrackets();
        return true;
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
      s.cursor.skip(INSERT_FILLERS);
      frame.expect = 'write';
      return true;
    case 'TRUNCATE':
      if (s.cursor.token().upper === 'DATABASE' || s.cursor.token().upper === 'SCHEMA') {
        const what = s.cursor.token().upper;
        query.phase = 'skip';
        s.cursor.at += s.cursor.token(1).upper === 'IF' ? 3 : 1;
        wholeOf(s, what, 'delete');
        return true;
      }
      frame.expect = 'delete';
      frame.list = 'delete';
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
      query.phase = s.cursor.token().upper === 'DATA' || s.cursor.token().upper === 'XML' ? 'load' : 'skip';
      return true;
    case 'IMPORT':
      if (s.cursor.token().upper === 'FOREIGN' || s.cursor.token().upper === 'DATABASE') {
        // A foreign schema's tables are declared, not copied; a database arrives with tables that nobody names.
        if (s.cursor.token().upper === 'DATABASE') s.doubt();
        query.phase = 'skip';
        return true;
      }
      s.cursor.skip(IMPORT_FILLERS);
      frame.expect = 'write';
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
      if (CONTROL.has(word)) control(s, query, word);
      else if (LIST_ENDS.has(word)) {
        // What follows a parenthesised first query: `(SELECT …) UNION …`.
        query.verb = 'SELECT';
        if (s.verb === word) s.verb = 'SELECT';
        if (s.innerVerb === word) s.doubt();
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
  const opens = AFTER_BEGIN.has(upper) || STATEMENT_WORDS.has(upper) || CONTROL.has(upper) || NO_DATA.has(upper);
  if (word === 'BEGIN' && (kind === 'word' || kind === 'name') && !opens) s.doubt();
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
