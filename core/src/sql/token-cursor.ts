import type { Dialect } from './dialect.ts';
import type { TableUse } from './frame.ts';
import { NOT_ALIAS } from './keywords.ts';
import type { Token } from './lex.ts';
import type { SqlTable } from './reading.ts';

/** A name has at most a server, catalog, schema and table. */
const NAME_PARTS_MAX = 4;

/** What stands before the first and after the last token. */
export const NOTHING: Token = { kind: 'punct', text: '', upper: '', start: -1, end: -1, either: false };

/** A place in a list of tokens, and the small readings that need no more than the tokens after it. */
export class TokenCursor {
  readonly tokens: readonly Token[];
  readonly #dialect: Dialect;
  at = 0;
  /** Index of the last BEGIN; looked for once, because every routine of a long text asks. */
  #lastBegin: number | null = null;

  constructor(tokens: readonly Token[], dialect: Dialect) {
    this.tokens = tokens;
    this.#dialect = dialect;
  }

  get end(): number {
    return this.tokens.length;
  }

  /** The token at hand, or one before or after it. */
  token(ahead = 0): Token {
    const index = this.at + ahead;
    // A look beyond either end of an array is slow.
    return index >= 0 && index < this.tokens.length ? (this.tokens[index] as Token) : NOTHING;
  }

  /** Past all words of the set. */
  skip(fillers: ReadonlySet<string>): void {
    while (fillers.has(this.token().upper)) this.at++;
  }

  /** `TOP (5) [PERCENT]`, `TOP 5`. */
  skipTop(): void {
    if (this.token().upper !== 'TOP') return;
    this.at++;
    if (this.token().text === '(') {
      this.at++;
      this.skipBrackets();
    } else this.at++;
    if (this.token().upper === 'PERCENT') this.at++;
  }

  /** Past the closing bracket of one already opened. */
  skipBrackets(): void {
    for (let depth = 1; depth > 0 && this.at < this.tokens.length; this.at++) {
      const { kind, text } = this.token();
      if (kind !== 'punct') continue;
      if (text === '(') depth++;
      else if (text === ')') depth--;
    }
  }

  /**
   * Past everything when a BEGIN follows: the body of a routine, whose statements are defined here and not run. In
   * PostgreSQL a body is a string, or starts with BEGIN ATOMIC; any other BEGIN there opens a transaction. In T-SQL it
   * needs no BEGIN and goes on to the end of the batch.
   *
   * @returns false when what was skipped does not close with END, so that more than the body may have been in it
   */
  skipBody(): boolean {
    if (this.#dialect.tsql) {
      const start = this.at;
      this.at = this.end;
      return !this.tokens.some(({ upper }, index) => index >= start && upper === 'GO');
    }
    this.#lastBegin ??= this.tokens.findLastIndex(({ upper }) => upper === 'BEGIN');
    const isBody = !this.#dialect.postgres || this.tokens[this.#lastBegin + 1]?.upper === 'ATOMIC';
    if (this.#lastBegin < this.at || !isBody) return true;
    this.at = this.end;
    const tail = this.tokens.slice(-4).filter(({ text }) => text !== ';');
    return tail.slice(-2).some(({ upper }) => upper === 'END');
  }

  /** `[AS] alias` after a table, as {@link keyOf} spells it; '' when there is none. */
  alias(): string {
    const token = this.token();
    if (token.upper === 'AS') {
      const name = this.token(1);
      if (name.kind !== 'word' && name.kind !== 'name') return '';
      this.at += 2;
      return this.keyOf(name);
    }
    if (token.kind === 'name' || (token.kind === 'word' && !NOT_ALIAS.has(token.upper))) {
      this.at++;
      return this.keyOf(token);
    }
    return '';
  }

  /**
   * A name as it is compared with others of its statement: as it is folded, where quoting makes a difference (`"Users"`
   * is not the alias `users`), without case elsewhere.
   */
  keyOf({ kind, text }: Token): string {
    const { fold } = this.#dialect;
    if (fold === 'upper') return kind === 'word' ? text.toUpperCase() : text;
    return fold === 'lower' && kind !== 'word' ? text : text.toLowerCase();
  }

  /** The table whose name stands here, or null. */
  table(): TableUse | null {
    const parts = this.name();
    const name = parts.at(-1);
    if (name === undefined || name === '') return null;
    if (this.#goesOn()) return null;
    const schema = parts.at(-2) ?? '';
    const catalog = parts.at(-3) ?? '';
    const { fold } = this.#dialect;
    const key = fold === 'none' || fold === 'all' ? name.toLowerCase() : name;
    const table = tableOf(catalog, schema, name);
    const bare = parts.length === 1 ? key : '';
    return parts.length > 3 ? { table, key, bare, linked: true } : { table, key, bare };
  }

  /** `shop.2024_orders`, BigQuery's `events_*`, DuckDB's `alias:users`: the name is more than was read of it. */
  #goesOn(): boolean {
    const { kind, text, start } = this.token();
    if (start !== this.token(-1).end) return false;
    if (kind === 'number' || (text.startsWith(':') && text !== '::')) return true;
    return this.#dialect.tripleQuotes && (text === '*' || text === '-');
  }

  /** `a.b.c` as its parts, folded as the dialect folds; [] when no name stands here. */
  name(): string[] {
    const parts: string[] = [];
    for (;;) {
      const token = this.token();
      if (token.kind === 'word') parts.push(this.#joined(token));
      else if (token.kind === 'name') {
        // BigQuery puts a whole path into one pair of backticks.
        if (this.#dialect.tripleQuotes) parts.push(...token.text.split('.'));
        else parts.push(this.#dialect.fold === 'all' ? token.text.toLowerCase() : token.text);
        this.at++;
      } else if (parts.length > 0 && token.text === '.') {
        // `db..table`: SQL Server's default schema.
        parts.push('');
      } else break;
      if (this.token().text !== '.' || this.token().kind !== 'punct') break;
      this.at++;
      if (parts.length > NAME_PARTS_MAX) break;
    }
    return parts;
  }

  /** A word, with the dashed rest of a BigQuery project name. */
  #joined(token: Token): string {
    this.at++;
    let text = token.text;
    if (this.#dialect.tripleQuotes) {
      let end = token.end;
      while (this.token().text === '-' && this.token().start === end && this.token(1).start === end + 1) {
        if (this.token(1).kind !== 'word') break;
        text += `-${this.token(1).text}`;
        end = this.token(1).end;
        this.at += 2;
      }
    }
    if (this.#dialect.fold === 'lower' || this.#dialect.fold === 'all') return text.toLowerCase();
    return this.#dialect.fold === 'upper' ? text.toUpperCase() : text;
  }
}

function tableOf(catalog: string, schema: string, name: string): SqlTable {
  if (catalog === '') return schema === '' ? { name } : { schema, name };
  return schema === '' ? { catalog, name } : { catalog, schema, name };
}
