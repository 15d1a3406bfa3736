import type { Dialect } from './dialect.ts';
import { type Frame, newFrame, newQuery, type QueryState, type TableUse } from './frame.ts';
import { isHarmlessFunction, tellsOfChange } from './functions.ts';
import { MAY_NAME_TABLE, NOT_ALIAS, OLD_HINTS, words } from './keywords.ts';
import type { Token } from './lex.ts';
import { namesColumns } from './missing-from.ts';
import type { SqlAction, SqlReading, SqlTable, SqlTouch } from './reading.ts';
import { settleTargets } from './settle-targets.ts';
import { TokenCursor } from './token-cursor.ts';

/** More tables than this in one text are not a statement anybody wrote; the rest is `certain: false`. */
const TOUCHES_MAX = 48;
/** Names of one query; keeps the settling of aliases linear. */
const USES_MAX = 256;
const EXPORTS_MAX = 8;
/** Tables with one row of nothing. */
const DUMMIES = words('SYSDUMMY1 RDB$DATABASE');
/** `INSERT INTO OPENQUERY(…)`: a table of another server. */
const OTHER_SERVERS = words('OPENQUERY OPENROWSET OPENDATASOURCE');

/**
 * What is known of a text while it is read. A query's touches are settled when the query ends, because a target may be
 * an alias (`UPDATE u SET … FROM users u`) or a CTE (`WITH d AS (…) DELETE FROM d`) that only the rest explains.
 */
export class Statement {
  readonly cursor: TokenCursor;
  readonly dialect: Dialect;
  stack: Frame[] = [newFrame('query', newQuery())];
  verb = '';
  /** First verb at any depth: that of `(SELECT …) UNION (SELECT …)`. */
  innerVerb = '';
  /** `EXPLAIN` without ANALYZE: nothing is written, whatever the verb. */
  explainOnly = false;
  /** `USE x` or `SET search_path` came before: names without a database are not where the connection says. */
  movedTo = false;
  /** A function was called whose body nobody shows. */
  #calledUnknown = false;
  /** Touches and exports before the statement at hand, and where it begins. */
  #before = 0;
  #start = 0;
  readonly #touches = new Map<string, SqlTouch>();
  readonly #exports: string[] = [];
  /** Visible CTEs by lower-case name: how often defined, and what the newest one reads. */
  readonly #ctes = new Map<string, { count: number; reads: readonly TableUse[] }>();
  #certain = true;

  constructor(tokens: readonly Token[], dialect: Dialect) {
    this.cursor = new TokenCursor(tokens, dialect);
    this.dialect = dialect;
  }

  get frame(): Frame {
    return this.stack.at(-1) as Frame;
  }

