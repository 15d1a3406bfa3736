import type { Frame, QueryState } from './frame.ts';
import { words } from './keywords.ts';
import type { Statement } from './statement.ts';

/** DROP, CREATE and ALTER: changes of structure, some of which move or remove data. */

const DROP_FILLERS = words('TEMPORARY TEMP MATERIALIZED FOREIGN EXTERNAL TRANSIENT');
const CREATE_FILLERS = words(
  'OR REPLACE TEMP TEMPORARY GLOBAL LOCAL UNLOGGED EXTERNAL FOREIGN TRANSIENT VOLATILE MULTISET SET COLUMN ROW CONSTRAINT DEFINER',
);
const ROUTINES = words('TRIGGER PROCEDURE PROC FUNCTION EVENT PACKAGE');
const ALTER_MOVES = words('EXCHANGE REPLACE ATTACH MOVE FETCH');

export function drop(s: Statement, frame: Frame): void {
  s.cursor.skip(DROP_FILLERS);
  const what = s.cursor.token().upper;
  s.cursor.at++;
  if (what === 'TABLE' || (what === 'VIEW' && s.cursor.token(-2).upper === 'MATERIALIZED')) {
    frame.expect = 'delete';
    frame.list = 'delete';
    return;
  }
  frame.query.phase = 'skip';
  if (what !== 'SCHEMA' && what !== 'DATABASE' && what !== 'KEYSPACE') return;
  if (s.cursor.token().upper === 'IF') s.cursor.at += 2;
  const parts = s.cursor.name();
  const last = parts.at(-1);
  if (last === undefined) s.doubt();
  else if (what === 'SCHEMA')
    s.emit({ ...(parts.length > 1 ? { catalog: parts[0] } : {}), schema: last, name: '*' }, 'delete');
  else s.emit({ catalog: last, name: '*' }, 'delete');
}

export function create(s: Statement, frame: Frame): void {
  const { query } = frame;
  s.cursor.skip(CREATE_FILLERS);
  const what = s.cursor.token().upper;
  const materialized = what === 'MATERIALIZED' && s.cursor.token(1).upper === 'VIEW';
  if (what !== 'TABLE' && !materialized) {
    query.phase = 'skip';
    // A routine's body holds statements and semicolons of its own; defining it runs none of them.
    if (ROUTINES.has(what) && !s.cursor.skipBody()) s.doubt();
    return;
  }
  s.cursor.at += materialized ? 2 : 1;
  if (s.cursor.token().upper === 'IF') s.cursor.at += 3;
  const use = s.cursor.table();
  if (use === null) s.doubt();
  query.created = use;
  query.phase = 'create';
}

/** `CREATE TABLE t` turned out to copy data. */
export function settleCreated(query: QueryState): void {
  if (query.created !== null) query.targets.push({ use: query.created, action: 'write' });
  query.created = null;
  query.phase = '';
}

/** ClickHouse mutations and dropped partitions are data changes in the clothes of a schema change. */
export function alter(s: Statement, frame: Frame): void {
  const { query } = frame;
  query.phase = 'skip';
  const kind = s.cursor.token().upper;
  if (ROUTINES.has(kind) && !s.cursor.skipBody()) s.doubt();
  if (kind !== 'TABLE') return;
  s.cursor.at++;
  if (s.cursor.token().upper === 'IF') s.cursor.at += 2;
  if (s.cursor.token().upper === 'ONLY') s.cursor.at++;
  const use = s.cursor.table();
  if (use === null) return;
  if (s.cursor.token().upper === 'ON' && s.cursor.token(1).upper === 'CLUSTER') s.cursor.at += 3;
  const what = s.cursor.token().upper;
  const partition = s.cursor.token(1).upper === 'PARTITION';
  if (what === 'DELETE') query.targets.push({ use, action: 'delete' });
  else if (what === 'UPDATE') query.targets.push({ use, action: 'write' });
  else if (partition && (what === 'DROP' || what === 'TRUNCATE' || what === 'DETACH')) {
    query.targets.push({ use, action: 'delete' });
  } else if (partition && ALTER_MOVES.has(what)) {
    query.targets.push({ use, action: 'write' });
    s.doubt();
  }
}
