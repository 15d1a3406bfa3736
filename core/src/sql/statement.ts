import type { Dialect } from './dialect.ts';
import { type Frame, newFrame, newQuery, type QueryState, type TableUse } from './frame.ts';
import { isHarmlessFunction } from './functions.ts';
import { MAY_NAME_TABLE, NOT_ALIAS, OLD_HINTS } from './keywords.ts';
import type { Token } from './lex.ts';
import type { SqlAction, SqlReading, SqlTable, SqlTouch } from './reading.ts';
import { TokenCursor } from './token-cursor.ts';

/** More tables than this in one text are not a statement anybody wrote; the rest is `certain: false`. */
const TOUCHES_MAX = 64;
/** Names of one query; keeps the settling of aliases linear. */
const USES_MAX = 256;
const EXPORTS_MAX = 8;

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
  /** `USE x` came before: names without a database are not where the connection says. */
  movedTo = false;
  /** A function was called whose body nobody shows. */
  #calledUnknown = false;
  /** Touches and exports before the statement at hand. */
  #before = 0;
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
    if (first.kind === 'word' && NOT_ALIAS.has(first.upper) && !MAY_NAME_TABLE.has(first.upper)) return;
    const use = this.cursor.table();
    if (use === null) return;
    const { query } = frame;
    if (use.bare === 'rows' && this.cursor.token().upper === 'FROM') return;
    if (action === 'read' && this.cursor.token().text === '(' && !OLD_HINTS.has(this.cursor.token(1).upper)) {
      if (!this.#isHarmlessSource(use)) this.doubt();
      return;
    }
    // SQL Server's temporary tables and table variables live in the session.
    if (use.table.name.startsWith('#')) {
      query.aliases.set(use.bare, null);
      return;
    }
    if (use.bare === 'dual') return;
    if (this.#isElsewhere(use)) {
      this.doubt();
      return;
    }
    // BigQuery: `FROM users AS u, u.orders` walks into an array of the row before.
    if (this.dialect.tripleQuotes && query.aliases.has(use.table.schema?.toLowerCase() ?? '')) return;
    const isCte = action === 'read' && use.bare !== '' && this.#ctes.has(use.bare);
    const known = isCte ? null : use;
    const alias = query.verb === 'INSERT' ? '' : this.cursor.alias();
    if (alias !== '') query.aliases.set(alias, known);
    const own = use.bare !== '' ? use.bare : this.dialect.tripleQuotes ? use.table.name.toLowerCase() : '';
    if (own !== '' && !query.aliases.has(own)) query.aliases.set(own, known);
    if (isCte) return;
    if (query.reads.length + query.targets.length >= USES_MAX) this.doubt();
    else if (action === 'read') query.reads.push(use);
    else query.targets.push({ use, action, answers: query.returns });
  }

  /** A function in FROM; `TABLE(f(…))` asks about the function inside. */
  #isHarmlessSource(use: TableUse): boolean {
    const { name, schema = '' } = use.table;
    const inner = this.cursor.token(1);
    if (use.bare === 'table' && inner.kind === 'word' && this.cursor.token(2).text === '(') {
      return isHarmlessFunction('', inner.upper);
    }
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

  /** The word at hand stands before a parenthesis: a function, of the database or of the application. */
  noteCall(): void {
    const { text } = this.cursor.token();
    const schema = this.cursor.token(-1).text === '.' ? this.cursor.token(-2).text : '';
    if (!isHarmlessFunction(schema, text)) this.#calledUnknown = true;
  }

  /** `SET x.y =` or `, x.y =`: which of the joined tables is written. */
  notePrefix(frame: Frame): void {
    const previous = this.cursor.token(-1);
    if (frame.kind !== 'query' || (previous.upper !== 'SET' && previous.text !== ',')) return;
    const isFull = frame.query.setPrefixes.length >= USES_MAX;
    if (!isFull && this.cursor.token(1).text === '.' && this.cursor.token(3).text === '=') {
      frame.query.setPrefixes.push(this.cursor.token().text.toLowerCase());
    }
  }

  showCte(query: QueryState, name: string, reads: readonly TableUse[]): void {
    const known = this.#ctes.get(name);
    this.#ctes.set(name, { count: (known?.count ?? 0) + 1, reads });
    query.ctes.push(name);
  }

  endStatement(): void {
    if (this.stack.length > 1) this.doubt();
    for (let frame = this.stack.pop(); frame !== undefined; frame = this.stack.pop()) {
      if (frame.kind === 'query') this.endQuery(frame);
    }
    if (this.#calledUnknown && this.#seen() === this.#before) this.doubt();
    this.#calledUnknown = false;
    this.#before = this.#seen();
    this.explainOnly = false;
    this.stack.push(newFrame('query', newQuery()));
  }

  #seen(): number {
    return this.#touches.size + this.#exports.length;
  }

  endQuery(frame: Frame): void {
    const { query } = frame;
    if (query.verb === '' && query.with !== null) this.doubt();
    this.#settleTargets(query);
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

  #settleTargets(query: QueryState): void {
    const assigned = query.setPrefixes.map((prefix) => query.aliases.get(prefix)).filter((use) => use != null);
    let settled = 0;
    for (const { use, action, answers } of query.targets) {
      // MySQL `UPDATE a JOIN b … SET b.x = …`: only the assigned table is written, the first one is read.
      if (action === 'write' && assigned.length > 0 && !assigned.includes(use)) {
        for (const { table } of this.#resolve(query, use)) this.emit(table, 'read');
        continue;
      }
      // CQL `DELETE column FROM t`: a name that is no table of this statement is a column.
      if (query.phase === 'named' && use.bare !== '' && !this.#isListed(query, use)) continue;
      settled++;
      const uses = this.#resolve(query, use);
      // One of the tables behind a CTE: taken for a delete of each, it would end what the others hold.
      if (action === 'delete' && uses.length > 1) continue;
      for (const { table } of uses) {
        this.emit(table, action);
        if (query.mergeDeletes && answers !== true) this.emit(table, 'delete');
        if (query.returns && answers !== true && query.verb !== 'INSERT' && query.verb !== 'REPLACE') {
          this.emit(table, 'read');
        }
      }
    }
    for (const use of assigned) if (take(query.reads, use)) this.emit(use.table, 'write');
    if (query.phase === 'named' && settled === 0) {
      const first = query.reads.shift();
      if (first === undefined) this.doubt();
      else this.emit(first.table, 'delete');
    }
  }

  #isListed(query: QueryState, use: TableUse): boolean {
    return query.aliases.get(use.bare) !== use || query.reads.some(({ bare }) => bare === use.bare);
  }

  /** The table behind a target that may be an alias or a CTE of this statement. */
  #resolve(query: QueryState, use: TableUse): readonly TableUse[] {
    if (use.bare === '') return [use];
    const aliased = query.aliases.get(use.bare);
    if (aliased != null && aliased !== use) {
      take(query.reads, aliased);
      return [aliased];
    }
    if (
      query.phase === 'named' ||
      (query.phase === 'using' && this.dialect.fold !== 'lower' && query.verb === 'DELETE')
    ) {
      // MySQL `DELETE users FROM users JOIN …`: one table, named twice; so in `DELETE FROM users USING users JOIN …`.
      const own = query.reads.find(({ bare }) => bare === use.bare);
      if (own !== undefined) take(query.reads, own);
    }
    const cte = this.#ctes.get(use.bare);
    // PostgreSQL's targets are tables even where a CTE has the same name; elsewhere the CTE's table changes.
    if (cte === undefined || this.dialect.fold === 'lower') return [use];
    this.doubt();
    return cte.reads.length > 0 ? cte.reads : [use];
  }
}

/** Removes one item; true when it was there. */
function take<T>(list: T[], item: T): boolean {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}
