import type { Frame } from './frame.ts';
import { LIST_ENDS, MAY_NAME_TABLE, QUERY_STARTS, SET_OPERATORS, words } from './keywords.ts';
import type { SqlAction } from './reading.ts';
import { settleCreated } from './schema-verbs.ts';
import { type Statement, showSelf } from './statement.ts';
import { startVerb } from './verbs.ts';

/** The words this file knows: most words of a statement are none of them. */
const CLAUSE_WORDS: ReadonlySet<string> = new Set([
  ...LIST_ENDS,
  ...words(
    'FROM JOIN STRAIGHT_JOIN APPLY INTO USING SET RETURN RETURNING OUTPUT BY VIEW FORMAT WITH DELETE UPDATE TABLE FOR',
  ),
]);
/** `WITH ORDINALITY AS t`, `WITH TIES`: no common table expression. */
const NO_CTE = words('ORDINALITY TIES ROLLUP CUBE DATA NO CHECK');
const LOAD_FILLERS = words('TABLE');
const SELECT_MODIFIER = /^(?:SELECT|ALL|DISTINCT|HIGH_PRIORITY|SQL_[A-Z_]+)$/;
/** What a table is asked about as it was: `FOR SYSTEM_TIME AS OF`, `FOR VERSION AS OF` (Trino, Spark). */
const AS_OF = /^(?:SYSTEM|VERSION|TIMESTAMP|PORTION|BUSINESS)/;
const INTO_FILLERS = words('TEMP TEMPORARY UNLOGGED TABLE');

/** Words that move a query on; true when the word was one. */
export function clause(s: Statement, frame: Frame, word: string): boolean {
  const { query } = frame;
  if (query.phase === 'copy') return copyClause(s, frame, word);
  if (query.phase === 'create') return createClause(s, frame, word);
  if (!CLAUSE_WORDS.has(word)) return false;
  if (frame.expect !== '' && !missesTable(s, frame, word)) return false;
  switch (word) {
    case 'FROM':
      return from(s, frame);
    case 'JOIN':
    case 'STRAIGHT_JOIN':
    case 'APPLY':
      // ClickHouse: `SELECT * APPLY(sum)`.
      if (word === 'APPLY' && !/^(?:CROSS|OUTER)$/.test(s.cursor.token(-1).upper)) break;
      if (s.cursor.token(-1).upper === 'ARRAY') {
        frame.list = '';
        break;
      }
      // MySQL: `SELECT STRAIGHT_JOIN a.x FROM …` is a hint.
      if (word === 'STRAIGHT_JOIN' && SELECT_MODIFIER.test(s.cursor.token(-1).upper)) break;
      frame.expect = 'read';
      break;
    case 'INTO':
      into(s, frame);
      return true;
    case 'USING':
      // `JOIN b USING (id)` names columns; `DELETE … USING b` and `MERGE … USING b` name tables.
      if (query.verb === 'DELETE' && s.cursor.token(1).text === '(' && !QUERY_STARTS.has(s.cursor.token(2).upper))
        break;
      // CQL: `DELETE … FROM t USING TIMESTAMP 1`.
      if (query.verb === 'DELETE' && isTimestamp(s)) break;
      if ((query.verb === 'DELETE' && query.phase !== 'named') || (query.verb === 'MERGE' && query.phase !== 'using')) {
        query.phase = 'using';
        frame.expect = 'read';
        frame.list = query.verb === 'DELETE' ? 'read' : '';
      } else if (s.cursor.token(1).text !== '(') frame.list = '';
      break;
    case 'SET':
      frame.list = '';
      frame.expect = '';
      if (query.verb === 'UPDATE') query.phase = 'set';
      break;
    case 'RETURN':
    case 'RETURNING':
    case 'OUTPUT':
      // Spanner: `THEN RETURN *`.
      if (query.verb === 'SELECT' || (word === 'RETURN' && s.cursor.token(-1).upper !== 'THEN')) return false;
      query.returns = word === 'RETURN' ? 'RETURNING' : word;
      frame.list = '';
      break;
    case 'BY':
      // `DISTRIBUTE BY a, b`, `SORT BY a, b` (Hive, Spark).
      frame.list = '';
      break;
    case 'VIEW':
      // Spark: `LATERAL VIEW explode(m) t AS k, v` names columns.
      if (s.cursor.token(-1).upper !== 'LATERAL') return false;
      frame.list = '';
      break;
    case 'FORMAT':
      frame.list = '';
      if (isFormatOfData(s, frame)) s.cursor.at = s.cursor.end - 1;
      break;
    case 'WITH':
      if (query.verb !== 'INSERT' && query.verb !== 'REPLACE' && !isAfterSetOperator(s)) return false;
      if (
        s.cursor.token(1).upper !== 'RECURSIVE' &&
        !(s.cursor.token(2).upper === 'AS' || s.cursor.token(2).text === '(')
      )
        return false;
      if (NO_CTE.has(s.cursor.token(1).upper)) return false;
      query.with = { phase: 'name', recursive: false, name: '' };
      break;
    case 'DELETE':
      // `THEN DELETE`; Oracle's `UPDATE SET … DELETE WHERE …`.
      if (query.verb === 'MERGE' && (s.cursor.token(-1).upper === 'THEN' || s.cursor.token(1).upper === 'WHERE')) {
        query.mergeDeletes = true;
      }
      alsoChanges(s, frame, 'delete');
      break;
    case 'UPDATE':
      alsoChanges(s, frame, 'write');
      break;
    case 'TABLE':
      // `INSERT INTO a TABLE b`, `SELECT … UNION ALL TABLE b`
      if ((query.verb !== 'INSERT' && !isAfterSetOperator(s)) || s.cursor.token(1).text === '(') return false;
      frame.expect = 'read';
      break;
    case 'FOR':
      // MySQL: `USE INDEX FOR JOIN (ix)`.
      if (/^(?:INDEX|KEY)$/.test(s.cursor.token(-1).upper)) {
        while (s.cursor.at < s.cursor.end && s.cursor.token().text !== '(') s.cursor.at++;
        return true;
      }
      // `FOR UPDATE OF a, b` names tables again; `FOR SYSTEM_TIME AS OF …` belongs to the one before it.
      if (!AS_OF.test(s.cursor.token(1).upper)) frame.list = '';
      break;
    default:
      if (!LIST_ENDS.has(word)) return false;
      frame.list = '';
      frame.expect = '';
      if (SET_OPERATORS.has(word)) showSelf(s, frame);
      if (word === 'SELECT') query.selects = true;
  }
  s.cursor.at++;
  return true;
}

