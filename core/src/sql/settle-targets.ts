import type { Dialect } from './dialect.ts';
import type { QueryState, TableUse } from './frame.ts';
import { words } from './keywords.ts';
import type { SqlAction, SqlTable } from './reading.ts';

/** What settling asks of the statement, and tells it. */
export interface Settling {
  readonly dialect: Dialect;
  emit(table: SqlTable, action: SqlAction): void;
  /** Something was not understood. */
  doubt(): void;
  readsOf(cte: string): readonly TableUse[] | undefined;
}

/** A change through a common table expression is one of the tables behind it. */
const CHANGES_CTE = words('UPDATE DELETE MERGE');

/**
 * Which tables a query changes, once it has ended: its targets may be aliases, common table expressions or names of columns,
 * which only the rest explains. Tables that are meant leave the query's reads.
 */
export function settleTargets(s: Settling, query: QueryState): void {
  const assigned = query.setPrefixes.map((prefix) => query.aliases.get(prefix)).filter((use) => use != null);
  let settled = 0;
  for (const { use, action, answers } of query.targets) {
    // MySQL `UPDATE a JOIN b … SET b.x = …`: only the assigned table is written, the first one is read.
    const meant = query.aliases.get(use.bare) ?? use;
    if (action === 'write' && assigned.length > 0 && !assigned.includes(meant)) {
      for (const { table } of resolve(s, query, use)) s.emit(table, 'read');
      continue;
    }
    // CQL `DELETE column FROM t`: a name that is no table of this statement is a column.
    if (query.phase === 'named' && use.bare !== '' && !query.aliases.has(use.bare)) continue;
    settled++;
    const uses = resolve(s, query, use);
    // One of the tables behind a CTE: taken for a delete of each, it would end what the others hold.
    if (action === 'delete' && uses.length > 1) continue;
    for (const { table } of uses) {
      s.emit(table, action);
      if (query.mergeDeletes && answers !== true) s.emit(table, 'delete');
      if (query.returns !== '' && answers !== true && query.verb !== 'INSERT' && query.verb !== 'REPLACE') {
        s.emit(table, 'read');
      }
    }
  }
  for (const use of assigned) if (take(query.reads, use)) s.emit(use.table, 'write');
  if (query.phase === 'named' && settled === 0) {
    const first = query.reads.shift();
    if (first === undefined) s.doubt();
    else s.emit(first.table, 'delete');
  }
}

/** The tables behind a target that may be an alias, a CTE or a subquery of this statement. */
function resolve(s: Settling, query: QueryState, use: TableUse): readonly TableUse[] {
  const isNamedAgain =
    query.phase === 'named' || (query.phase === 'using' && !s.dialect.postgres && query.verb === 'DELETE');
  if (use.bare === '') {
    if (isNamedAgain)
      take(
        query.reads,
        query.reads.find((own) => isSame(own, use)),
      );
    return [use];
  }
  const aliased = query.aliases.get(use.bare);
  if (aliased != null && aliased !== use) {
    take(query.reads, aliased);
    return [aliased];
  }
  // MySQL `DELETE users FROM users JOIN …`: one table, named twice; so in `DELETE FROM users USING users JOIN …`.
  if (isNamedAgain)
    take(
      query.reads,
      query.reads.find(({ bare }) => bare === use.bare),
    );
  // PostgreSQL's targets are tables even where a CTE has the same name; elsewhere the CTE's table changes.
  if (s.dialect.postgres || !CHANGES_CTE.has(query.verb)) return [use];
  const behind = aliased === null ? query.behind?.get(use.bare) : undefined;
  const reads = behind ?? s.readsOf(use.bare);
  if (reads === undefined) return [use];
  s.doubt();
  return reads;
}

const isSame = (a: TableUse, b: TableUse): boolean =>
  a.key === b.key && a.table.schema === b.table.schema && a.table.catalog === b.table.catalog;

/** Removes one item; true when it was there. */
function take<T>(list: T[], item: T | undefined): boolean {
  const index = item === undefined ? -1 : list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