  reading(): SqlReading {
    return {
      touches: [...this.#touches.values()],
      verb: this.verb || this.innerVerb,
      certain: this.#certain,
      exports: this.#exports,
    };
  }

  /** Something was not understood: the caller must add `unknown`. */
  doubt(): void {
    this.#certain = false;
  }

  /** Rows leave for the URI or file of this token. */
  export(target: Token): void {
    if (target.kind !== 'string') {
      // `TO STDOUT` answers the caller; a stage, a parameter or a function could be anywhere.
      if (target.upper !== 'STDOUT') this.doubt();
    } else if (this.#exports.length < EXPORTS_MAX) this.#exports.push(target.text);
  }

  emit(table: SqlTable, action: SqlAction): void {
    if (this.movedTo) this.doubt();
    const shown = this.explainOnly ? 'read' : action;
    const key = `${table.catalog ?? ''}\0${table.schema ?? ''}\0${table.name}\0${shown}`;
    if (this.#touches.has(key)) return;
    if (this.#touches.size >= TOUCHES_MAX) this.doubt();
    else this.#touches.set(key, { table, action: shown });
  }

  /** A name where a table is expected: registered, with its alias, unless it is a function or a CTE. */
  table(frame: Frame): void {
    const action = frame.expect as SqlAction;
    frame.expect = '';
    const first = this.cursor.token();
    if (first.kind === 'word' && NOT_ALIAS.has(first.upper) && !this.#mayNameTable(first)) {
      this.doubt();
      return;
    }
    const use = this.cursor.table();
    if (use === null) {
      this.doubt();
      return;
    }
    const { query } = frame;
    const opens = this.cursor.token().text === '(';
    if (first.upper === 'ROWS' && this.cursor.token().upper === 'FROM') return;
    if (opens && isNamedByValue(first, this.cursor.token(1))) {
      this.doubt();
      return;
    }
    if (action === 'read' && opens && !OLD_HINTS.has(this.cursor.token(1).upper)) {
      if (!this.#isHarmlessSource(use)) this.doubt();
      return;
    }
    if (isTemporary(use)) {
      query.aliases.set(use.bare, null);
      return;
    }
    const isDummy = DUMMIES.has(this.cursor.token(-1).upper) || (use.bare !== '' && first.upper === 'DUAL');
    if (action === 'read' && isDummy) return;
    if (this.#isElsewhere(use)) {
      this.doubt();
      return;
    }
    // `FROM users AS u, u.orders` walks into an array of the row before.
    if (this.dialect.arrays && this.#isArray(query, use)) {
      const walker = this.cursor.alias();
      if (walker !== '') query.aliases.set(walker, null);
      return;
    }
    const isCte = action === 'read' && use.bare !== '' && this.#ctes.has(use.bare);
    const known = isCte ? null : use;
    const alias = query.verb === 'INSERT' ? '' : this.cursor.alias();
    if (alias !== '') {
      query.aliases.set(alias, known);
      if (isCte) this.#standsFor(query, alias, this.readsOf(use.bare) ?? []);
    }
    // MySQL's `DELETE users FROM shop.users`: the first name is what the second explains.
    if (query.phase !== 'names' && !query.aliases.has(use.key)) query.aliases.set(use.key, known);
    if (isCte) return;
    if (query.reads.length + query.targets.length >= USES_MAX) this.doubt();
    else if (action === 'read') query.reads.push(use);
    else query.targets.push({ use, action, answers: query.returns !== '' && query.targets.length > 0 });
  }

  /** What stands before the dot is a table of this query, and not the schema of one. */
  #isArray(query: QueryState, { bare, table: { schema = '' } }: TableUse): boolean {
    if (bare !== '' || !query.aliases.has(schema.toLowerCase())) return false;
    return !query.reads.some(({ table }) => table.schema === schema);
  }

  /** The alias of a subquery in FROM, whose closing bracket is just past. */
  aliasOf(query: QueryState, reads: readonly TableUse[]): void {
    const alias = this.cursor.alias();
    if (alias === '') return;
    query.aliases.set(alias, null);
    this.#standsFor(query, alias, reads);
  }

  #standsFor(query: QueryState, alias: string, reads: readonly TableUse[]): void {
    query.behind ??= new Map();
    query.behind.set(alias, reads);
  }

  /** `FROM settings` names a table, although SETTINGS is a clause of ClickHouse. */
  #mayNameTable({ upper }: Token): boolean {
    return MAY_NAME_TABLE.has(upper) || this.cursor.token(1).text === '.';
  }

  /** A function in FROM; `TABLE(f(…))` asks about the function inside. */
  #isHarmlessSource(use: TableUse): boolean {
    const { name, schema = '' } = use.table;
    const inner = this.cursor.token(1);
    if (use.bare !== '' && name.toUpperCase() === 'TABLE') {
      // Snowflake: `TABLE('shop.public.users')`, `TABLE($1)`.
      if (inner.kind !== 'word' && inner.kind !== 'name') return inner.text === '(' || inner.text === ')';
      let ahead = 2;
      while (this.cursor.token(ahead).text === '.') ahead += 2;
      if (this.cursor.token(ahead).text !== '(') return true;
      return isHarmlessFunction(ahead === 2 ? '' : 'qualified', this.cursor.token(ahead - 1).text);
    }
    // `CROSS APPLY x.doc.nodes('/r')`: a method of an XML column.
    if (this.dialect.tsql && schema !== '' && name.toLowerCase() === 'nodes') return true;
    return isHarmlessFunction(schema, name);
  }

  /** A table of another database: Oracle's `t@link`, SQL Server's `server.database.schema.table`. */
  #isElsewhere(use: TableUse): boolean {
    const next = this.cursor.token();
    if (this.dialect.at === 'link' && next.kind === 'param' && next.start === this.cursor.token(-1).end) {
      this.cursor.at++;
      this.cursor.alias();
      return true;
    }
    if (use.linked === true) this.doubt();
    return false;
  }

