import type { Dialect } from './dialect.ts';
import { type Frame, newFrame, newQuery, type QueryState, type TableUse } from './frame.ts';
import {
  CONTROL,
  DATA_VERBS,
  INSERT_FILLERS,
  LIST_ENDS,
  NO_DATA,
  NOT_ALIAS,
  OLD_HINTS,
  OUTSIDE_SOURCES,
  QUERY_STARTS,
} from './keywords.ts';
import { lexSql, type Token } from './lex.ts';
import type { SqlAction, SqlReading, SqlTable, SqlTouch } from './reading.ts';

/** More tables than this in one text are not a statement anybody wrote; the rest is `certain: false`. */
const TOUCHES_MAX = 64;
const DEPTH_MAX = 128;
/** A name has at most a server, catalog, schema and table. */
const NAME_PARTS_MAX = 4;

/** Removes one item; true when it was there. */
function take<T>(list: T[], item: T): boolean {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}

const NOTHING: Token = { kind: 'punct', text: '', upper: '', start: -1, end: -1, either: false };

/**
 * One pass over the tokens with a stack of parentheses. Table names stand where `Frame.expect` says; every verb is a
 * way to set it. A query's touches are settled when the query ends, because a target may be an alias
 * (`UPDATE u SET … FROM users u`) or a CTE (`WITH d AS (…) DELETE FROM d`) that only the rest explains.
 */
export class StatementReader {
  readonly #tokens: readonly Token[];
  readonly #dialect: Dialect;
  readonly #touches = new Map<string, SqlTouch>();
  readonly #exports: string[] = [];
  /** Visible CTEs by lower-case name: how often defined, and what the newest one reads. */
  readonly #ctes = new Map<string, { count: number; reads: readonly TableUse[] }>();
  #stack: Frame[] = [];
  #verb = '';
  /** First verb at any depth: that of `(SELECT …) UNION (SELECT …)`. */
  #innerVerb = '';
  #certain = true;
  /** `EXPLAIN` without ANALYZE: nothing is written, whatever the verb. */
  #explainOnly = false;
  #at = 0;

  constructor(tokens: readonly Token[], dialect: Dialect) {
    this.#tokens = tokens;
    this.#dialect = dialect;
  }

  read(): SqlReading {
    this.#stack = [newFrame('query', newQuery())];
    while (this.#at < this.#tokens.length) {
      const token = this.#token();
      if (token.kind === 'punct') this.#punctuation(token);
      else if (token.kind === 'word') this.#word(token);
      else this.#value(token);
    }
    this.#endStatement();
    return {
      touches: [...this.#touches.values()],
      verb: this.#verb || this.#innerVerb,
      certain: this.#certain,
      exports: this.#exports,
    };
  }

  get #frame(): Frame {
    return this.#stack.at(-1) as Frame;
  }

