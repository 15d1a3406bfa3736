import type { SqlAction, SqlTable } from './reading.ts';

/** One nesting level of a statement while it is read. */
export interface Frame {
  /** `query` starts with a verb, `group` is a parenthesised FROM item, `other` holds arguments or an expression. */
  readonly kind: 'query' | 'group' | 'other';
  /** The query this level belongs to: itself, or the nearest one outside. */
  readonly query: QueryState;
  /** The next name is a table, touched so. */
  expect: SqlAction | '';
  /** A comma on this level continues a list of tables, touched so. */
  list: SqlAction | '';
  /** Name of the CTE whose body this is. */
  readonly cteBody: string;
  /** `UPDATE (SELECT …) SET …` (Oracle): the statement around it does this to a table of this query. */
  changed: SqlAction | '';
  /** A subquery in FROM, behind which an alias may stand. */
  isSource: boolean;
}

/** What is known of one query (or data-modifying CTE) so far. */
export interface QueryState {
  verb: string;
  phase:
    | ''
    | 'dynamic'
    | 'names'
    | 'named'
    | 'set'
    | 'using'
    | 'skip'
    | 'control'
    | 'copy'
    | 'create'
    | 'load'
    | 'unload';
  readonly reads: TableUse[];
  /** `answers`: rows of the statement go there (`OUTPUT … INTO t`), so that `returns` says nothing of it. */
  readonly targets: { use: TableUse; action: SqlAction; answers?: boolean }[];
  /** Alias or table name → table; null for a CTE, a function or a subquery. */
  readonly aliases: Map<string, TableUse | null>;
  /** What the CTEs and subqueries among the aliases read, for a change through them. */
  behind: Map<string, readonly TableUse[]> | null;
  /** Qualifiers seen on the left of `SET x.y =`. */
  readonly setPrefixes: string[];
  /** The rows of a change come back. */
  returns: '' | 'RETURNING' | 'OUTPUT';
  /** `INSERT … SELECT`. */
  selects: boolean;
  /** A materialised view is being made. */
  isView: boolean;
  /** `MERGE … THEN DELETE`. */
  mergeDeletes: boolean;
  /** `CREATE TABLE t` waits here until an `AS SELECT` shows that it copies data. */
  created: TableUse | null;
  /** CTE names this query made visible, taken back when it ends. */
  readonly ctes: string[];
  with: WithState | null;
}

export interface WithState {
  phase: 'name' | 'as' | 'body' | 'after';
  recursive: boolean;
  name: string;
}

export interface TableUse {
  readonly table: SqlTable;
  /** The name without what qualifies it, as aliases and CTEs are compared (`TokenCursor.keyOf`). */
  readonly key: string;
  /** The same when the name is unqualified, so that it can be an alias or a CTE; '' otherwise. */
  readonly bare: string;
  /** A fourth part named another server. */
  readonly linked?: boolean;
}

export function newQuery(): QueryState {
  return {
    verb: '',
    phase: '',
    reads: [],
    targets: [],
    aliases: new Map(),
    behind: null,
    setPrefixes: [],
    returns: '',
    selects: false,
    isView: false,
    mergeDeletes: false,
    created: null,
    ctes: [],
    with: null,
  };
}

export function newFrame(kind: Frame['kind'], query: QueryState, cteBody = ''): Frame {
  return { kind, query, expect: '', list: '', cteBody, changed: '', isSource: false };
}
