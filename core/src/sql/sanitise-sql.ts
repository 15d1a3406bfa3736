import { dialectOf } from './dialect.ts';
import { words } from './keywords.ts';
import { type Lexed, lexSql, SQL_CHARS_MAX, type Token } from './lex.ts';

/** Longer results are cut: what a statement does stands at its front. */
export const SANITISED_CHARS_MAX = 4_096;

/** A double-quoted text is a name after one of these, a value anywhere else, where the dialect leaves it open. */
const BEFORE_NAME: ReadonlySet<string> = new Set([
  'FROM',
  'JOIN',
  'INTO',
  'UPDATE',
  'TABLE',
  'USING',
  'AS',
  'ONLY',
  'EXISTS',
  'TRUNCATE',
]);
/** What may stand behind a column called `format`; no format of rows is called so. */
const AFTER_COLUMN = words(
  'FROM AS AND OR IN IS NOT LIKE ILIKE BETWEEN WHERE GROUP ORDER HAVING LIMIT UNION ON THEN ELSE END ASC DESC',
);
/** `IDENTIFIED BY "secret"`, `PASSWORD "secret"`: quoted like a name, secret like a literal. */
const BEFORE_SECRET: ReadonlySet<string> = new Set(['IDENTIFIED', 'PASSWORD']);

/**
 * A statement that is safe to keep: every string, number, dollar-quoted text, hex and bit literal becomes `?`, comments
 * go, white space becomes one space. Names and placeholders stay, so that the result reads to the same touches.
 *
 * Where a literal might end in two places (`\'` in a dialect that does not escape so), everything from there on is
 * dropped: losing the tail of a statement is cheaper than keeping a name. What was not read to its end, or does not fit,
 * ends in `…`, so that nobody who reads it again takes it for the whole.
 */
export function sanitiseSql(text: string, options: { dialect?: string } = {}): string {
  return sanitiseLexed(text, lexSql(text, dialectOf(options.dialect)));
}

/** The same, of a text that is already tokens. */
export function sanitiseLexed(text: string, { tokens, clean, doubtFrom }: Lexed): string {
  let out = '';
  let previous: Token | undefined;
  let before: Token | undefined;
  let inserts = false;
  let end = 0;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    if (out.length > SANITISED_CHARS_MAX) break;
    if (doubtFrom >= 0 && token.start >= doubtFrom) {
      out += ' ?…';
      break;
    }
    // `-12` is a literal as a whole (semantic conventions, test case `numeric_literal_integers`).
    if (isSign(token) && tokens[at + 1]?.kind === 'number' && tokens[at + 1]?.start === token.end) {
      if (previous !== undefined && token.start > end) out += ' ';
      end = token.end;
      continue;
    }
    if (previous !== undefined && token.start > end) out += ' ';
    end = token.end;
    out += shownToken(text, token, previous, before);
    // Rows of `COPY … FROM STDIN` may follow the statement in the same text.
    if (token.upper === 'STDIN') break;
    // So may the rows of ClickHouse's `INSERT … FORMAT JSONEachRow {…}`.
    inserts ||= token.upper === 'INSERT';
    if (inserts && previous?.upper === 'FORMAT' && token.kind === 'word' && !AFTER_COLUMN.has(token.upper)) break;
    // Snowflake: `PUT file:///home/jane/x @stage`, a path without quotes.
    if (at === 0 && token.upper === 'PUT') return 'PUT ?…';
    before = previous;
    previous = token;
  }
  if (out.length > SANITISED_CHARS_MAX) return `${out.slice(0, SANITISED_CHARS_MAX - 1)}…`;
  return clean || out.endsWith('…') ? out : `${out}…`;
}

const isSign = ({ kind, text }: Token) => kind === 'punct' && (text === '-' || text === '+');

function shownToken(text: string, token: Token, previous: Token | undefined, before: Token | undefined): string {
  switch (token.kind) {
    case 'string':
    case 'number':
      return '?';
    case 'name': {
      if (BEFORE_SECRET.has(previous?.upper ?? '') || BEFORE_SECRET.has(before?.upper ?? '')) return '?';
      // An unclosed quote may have swallowed values.
      if (token.end >= Math.min(text.length, SQL_CHARS_MAX) && !isClosed(text, token)) return '?';
      if (token.either && !isNamePlace(text, token, previous, before)) return '?';
      return text.slice(token.start, token.end);
    }
    case 'word':
      // Oracle: `IDENTIFIED BY tiger`.
      return previous?.upper === 'BY' && before?.upper === 'IDENTIFIED' ? '?' : token.text;
    default:
      return text.slice(token.start, token.end);
  }
}

function isClosed(text: string, token: Token): boolean {
  const open = text[token.start];
  return (
    token.end - token.start > 1 &&
    text[token.end - 1] === (open === '[' ? ']' : open === 'U' || open === 'u' ? '"' : open)
  );
}

function isNamePlace(text: string, token: Token, previous?: Token, before?: Token): boolean {
  // `IS DISTINCT FROM "Jane"`
  if (previous?.upper === 'FROM' && before?.upper === 'DISTINCT') return false;
  return previous?.text === '.' || BEFORE_NAME.has(previous?.upper ?? '') || text[token.end] === '.';
}