/** A clause begins where a table should have been named; false when the word is the table, or leads to it. */
function missesTable(s: Statement, { query }: Frame, word: string): boolean {
  if (!LIST_ENDS.has(word) && word !== 'SET' && word !== 'FROM') return false;
  if (MAY_NAME_TABLE.has(word) || s.cursor.token(1).text === '.') return false;
  // `INSERT FIRST WHEN … THEN INTO a` (Oracle, Snowflake), `FROM VALUES (1)` (Spark).
  const isTold =
    (word === 'WHEN' && query.verb === 'INSERT') ||
    (word === 'VALUES' && !/^(?:word|name)$/.test(s.cursor.token(1).kind));
  if (!isTold) s.doubt();
  return true;
}

function isTimestamp(s: Statement): boolean {
  const { kind } = s.cursor.token(2);
  return /^(?:TIMESTAMP|TTL)$/.test(s.cursor.token(1).upper) && (kind === 'number' || kind === 'param');
}

/** ClickHouse: `ALTER TABLE t UPDATE a = 1 WHERE b, DELETE WHERE c`. */
function alsoChanges(s: Statement, { query }: Frame, action: SqlAction): void {
  const [first] = query.targets;
  if (query.verb === 'ALTER' && s.cursor.token(-1).text === ',' && first !== undefined) {
    query.targets.push({ use: first.use, action });
  }
}

const isAfterSetOperator = ({ cursor }: Statement): boolean =>
  SET_OPERATORS.has(cursor.token(-1).upper) ||
  ((cursor.token(-1).upper === 'ALL' || cursor.token(-1).upper === 'DISTINCT') &&
    SET_OPERATORS.has(cursor.token(-2).upper));

/** ClickHouse: rows follow in the same text, and are no SQL. */
const isFormatOfData = ({ cursor }: Statement, { query }: Frame): boolean =>
  query.verb === 'INSERT' && !query.selects && cursor.token(1).kind === 'word';