  /**
   * The name at hand stands before a parenthesis: a function, of the database or of the application.
   *
   * @param alone nothing but functions may tell what this query does
   */
  noteCall(alone: boolean): void {
    const { text } = this.cursor.token();
    const schema = this.cursor.token(-1).text === '.' ? this.cursor.token(-2).text : '';
    if (isHarmlessFunction(schema, text)) return;
    if (alone) this.#calledUnknown = true;
    if (tellsOfChange(text)) this.doubt();
  }

  /** `SET x.y =` or `, x.y =`: which of the joined tables is written. */
  notePrefix(frame: Frame): void {
    const previous = this.cursor.token(-1);
    if (frame.kind !== 'query' || (previous.upper !== 'SET' && previous.text !== ',')) return;
    if (frame.query.setPrefixes.length >= USES_MAX || this.cursor.token(1).text !== '.') return;
    // MySQL: `SET shop.orders.paid = 1`.
    const ahead = this.cursor.token(3).text === '.' ? 2 : 0;
    if (this.cursor.token(ahead + 3).text === '=') {
      frame.query.setPrefixes.push(this.cursor.keyOf(this.cursor.token(ahead)));
    }
  }

  showCte(query: QueryState, name: string, reads: readonly TableUse[]): void {
    const known = this.#ctes.get(name);
    this.#ctes.set(name, { count: (known?.count ?? 0) + 1, reads });
    query.ctes.push(name);
  }

  endStatement(): void {
    // A bracket that never closed, or a place where a table should have been named: a text that is cut.
    if (this.stack.length > 1 || this.frame.expect !== '') this.doubt();
    for (let frame = this.stack.pop(); frame !== undefined; frame = this.stack.pop()) {
      if (frame.kind === 'query') this.endQuery(frame);
    }
    // Behind other statements a bare word may be a variable of theirs.
    if (this.#start === 0 && this.verb === 'SELECT' && this.#seen() === 0) {
      if (namesColumns(this.cursor.tokens, this.cursor.at)) this.doubt();
    }
    if (this.#calledUnknown && this.#seen() === this.#before) this.doubt();
    this.#calledUnknown = false;
    this.#before = this.#seen();
    this.#start = this.cursor.at;
    this.explainOnly = false;
    this.stack.push(newFrame('query', newQuery()));
  }

  #seen(): number {
    return this.#touches.size + this.#exports.length;
  }

  endQuery(frame: Frame): void {
    const { query } = frame;
    if (query.verb === '' && query.with !== null) this.doubt();
    settleTargets(this, query);
    const isChanged = frame.changed === 'write' || (frame.changed === 'delete' && query.reads.length === 1);
    for (const { table } of query.reads) {
      this.emit(table, 'read');
      if (isChanged) this.emit(table, frame.changed as SqlAction);
    }
    // Which of several tables it is, only the database knows.
    if (frame.changed !== '') this.doubt();
    for (const name of query.ctes) {
      const known = this.#ctes.get(name);
      if (known === undefined || known.count <= 1) this.#ctes.delete(name);
      else this.#ctes.set(name, { ...known, count: known.count - 1 });
    }
    const outer = frame.cteBody === '' ? undefined : this.stack.at(-1)?.query;
    if (outer !== undefined && outer.with?.recursive !== true) {
      this.showCte(outer, frame.cteBody, query.verb === 'SELECT' ? query.reads : []);
    }
  }

  /** Tables that a visible common table expression reads. */
  readsOf(cte: string): readonly TableUse[] | undefined {
    return this.#ctes.get(cte)?.reads;
  }
}

/** Where recursion needs no word, the body of a common table expression sees itself behind UNION. */
export function showSelf(s: Statement, { query, cteBody }: Frame): void {
  if (cteBody !== '' && s.dialect.selfCtes) s.showCte(query, cteBody, []);
}

/** SQL Server's temporary tables live in the session, `##t` in several of them. */
export const isTemporary = ({ table }: TableUse): boolean => table.name.startsWith('#');

/** `IDENTIFIER(:1)` is a table whose name is a value; `identifier (a, b)` is one with columns. */
const isNamedByValue = ({ upper }: Token, inside: Token): boolean =>
  OTHER_SERVERS.has(upper) || (upper === 'IDENTIFIER' && inside.kind !== 'word');