  #token(ahead = 0): Token {
    return this.#tokens[this.#at + ahead] ?? NOTHING;
  }

  #doubt(): void {
    this.#certain = false;
  }

  // --- punctuation -----------------------------------------------------------------------------------------------

  #punctuation({ text }: Token): void {
    const frame = this.#frame;
    this.#at++;
    if (text === '(') this.#open(frame);
    else if (text === ')') this.#close();
    else if (text === ';') this.#endStatement();
    else if (text === ',') {
      if (frame.query.with?.phase === 'after' && frame.kind === 'query') frame.query.with.phase = 'name';
      else if (frame.list !== '') frame.expect = frame.list;
    }
  }

  #open(frame: Frame): void {
    if (this.#stack.length >= DEPTH_MAX) {
      this.#doubt();
      // Deeper levels are read as arguments of this one: their closing brackets must still match.
      this.#skipBrackets();
      return;
    }
    const next = this.#token().upper;
    const cte = frame.kind === 'query' ? frame.query.with : null;
    if (frame.query.phase === 'skip') this.#stack.push(newFrame('other', frame.query));
    else if (cte?.phase === 'body') {
      cte.phase = 'after';
      this.#stack.push(newFrame('query', newQuery(), cte.name));
    } else if (cte !== null && cte.phase !== 'after' && !QUERY_STARTS.has(next)) {
      this.#stack.push(newFrame('other', frame.query));
    } else if (frame.expect !== '') {
      const action = frame.expect;
      frame.expect = '';
      if (QUERY_STARTS.has(next)) this.#stack.push(newFrame('query', newQuery()));
      else {
        if (action !== 'read') this.#doubt();
        const group = newFrame('group', frame.query);
        group.expect = 'read';
        group.list = 'read';
        this.#stack.push(group);
      }
    } else if (QUERY_STARTS.has(next) && next !== 'FROM') {
      if (frame.query.created !== null) this.#settleCreated(frame.query);
      this.#stack.push(newFrame('query', newQuery()));
    } else this.#stack.push(newFrame('other', frame.query));
  }

  #skipBrackets(): void {
    for (let depth = 1; depth > 0 && this.#at < this.#tokens.length; this.#at++) {
      const { kind, text } = this.#token();
      if (kind !== 'punct') continue;
      if (text === '(') depth++;
      else if (text === ')') depth--;
    }
  }

  #close(): void {
    if (this.#stack.length === 1) {
      this.#doubt();
      return;
    }
    const frame = this.#stack.pop() as Frame;
    if (frame.kind === 'query') this.#endQuery(frame);
  }

  #endStatement(): void {
    if (this.#stack.length > 1) this.#doubt();
    for (let frame = this.#stack.pop(); frame !== undefined; frame = this.#stack.pop()) {
      if (frame.kind === 'query') this.#endQuery(frame);
    }
    this.#explainOnly = false;
    this.#stack.push(newFrame('query', newQuery()));
  }

  // --- names, strings, placeholders -------------------------------------------------------------------------------

  #value(token: Token): void {
    const frame = this.#frame;
    const { query } = frame;
    if (query.with !== null && frame.kind === 'query') {
      if (token.kind === 'name') this.#withName(query, token.text);
      this.#at++;
      return;
    }
    if (token.kind === 'name' && query.phase === 'set') this.#notePrefix(frame);
    if (frame.expect === '') {
      this.#at++;
      return;
    }
    if (token.kind === 'name') {
      this.#table(frame);
      return;
    }
    frame.expect = '';
    this.#at++;
    // A table variable or a stage (`@t`) lives in the session; a placeholder or a file could be anything.
    if (!(token.kind === 'param' && token.text.startsWith('@'))) this.#doubt();
  }

  // --- words -------------------------------------------------------------------------------------------------------

  #word(token: Token): void {
    const frame = this.#frame;
    const { query } = frame;
    const word = token.upper;
    if (frame.kind === 'query') {
      if (query.phase === 'skip') {
        this.#at++;
        return;
      }
      if (query.with !== null && this.#inWith(query, word, token)) return;
      if (query.verb === '') {
        this.#startVerb(frame, word);
        return;
      }
      if (this.#restarts(frame, word)) return;
      if (query.phase === 'control') {
        this.#at++;
        return;
      }
      if (this.#clause(frame, word)) return;
    } else if (frame.kind === 'group' && (word === 'JOIN' || word === 'APPLY' || word === 'STRAIGHT_JOIN')) {
      frame.expect = 'read';
      this.#at++;
      return;
    }
    if (frame.expect === '') {
      if (query.phase === 'set' && frame.kind === 'query') this.#notePrefix(frame);
      this.#at++;
      return;
    }
    if (word === 'ONLY' || word === 'LATERAL') this.#at++;
    else if (word === 'IF' && this.#token(1).upper === 'EXISTS') this.#at += 2;
    else if (word === 'TABLE' && this.#token(1).text !== '(' && frame.expect !== 'read') this.#at++;
    else this.#table(frame);
  }

  /** Reads `WITH [RECURSIVE] name [(columns)] AS [NOT MATERIALIZED] (body), …`; false when the main verb has come. */
  #inWith(query: QueryState, word: string, token: Token): boolean {
    const state = query.with;
    if (state === null) return false;
    if (state.phase === 'name' && word === 'RECURSIVE' && state.name === '') {
      state.recursive = true;
    } else if (DATA_VERBS.has(word) && (state.phase !== 'name' || this.#token(1).upper !== 'AS')) {
      query.with = null;
      query.verb = '';
      return false;
    } else if (state.phase === 'name') this.#withName(query, token.text);
    else if (state.phase === 'as' && word === 'AS') state.phase = 'body';
    this.#at++;
    return true;
  }

  #withName(query: QueryState, name: string): void {
    const state = query.with;
    if (state === null || state.phase !== 'name') return;
    state.name = name.toLowerCase();
    state.phase = 'as';
    // Recursive names are visible at once, in all bodies; others only after their own (`WITH users AS (… FROM users)`).
    if (state.recursive) this.#showCte(query, state.name, []);
  }

  #showCte(query: QueryState, name: string, reads: readonly TableUse[]): void {
    const known = this.#ctes.get(name);
    this.#ctes.set(name, { count: (known?.count ?? 0) + 1, reads });
    query.ctes.push(name);
  }

  /** T-SQL and cursors: another statement begins without a semicolon. */
  #restarts(frame: Frame, word: string): boolean {
    const { query } = frame;
    const previous = this.#token(-1);
    if (query.phase === 'control') {
      const cursor = query.verb === 'DECLARE' && word === 'FOR' && QUERY_STARTS.has(this.#token(1).upper);
      if (!cursor && !STATEMENT_WORDS.has(word)) return false;
      if (word === 'REPLACE' || word === 'TABLE' || word === 'VALUES') return false;
      if (cursor) this.#at++;
      query.phase = '';
      query.verb = '';
      if (!cursor) return this.#startVerb(frame, word);
      return true;
    }
    if (this.#stack.length > 1 || frame.expect !== '' || BEFORE_CLAUSE_VERB.has(previous.upper)) return false;
    if (previous.text === '.' || previous.text === ',') return false;
    if (!this.#looksLikeStatement(word)) return false;
    this.#endQuery(frame);
    const fresh = newFrame('query', newQuery());
    this.#stack[0] = fresh;
    return this.#startVerb(fresh, word);
  }

  #looksLikeStatement(word: string): boolean {
    const next = this.#token(1).upper;
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
        for (let ahead = 2; ahead < 9; ahead++) if (this.#token(ahead).upper === 'SET') return true;
        return false;
      }
      default:
        return false;
    }
  }

  // --- verbs -------------------------------------------------------------------------------------------------------

  /** Always true: the verb's own words are consumed, and `expect` says what comes. */
  #startVerb(frame: Frame, word: string): boolean {
    const { query } = frame;
    this.#at++;
    if (word === 'WITH') {
      query.with = { phase: 'name', recursive: false, name: '' };
      return true;
    }
    query.verb = word;
    // The statement's verb, not that of a CTE's body, nor the BEGIN before it.
    if (this.#stack.length === 1 && (this.#verb === '' || CONTROL.has(this.#verb) || NO_DATA.has(this.#verb))) {
      this.#verb = word;
    }
    this.#innerVerb ||= word;
    switch (word) {
      case 'SELECT':
      case 'VALUES':
        return true;
      case 'FROM':
        query.verb = 'SELECT';
        if (this.#verb === 'FROM') this.#verb = 'SELECT';
        if (this.#innerVerb === 'FROM') this.#innerVerb = 'SELECT';
        frame.expect = 'read';
        frame.list = 'read';
        return true;
      case 'TABLE':
        frame.expect = 'read';
        return true;
      case 'INSERT':
      case 'REPLACE':
      case 'UPSERT':
        this.#skip(INSERT_FILLERS);
        if (this.#token().upper === 'FUNCTION') {
          this.#doubt();
          query.phase = 'skip';
          return true;
        }
        frame.expect = 'write';
        return true;
      case 'UPDATE':
        this.#skip(UPDATE_FILLERS);
        this.#skipTop();
        frame.expect = 'write';
        frame.list = 'read';
        return true;
      case 'DELETE':
        this.#skip(DELETE_FILLERS);
        this.#skipTop();
        if (this.#token().upper === 'FROM') {
          this.#at++;
          frame.expect = 'delete';
          frame.list = 'delete';
        } else {
          query.phase = 'names';
          frame.expect = 'delete';
          frame.list = 'delete';
        }
        return true;
      case 'MERGE':
        this.#skip(INSERT_FILLERS);
        frame.expect = 'write';
        return true;
      case 'TRUNCATE':
        frame.expect = 'delete';
        frame.list = 'delete';
        return true;
      case 'DROP':
        this.#drop(frame);
        return true;
      case 'CREATE':
        this.#create(frame);
        return true;
      case 'ALTER':
        this.#alter(frame);
        return true;
      case 'COPY':
        this.#copy(frame);
        return true;
      case 'UNLOAD':
        this.#unload();
        return true;
      case 'LOAD':
        query.phase = this.#token().upper === 'DATA' || this.#token().upper === 'XML' ? 'load' : 'skip';
        return true;
      case 'IMPORT':
        this.#skip(IMPORT_FILLERS);
        frame.expect = 'write';
        return true;
      case 'EXPORT':
        query.phase = 'copy';
        return true;
      case 'BACKUP':
        if (this.#token().upper === 'TABLE') {
          this.#at++;
          frame.expect = 'read';
        } else this.#doubt();
        query.phase = 'copy';
        return true;
      case 'EXPLAIN':
        this.#explain(query);
        return true;
      case 'DESCRIBE':
      case 'DESC':
        if (DATA_VERBS.has(this.#token().upper) && this.#token().upper !== 'TABLE') {
          query.verb = '';
          this.#explainOnly = true;
          return true;
        }
        this.#skip(DESCRIBE_FILLERS);
        frame.expect = 'read';
        return true;
      case 'REFRESH':
        // A materialised view is written from sources that only its definition names.
        this.#doubt();
        this.#skip(REFRESH_FILLERS);
        frame.expect = 'write';
        return true;
      case 'CALL':
      case 'EXEC':
      case 'EXECUTE':
      case 'DO':
      case 'FETCH':
      case 'HANDLER':
        this.#doubt();
        query.phase = 'skip';
        return true;
      default:
        if (CONTROL.has(word)) query.phase = 'control';
        else if (LIST_ENDS.has(word) || word === 'FETCH') {
          // What follows a parenthesised first query: `(SELECT …) UNION …`.
          query.verb = 'SELECT';
          if (this.#verb === word) this.#verb = 'SELECT';
          if (this.#innerVerb === word) this.#doubt();
        } else {
          if (!NO_DATA.has(word)) this.#doubt();
          query.phase = 'skip';
        }
        return true;
    }
  }

  #skip(fillers: ReadonlySet<string>): void {
    while (fillers.has(this.#token().upper)) this.#at++;
  }

  /** `TOP (5) [PERCENT]`, `TOP 5`. */
  #skipTop(): void {
    if (this.#token().upper !== 'TOP') return;
    this.#at++;
    if (this.#token().text === '(') {
      this.#at++;
      this.#skipBrackets();
    } else this.#at++;
    if (this.#token().upper === 'PERCENT') this.#at++;
  }

  #drop(frame: Frame): void {
    this.#skip(DROP_FILLERS);
    const what = this.#token().upper;
    this.#at++;
    if (what === 'TABLE' || (what === 'VIEW' && this.#token(-2).upper === 'MATERIALIZED')) {
      frame.expect = 'delete';
      frame.list = 'delete';
      return;
    }
    frame.query.phase = 'skip';
    if (what !== 'SCHEMA' && what !== 'DATABASE' && what !== 'KEYSPACE') return;
    if (this.#token().upper === 'IF') this.#at += 2;
    const parts = this.#name();
    const last = parts.at(-1);
    if (last === undefined) this.#doubt();
    else if (what === 'SCHEMA')
      this.#emit({ ...(parts.length > 1 ? { catalog: parts[0] } : {}), schema: last, name: '*' }, 'delete');
    else this.#emit({ catalog: last, name: '*' }, 'delete');
  }

  #create(frame: Frame): void {
    const { query } = frame;
    this.#skip(CREATE_FILLERS);
    const what = this.#token().upper;
    const materialized = what === 'MATERIALIZED' && this.#token(1).upper === 'VIEW';
    if (what !== 'TABLE' && !materialized) {
      query.phase = 'skip';
      // A routine's body holds statements and semicolons of its own; defining it runs none of them.
      if (ROUTINES.has(what) && this.#restHas('BEGIN')) this.#at = this.#tokens.length;
      return;
    }
    this.#at += materialized ? 2 : 1;
    if (this.#token().upper === 'IF') this.#at += 3;
    const use = this.#tableUse(this.#name());
    if (use === null) this.#doubt();
    query.created = use;
    query.phase = 'create';
  }

  #restHas(word: string): boolean {
    for (let i = this.#at; i < this.#tokens.length; i++) if (this.#tokens[i]?.upper === word) return true;
    return false;
  }

  #settleCreated(query: QueryState): void {
    if (query.created !== null) query.targets.push({ use: query.created, action: 'write' });
    query.created = null;
    query.phase = '';
  }

  /** ClickHouse mutations and dropped partitions are data changes in the clothes of a schema change. */
  #alter(frame: Frame): void {
    const { query } = frame;
    query.phase = 'skip';
    if (this.#token().upper !== 'TABLE') return;
    this.#at++;
    if (this.#token().upper === 'IF') this.#at += 2;
    if (this.#token().upper === 'ONLY') this.#at++;
    const use = this.#tableUse(this.#name());
    if (use === null) return;
    if (this.#token().upper === 'ON' && this.#token(1).upper === 'CLUSTER') this.#at += 3;
    const what = this.#token().upper;
    const partition = this.#token(1).upper === 'PARTITION';
    if (what === 'DELETE') query.targets.push({ use, action: 'delete' });
    else if (what === 'UPDATE') query.targets.push({ use, action: 'write' });
    else if (partition && (what === 'DROP' || what === 'TRUNCATE' || what === 'DETACH')) {
      query.targets.push({ use, action: 'delete' });
    } else if (partition && ALTER_MOVES.has(what)) {
      query.targets.push({ use, action: 'write' });
      this.#doubt();
    }
  }

  #copy(frame: Frame): void {
    const { query } = frame;
    query.phase = 'copy';
    this.#skip(COPY_FILLERS);
    if (this.#token().upper === 'INTO') {
      this.#at++;
      const target = this.#token();
      // Snowflake: into a table it loads, into a stage or a location it unloads.
      if (target.kind === 'string' || target.kind === 'param') {
        this.#export(target);
        this.#at++;
        query.verb = 'SELECT';
        query.phase = '';
        return;
      }
      frame.expect = 'write';
      query.phase = 'load';
      return;
    }
    if (this.#token().text === '(') return;
    const use = this.#tableUse(this.#name());
    if (use === null) {
      this.#doubt();
      return;
    }
    if (this.#token().text === '(') {
      this.#at++;
      this.#skipBrackets();
    }
    const direction = this.#token().upper;
    if (direction === 'FROM') query.targets.push({ use, action: 'write' });
    else if (direction === 'TO') query.reads.push(use);
    else this.#doubt();
  }

  /** Redshift: the query to unload stands in a string. */
  #unload(): void {
    const { query } = this.#frame;
    query.phase = 'copy';
    if (this.#token().text !== '(' || this.#token(1).kind !== 'string') {
      this.#doubt();
      return;
    }
    const inner = lexSql(this.#token(1).text, this.#dialect);
    const reading = new StatementReader(inner.tokens, this.#dialect).read();
    for (const { table } of reading.touches) this.#emit(table, 'read');
    if (!reading.certain || !inner.clean) this.#doubt();
    this.#at += 3;
  }

  #export(target: Token): void {
    if (target.kind === 'string' && this.#exports.length < 8) this.#exports.push(target.text);
  }

  #explain(query: QueryState): void {
    query.verb = '';
    this.#explainOnly = true;
    for (let seen = 0; seen < 32; seen++) {
      const token = this.#token();
      if (token.upper === 'ANALYZE' || token.upper === 'ANALYSE') this.#explainOnly = false;
      else if (token.text === '(') {
        this.#at++;
        const start = this.#at;
        this.#skipBrackets();
        for (let i = start; i < this.#at; i++) if (this.#tokens[i]?.upper === 'ANALYZE') this.#explainOnly = false;
        continue;
      } else if (DATA_VERBS.has(token.upper) || token.upper === 'WITH' || token.upper === 'CREATE') return;
      else if (token === NOTHING || token.text === ';') return;
      this.#at++;
    }
  }

  // --- clauses -----------------------------------------------------------------------------------------------------

  /** Words that move a query on; true when the word was one. */
  #clause(frame: Frame, word: string): boolean {
    const { query } = frame;
    if (query.phase === 'copy') return this.#copyClause(frame, word);
    if (query.phase === 'create') return this.#createClause(frame, word);
    if (frame.expect !== '' && !LIST_ENDS.has(word) && word !== 'SET' && word !== 'FROM') return false;
    switch (word) {
      case 'FROM':
        return this.#from(frame);
      case 'JOIN':
      case 'STRAIGHT_JOIN':
      case 'APPLY':
        if (this.#token(-1).upper !== 'ARRAY') frame.expect = 'read';
        break;
      case 'INTO':
        this.#into(frame);
        return true;
      case 'USING':
        // `JOIN b USING (id)` names columns; `DELETE … USING b` and `MERGE … USING b` name tables.
        if (query.verb === 'DELETE' && this.#token(1).text === '(' && !QUERY_STARTS.has(this.#token(2).upper)) break;
        if (
          (query.verb === 'DELETE' && query.phase !== 'named') ||
          (query.verb === 'MERGE' && query.phase !== 'using')
        ) {
          query.phase = 'using';
          frame.expect = 'read';
          frame.list = query.verb === 'DELETE' ? 'read' : '';
        }
        break;
      case 'SET':
        frame.list = '';
        frame.expect = '';
        if (query.verb === 'UPDATE') query.phase = 'set';
        break;
      case 'RETURNING':
      case 'OUTPUT':
        if (query.verb === 'SELECT') return false;
        query.returns = true;
        frame.list = '';
        break;
      case 'WITH':
        if (query.verb !== 'INSERT' && query.verb !== 'REPLACE') return false;
        if (this.#token(1).upper !== 'RECURSIVE' && !(this.#token(2).upper === 'AS' || this.#token(2).text === '('))
          return false;
        if (NO_CTE.has(this.#token(1).upper)) return false;
        query.with = { phase: 'name', recursive: false, name: '' };
        break;
      case 'DELETE':
        if (query.verb === 'MERGE' && this.#token(-1).upper === 'THEN') query.mergeDeletes = true;
        break;
      case 'TABLE':
        if (query.verb !== 'INSERT' || this.#token(1).text === '(') return false;
        frame.expect = 'read';
        break;
      case 'FOR':
        // `FOR UPDATE OF a, b` names tables again; `FOR SYSTEM_TIME AS OF …` belongs to the one before it.
        if (!this.#token(1).upper.startsWith('SYSTEM')) frame.list = '';
        break;
      default:
        if (!LIST_ENDS.has(word)) return false;
        frame.list = '';
        frame.expect = '';
    }
    this.#at++;
    return true;
  }

  #from(frame: Frame): boolean {
    const { query } = frame;
    const previous = this.#token(-1).upper;
    this.#at++;
    // `a IS [NOT] DISTINCT FROM b`
    if (previous === 'DISTINCT' && /^(?:IS|NOT)$/.test(this.#token(-3).upper)) return true;
    if (query.phase === 'load') {
      frame.expect = this.#token().text === '(' ? 'read' : '';
      return true;
    }
    if (query.verb === 'MERGE' || query.verb === 'REFRESH') return true;
    if (query.phase === 'names') query.phase = 'named';
    frame.expect = 'read';
    frame.list = 'read';
    return true;
  }

  #into(frame: Frame): void {
    const { query } = frame;
    this.#at++;
    const next = this.#token();
    if (query.phase === 'load') {
      this.#skip(LOAD_FILLERS);
      frame.expect = 'write';
    } else if (query.verb === 'INSERT' || query.returns) frame.expect = next.kind === 'param' ? '' : 'write';
    else if (query.verb === 'SELECT') {
      if (next.upper === 'OUTFILE' || next.upper === 'DUMPFILE') {
        this.#export(this.#token(1));
        this.#at += 2;
      } else if (next.kind !== 'param' && !this.#dialect.intoVariable) {
        this.#skip(INTO_FILLERS);
        frame.list = '';
        frame.expect = 'write';
      } else frame.list = '';
    }
  }

  #copyClause(frame: Frame, word: string): boolean {
    if (frame.expect !== '') return false;
    const next = this.#token(1);
    if (word === 'TO' || word === 'URI') {
      const target = next.text === '=' ? this.#token(2) : next;
      this.#export(target.text === '(' ? this.#token(3) : target);
      if (next.upper === 'PROGRAM') this.#doubt();
    } else if (word === 'FROM' && next.upper === 'PROGRAM') this.#doubt();
    else if (word === 'SELECT' || word === 'WITH') {
      if (word === 'WITH' && this.#token(1).text === '(') {
        this.#at++;
        return true;
      }
      if (frame.query.verb !== 'EXPORT') {
        this.#at++;
        return true;
      }
      frame.query.verb = '';
      frame.query.phase = '';
      return this.#startVerb(frame, word);
    }
    this.#at++;
    return true;
  }

  #createClause(frame: Frame, word: string): boolean {
    const { query } = frame;
    const next = this.#token(1);
    if (word === 'CLONE' || (word === 'COPY' && next.upper === 'OF')) {
      this.#settleCreated(query);
      this.#at += word === 'COPY' ? 2 : 1;
      frame.expect = 'read';
      return true;
    }
    if (word === 'AS' && next.upper === 'EXECUTE') {
      this.#settleCreated(query);
      this.#doubt();
      query.phase = 'skip';
    } else if (
      word === 'SELECT' ||
      (word === 'WITH' && this.#token(-1).upper === 'AS') ||
      ((word === 'TABLE' || word === 'FROM') && this.#token(-1).upper === 'AS')
    ) {
      this.#settleCreated(query);
      query.verb = '';
      return this.#startVerb(frame, word);
    }
    this.#at++;
    return true;
  }

  // --- tables ------------------------------------------------------------------------------------------------------

  /** A name where a table is expected: registered, with its alias, unless it is a function or a CTE. */
  #table(frame: Frame): void {
    const action = frame.expect as SqlAction;
    frame.expect = '';
    const first = this.#token();
    if (first.kind === 'word' && NOT_ALIAS.has(first.upper) && !MAY_NAME_TABLE.has(first.upper)) return;
    const use = this.#tableUse(this.#name());
    if (use === null) return;
    const { query } = frame;
    if (use.bare === 'rows' && this.#token().upper === 'FROM') return;
    if (action === 'read' && this.#token().text === '(' && !OLD_HINTS.has(this.#token(1).upper)) {
      if (OUTSIDE_SOURCES.has(use.table.name.toUpperCase())) this.#doubt();
      return;
    }
    // SQL Server's temporary tables and table variables live in the session.
    if (use.table.name.startsWith('#')) {
      query.aliases.set(use.bare, null);
      return;
    }
    if (use.bare === 'dual') return;
    // BigQuery: `FROM users AS u, u.orders` walks into an array of the row before.
    if (this.#dialect.tripleQuotes && query.aliases.has(use.table.schema?.toLowerCase() ?? '')) return;
    const isCte = action === 'read' && use.bare !== '' && this.#ctes.has(use.bare);
    const known = isCte ? null : use;
    const alias = query.verb === 'INSERT' ? '' : this.#alias();
    if (alias !== '') query.aliases.set(alias, known);
    if (use.bare !== '' && !query.aliases.has(use.bare)) query.aliases.set(use.bare, known);
    if (isCte) return;
    if (action === 'read') query.reads.push(use);
    else query.targets.push({ use, action });
  }

  /** `[AS] alias` after a table, lower case; '' when there is none. */
  #alias(): string {
    const token = this.#token();
    if (token.upper === 'AS') {
      const name = this.#token(1);
      if (name.kind !== 'word' && name.kind !== 'name') return '';
      this.#at += 2;
      return name.text.toLowerCase();
    }
    if (token.kind === 'name' || (token.kind === 'word' && !NOT_ALIAS.has(token.upper))) {
      this.#at++;
      return token.text.toLowerCase();
    }
    return '';
  }

  /** `a.b.c` as its parts, folded as the dialect folds; [] when no name stands here. */
  #name(): string[] {
    const parts: string[] = [];
    for (;;) {
      const token = this.#token();
      if (token.kind === 'word') parts.push(this.#joined(token));
      else if (token.kind === 'name') {
        // BigQuery puts a whole path into one pair of backticks.
        if (this.#dialect.tripleQuotes) parts.push(...token.text.split('.'));
        else parts.push(this.#dialect.fold === 'all' ? token.text.toLowerCase() : token.text);
        this.#at++;
      } else if (parts.length > 0 && token.text === '.') {
        // `db..table`: SQL Server's default schema.
        parts.push('');
      } else break;
      if (this.#token().text !== '.' || this.#token().kind !== 'punct') break;
      this.#at++;
      if (parts.length > NAME_PARTS_MAX) break;
    }
    return parts;
  }

  /** A word, with the dashed rest of a BigQuery project name. */
  #joined(token: Token): string {
    this.#at++;
    let text = token.text;
    if (this.#dialect.tripleQuotes) {
      let end = token.end;
      while (this.#token().text === '-' && this.#token().start === end && this.#token(1).start === end + 1) {
        text += `-${this.#token(1).text}`;
        end = this.#token(1).end;
        this.#at += 2;
      }
    }
    if (this.#dialect.fold === 'lower' || this.#dialect.fold === 'all') return text.toLowerCase();
    return this.#dialect.fold === 'upper' ? text.toUpperCase() : text;
  }

  #tableUse(parts: readonly string[]): TableUse | null {
    const name = parts.at(-1);
    if (name === undefined || name === '') return null;
    const schema = parts.at(-2) ?? '';
    const catalog = parts.at(-3) ?? '';
    const table: SqlTable = {
      ...(catalog === '' ? {} : { catalog }),
      ...(schema === '' ? {} : { schema }),
      name,
    };
    return { table, bare: parts.length === 1 ? name.toLowerCase() : '' };
  }

  /** `SET x.y =` or `, x.y =`: which of the joined tables is written. */
  #notePrefix(frame: Frame): void {
    const previous = this.#token(-1);
    if (frame.kind !== 'query' || (previous.upper !== 'SET' && previous.text !== ',')) return;
    if (this.#token(1).text === '.' && this.#token(3).text === '=') {
      frame.query.setPrefixes.push(this.#token().text.toLowerCase());
    }
  }

  // --- settling ----------------------------------------------------------------------------------------------------

  #endQuery(frame: Frame): void {
    const { query } = frame;
    if (query.verb === '' && query.with !== null) this.#doubt();
    this.#settleTargets(query);
    for (const use of query.reads) this.#emit(use.table, 'read');
    for (const name of query.ctes) {
      const known = this.#ctes.get(name);
      if (known === undefined || known.count <= 1) this.#ctes.delete(name);
      else this.#ctes.set(name, { ...known, count: known.count - 1 });
    }
    const outer = frame.cteBody === '' ? undefined : this.#stack.at(-1)?.query;
    if (outer !== undefined && outer.with?.recursive !== true) {
      this.#showCte(outer, frame.cteBody, query.verb === 'SELECT' ? query.reads : []);
    }
  }

  #settleTargets(query: QueryState): void {
    const assigned = query.setPrefixes.map((prefix) => query.aliases.get(prefix)).filter((use) => use != null);
    let settled = 0;
    for (const { use, action } of query.targets) {
      // MySQL `UPDATE a JOIN b … SET b.x = …`: only the assigned table is written, the first one is read.
      if (action === 'write' && assigned.length > 0 && !assigned.includes(use)) {
        for (const { table } of this.#resolve(query, use)) this.#emit(table, 'read');
        continue;
      }
      // CQL `DELETE column FROM t`: a name that is no table of this statement is a column.
      if (query.phase === 'named' && use.bare !== '' && !this.#isListed(query, use)) continue;
      settled++;
      for (const { table } of this.#resolve(query, use)) {
        this.#emit(table, action);
        if (query.mergeDeletes) this.#emit(table, 'delete');
        if (query.returns && query.verb !== 'INSERT' && query.verb !== 'REPLACE') this.#emit(table, 'read');
      }
    }
    for (const use of assigned) if (take(query.reads, use)) this.#emit(use.table, 'write');
    if (query.phase === 'named' && settled === 0) {
      const first = query.reads.shift();
      if (first === undefined) this.#doubt();
      else this.#emit(first.table, 'delete');
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
    if (query.phase === 'named') {
      // MySQL `DELETE users FROM users JOIN …`: one table, named twice.
      const own = query.reads.find(({ bare }) => bare === use.bare);
      if (own !== undefined) take(query.reads, own);
    }
    const cte = this.#ctes.get(use.bare);
    // PostgreSQL's targets are tables even where a CTE has the same name; elsewhere the CTE's table changes.
    if (cte === undefined || this.#dialect.fold === 'lower') return [use];
    this.#doubt();
    return cte.reads.length > 0 ? cte.reads : [use];
  }

  #emit(table: SqlTable, action: SqlAction): void {
    const shown = this.#explainOnly ? 'read' : action;
    const key = `${table.catalog ?? ''}\0${table.schema ?? ''}\0${table.name}\0${shown}`;
    if (this.#touches.has(key)) return;
    if (this.#touches.size >= TOUCHES_MAX) this.#doubt();
    else this.#touches.set(key, { table, action: shown });
  }
}

const STATEMENT_WORDS: ReadonlySet<string> = new Set([
  ...DATA_VERBS,
  'WITH',
  'TRUNCATE',
  'DROP',
  'CREATE',
  'ALTER',
  'EXEC',
  'EXECUTE',
  'CALL',
]);
/** `ON CONFLICT DO UPDATE`, `FOR UPDATE`, `WHEN MATCHED THEN DELETE`: the verb is part of a clause. */
const BEFORE_CLAUSE_VERB: ReadonlySet<string> = new Set([
  'ON',
  'FOR',
  'DO',
  'THEN',
  'KEY',
  'AFTER',
  'BEFORE',
  'OF',
  'NO',
  'OR',
  'INSTEAD',
]);
const UPDATE_FILLERS: ReadonlySet<string> = new Set([
  'LOW_PRIORITY',
  'IGNORE',
  'ONLY',
  'OR',
  'REPLACE',
  'ROLLBACK',
  'ABORT',
  'FAIL',
]);
const DELETE_FILLERS: ReadonlySet<string> = new Set(['LOW_PRIORITY', 'QUICK', 'IGNORE']);
const DROP_FILLERS: ReadonlySet<string> = new Set([
  'TEMPORARY',
  'TEMP',
  'MATERIALIZED',
  'FOREIGN',
  'EXTERNAL',
  'TRANSIENT',
]);
const CREATE_FILLERS: ReadonlySet<string> = new Set([
  'OR',
  'REPLACE',
  'TEMP',
  'TEMPORARY',
  'GLOBAL',
  'LOCAL',
  'UNLOGGED',
  'EXTERNAL',
  'FOREIGN',
  'TRANSIENT',
  'VOLATILE',
  'MULTISET',
  'SET',
  'COLUMN',
  'ROW',
  'CONSTRAINT',
  'DEFINER',
]);
const ROUTINES: ReadonlySet<string> = new Set(['TRIGGER', 'PROCEDURE', 'PROC', 'FUNCTION', 'EVENT', 'PACKAGE']);
const ALTER_MOVES: ReadonlySet<string> = new Set(['EXCHANGE', 'REPLACE', 'ATTACH', 'MOVE', 'FETCH']);
const COPY_FILLERS: ReadonlySet<string> = new Set(['BINARY']);
const IMPORT_FILLERS: ReadonlySet<string> = new Set(['INTO', 'TABLE', 'FROM']);
const DESCRIBE_FILLERS: ReadonlySet<string> = new Set(['TABLE', 'EXTENDED', 'FORMATTED']);
const REFRESH_FILLERS: ReadonlySet<string> = new Set(['MATERIALIZED', 'VIEW', 'CONCURRENTLY', 'TABLE']);
/** `WITH ORDINALITY AS t`, `WITH TIES`: no common table expression. */
const NO_CTE: ReadonlySet<string> = new Set(['ORDINALITY', 'TIES', 'ROLLUP', 'CUBE', 'DATA', 'NO', 'CHECK']);
const LOAD_FILLERS: ReadonlySet<string> = new Set(['TABLE']);
const INTO_FILLERS: ReadonlySet<string> = new Set(['TEMP', 'TEMPORARY', 'UNLOGGED', 'TABLE']);
/** Words of {@link NOT_ALIAS} that people do use as table names. */
const MAY_NAME_TABLE: ReadonlySet<string> = new Set([
  'SAMPLE',
  'FINAL',
  'FORMAT',
  'SETTINGS',
  'START',
  'OPTION',
  'PARTITION',
  'WINDOW',
  'ARRAY',
  'GLOBAL',
  'ANTI',
  'SEMI',
  'END',
  'ALLOW',
  'CONTINUE',
  'INDEXED',
  'OFFSET',
  'TTL',
  'USE',
  'IGNORE',
  'FORCE',
  'GO',
  'RESTART',
  'FETCH',
]);