function from(s: Statement, frame: Frame): boolean {
  const { query } = frame;
  const previous = s.cursor.token(-1).upper;
  s.cursor.at++;
  // `a IS [NOT] DISTINCT FROM b`
  if (previous === 'DISTINCT' && /^(?:IS|NOT)$/.test(s.cursor.token(-3).upper)) return true;
  // `FOR SYSTEM_TIME FROM a TO b`, `FOR PORTION OF period FROM a TO b`
  if (previous === 'SYSTEM_TIME' || previous === 'BUSINESS_TIME' || s.cursor.token(-4).upper === 'PORTION') return true;
  // `NTH_VALUE(x, 2) FROM FIRST OVER (…)`
  const { upper } = s.cursor.token();
  if ((upper === 'FIRST' || upper === 'LAST') && /^(?:OVER|IGNORE|RESPECT)$/.test(s.cursor.token(1).upper)) return true;
  if (query.phase === 'load') {
    frame.expect = s.cursor.token().text === '(' ? 'read' : '';
    return true;
  }
  if (query.verb === 'MERGE' || query.verb === 'REFRESH') return true;
  // ClickHouse: `INSERT INTO t FROM INFILE 'x.csv' FORMAT CSV`
  if (upper === 'INFILE' && s.cursor.token(1).kind === 'string') return true;
  if (query.phase === 'names') query.phase = 'named';
  frame.expect = 'read';
  frame.list = 'read';
  return true;
}

function into(s: Statement, frame: Frame): void {
  const { query } = frame;
  s.cursor.at++;
  const next = s.cursor.token();
  if (query.phase === 'load') {
    s.cursor.skip(LOAD_FILLERS);
    frame.expect = 'write';
  } else if (query.returns === 'RETURNING') {
    // `RETURNING id INTO x` (Oracle, PL/pgSQL) fills variables.
  } else if (query.verb === 'INSERT' || query.returns !== '') frame.expect = next.kind === 'param' ? '' : 'write';
  else if (query.verb === 'SELECT') {
    if (next.upper === 'OUTFILE' || next.upper === 'DUMPFILE') {
      s.export(s.cursor.token(1));
      s.cursor.at += 2;
    } else if (next.kind !== 'param' && !s.dialect.intoVariable) {
      s.cursor.skip(INTO_FILLERS);
      frame.list = '';
      frame.expect = 'write';
    } else frame.list = '';
  }
}

function copyClause(s: Statement, frame: Frame, word: string): boolean {
  if (frame.expect !== '') return false;
  const next = s.cursor.token(1);
  if (word === 'TO' || (word === 'INTO' && frame.query.verb === 'BACKUP')) {
    const target = next.text === '=' ? s.cursor.token(2) : next;
    s.export(target.text === '(' ? s.cursor.token(3) : target);
    if (next.upper === 'PROGRAM') s.doubt();
  } else if (word === 'FROM' && next.upper === 'PROGRAM') s.doubt();
  else if (word === 'STDIN') rowsFollow(s);
  else if (word === 'SELECT' || word === 'WITH') {
    if (word === 'WITH' && s.cursor.token(1).text === '(') {
      s.cursor.at++;
      return true;
    }
    if (frame.query.verb !== 'EXPORT') {
      s.cursor.at++;
      return true;
    }
    frame.query.verb = '';
    frame.query.phase = '';
    return startVerb(s, frame, word);
  }
  s.cursor.at++;
  return true;
}

/** Behind `COPY t FROM STDIN;` come rows, which are no SQL, and perhaps more statements after them. */
function rowsFollow(s: Statement): void {
  const { cursor } = s;
  while (cursor.at < cursor.end && cursor.token().text !== ';') cursor.at++;
  if (cursor.at + 1 < cursor.end) s.doubt();
  cursor.at = cursor.end - 1;
}

function createClause(s: Statement, frame: Frame, word: string): boolean {
  const { query } = frame;
  const next = s.cursor.token(1);
  if (word === 'CLONE' || (word === 'COPY' && next.upper !== 'GRANTS' && next.upper !== 'TAGS')) {
    settleCreated(query);
    s.cursor.at += next.upper === 'OF' || next.upper === 'AS' ? 2 : 1;
    frame.expect = 'read';
    return true;
  }
  if (word === 'TO' && query.verb === 'CREATE' && query.isView) {
    // ClickHouse: `CREATE MATERIALIZED VIEW v TO t AS SELECT …` keeps its rows in t.
    s.cursor.at++;
    query.created = s.cursor.table() ?? query.created;
    return true;
  }
  if (word === 'AS' && next.upper === 'EXECUTE') {
    settleCreated(query);
    s.doubt();
    query.phase = 'skip';
  } else if (
    word === 'SELECT' ||
    (word === 'WITH' && s.cursor.token(-1).upper === 'AS') ||
    ((word === 'TABLE' || word === 'FROM' || word === 'VALUES') && s.cursor.token(-1).upper === 'AS')
  ) {
    settleCreated(query);
    query.verb = '';
    return startVerb(s, frame, word);
  }
  s.cursor.at++;
  return true;
}
