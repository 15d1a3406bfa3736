import type { Dialect } from './dialect.ts';
import {
  commentEnd,
  dollarBody,
  dollarEnd,
  isDigit,
  isMoreThanNumber,
  isSpace,
  isUuid,
  isWordStart,
  lineEnd,
  numberEnd,
  trailingBackslashes,
  UUID_CHARS,
  wordEnd,
} from './scan.ts';

/**
 * A statement as tokens. Never throws and reads every character once: what is not understood becomes a token of its
 * own and a note in `clean`, so that the reader can say `unknown` instead of guessing.
 */
export interface Token {
  /** `name` is a quoted identifier; `word` an identifier or keyword; `param` a placeholder or variable. */
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'param' | 'punct';
  /** Identifier or string without its quotes, a word as written, punctuation. */
  readonly text: string;
  /** A word in capitals, for keywords; '' for everything else, so that `"select"` is never a keyword. */
  readonly upper: string;
  readonly start: number;
  readonly end: number;
  /** A double-quoted text that may be a name or a string, by dialect. */
  readonly either: boolean;
}

export interface Lexed {
  readonly tokens: readonly Token[];
  /** False when the text is cut, a quote or comment never ends, or a comment would be executed (`/*!`). */
  readonly clean: boolean;
  /** Where a literal may have ended elsewhere than we think: from here on literals may be out of step. -1: nowhere. */
  readonly doubtFrom: number;
}

/** Longer statements are read up to here and are never `certain`. */
export const SQL_CHARS_MAX = 65_536;

const STRING_PREFIXES: ReadonlySet<string> = new Set(['E', 'B', 'X', 'N', 'R', 'RB', 'BR', 'U']);
/** PostgreSQL has 65,535 parameters at most; `$4155550132` is a sum of money. */
const PARAM_DIGITS_MAX = 5;

/**
 * What `\'` is in a string: an escaped quote; the end of it, about which we may be wrong; or its end for sure (`r'C:\'`
 * of Spark).
 */
type Backslash = 'escape' | 'doubt' | 'plain';

export function lexSql(input: string, dialect: Dialect): Lexed {
  const text = input.length > SQL_CHARS_MAX ? input.slice(0, SQL_CHARS_MAX) : input;
  const tokens: Token[] = [];
  let clean = text.length === input.length && !isCutOff(text);
  let doubtFrom = -1;
  /** First string in which `\'` was taken for an escaped quote. */
  let escapedAt = -1;
  let nested = dialect.nestedComments !== 'no';
  let at = 0;
  const plain: Backslash = dialect.backslash ? 'escape' : 'doubt';

  const push = (kind: Token['kind'], start: number, end: number, value: string, upper = '', either = false) => {
    tokens.push({ kind, text: value, upper, start, end, either });
    at = end;
  };

  /** A quote without its end: if the database does not escape with backslashes after all, we lost step at the first. */
  const unclosed = () => {
    clean = false;
    if (escapedAt >= 0 && doubtFrom < 0) doubtFrom = escapedAt;
  };

  /** End of a quoted run that opened at `open`; the text length, and not clean, when it never closes. */
  const quoteEnd = (open: number, quote: string, backslash: Backslash): number => {
    let i = open + 1;
    for (;;) {
      const next = text.indexOf(quote, i);
      if (next < 0) {
        unclosed();
        return text.length;
      }
      if (text[next - 1] === '\\' && backslash !== 'plain' && trailingBackslashes(text, next, i) % 2 === 1) {
        if (backslash === 'escape') {
          if (escapedAt < 0) escapedAt = open;
          i = next + 1;
          continue;
        }
        if (doubtFrom < 0) doubtFrom = open;
      }
      if (text[next + 1] === quote) {
        i = next + 2;
        continue;
      }
      return next + 1;
    }
  };

  const pushString = (start: number, open: number, backslash: Backslash) => {
    const quote = text[open] ?? "'";
    if (dialect.tripleQuotes && text[open + 1] === quote && text[open + 2] === quote) {
      const close = tripleEnd(text, open + 3, quote.repeat(3));
      if (close < 0) unclosed();
      const end = close < 0 ? text.length : close + 3;
      push('string', start, end, text.slice(open + 3, close < 0 ? end : close));
      return;
    }
    const end = quoteEnd(open, quote, backslash);
    push('string', start, end, text.slice(open + 1, end - 1));
  };

  const pushNumber = (start: number, end: number) => {
    if (end - start > 3 && isMoreThanNumber(text.slice(start, end))) clean = false;
    push('number', start, end, '');
  };

  const pushWord = (start: number) => {
    const end = wordEnd(text, start + 1);
    const after = text.charCodeAt(end);
    if (end - start === 8 && after === 45 && isUuid(text, start)) {
      push('number', start, start + UUID_CHARS, '');
      return;
    }
    const word = text.slice(start, end);
    const upper = word.toUpperCase();
    if (after !== 39 && after !== 38) {
      // `€4155550132` is money to SQL Server, a column to nobody.
      if (text.charCodeAt(start) > 127 && /^\p{Sc}\d/u.test(word)) pushNumber(start, numberEnd(text, start));
      else push('word', start, end, word, upper);
    } else if (after === 39 && dialect.qQuotes && (upper === 'Q' || upper === 'NQ')) {
      const close = text.indexOf(`${CLOSING.get(text[end + 1] ?? '') ?? text[end + 1] ?? ''}'`, end + 2);
      if (close < 0) clean = false;
      push('string', start, close < 0 ? text.length : close + 2, text.slice(end + 2, close < 0 ? text.length : close));
    } else if (after === 39 && (STRING_PREFIXES.has(upper) || upper.startsWith('_'))) {
      const isRaw = dialect.rawStrings && upper.includes('R');
      pushString(start, end, isRaw ? 'plain' : upper === 'E' ? 'escape' : plain);
    } else if (upper === 'U' && after === 38 && (text[end + 1] === "'" || text[end + 1] === '"')) {
      if (text[end + 1] === "'") pushString(start, end + 1, 'doubt');
      else {
        const close = quoteEnd(end + 1, '"', 'doubt');
        push('name', start, close, decoded(unquote(text.slice(end + 2, close - 1), '"')));
      }
    } else push('word', start, end, word, upper);
  };

  while (at < text.length) {
    const start = at;
    const code = text.charCodeAt(at);
    if (isSpace(code)) {
      at++;
      continue;
    }
    if (isWordStart(code)) {
      pushWord(start);
      continue;
    }
    const char = text[at] ?? '';
    const next = text[at + 1] ?? '';
    if (char === "'") pushString(at, at, plain);
    else if (char === '-' && next === '-' && (!dialect.spacedDashes || !(text.charCodeAt(at + 2) > 32)))
      at = lineEnd(text, at);
    else if (char === '#' && isHashComment(text, at, dialect)) at = lineEnd(text, at);
    else if (char === '/' && next === '/' && dialect.slashComments) at = lineEnd(text, at);
    else if (char === '/' && next === '*') {
      // MySQL and MariaDB run what stands in `/*! … */` and `/*M! … */`.
      if (/^[M]?!/.test(text.slice(at + 2, at + 4))) clean = false;
      let end = commentEnd(text, at, nested);
      if (end < 0 && nested && dialect.nestedComments === 'perhaps') {
        // It does not nest then, and is asked about that only once.
        nested = false;
        end = commentEnd(text, at, false);
      }
      if (end < 0) clean = false;
      at = end < 0 ? text.length : end;
    } else if (char === '#' && (isWordStart(text.charCodeAt(at + 1)) || (next === '#' && dialect.tsql))) {
      const end = wordEnd(text, at + (next === '#' ? 2 : 1));
      const word = text.slice(start, end);
      push('word', start, end, word, word.toUpperCase());
    } else if (char === '"') {
      if (dialect.doubleQuote === 'string') pushString(at, at, plain);
      else {
        const end = quoteEnd(at, '"', 'doubt');
        push('name', start, end, unquote(text.slice(at + 1, end - 1), '"'), '', dialect.doubleQuote === 'either');
      }
    } else if (char === '`') {
      const end = quoteEnd(at, '`', 'doubt');
      push('name', start, end, unquote(text.slice(at + 1, end - 1), '`'));
    } else if (char === '[' && isBracketName(text, at, tokens.at(-1), dialect)) {
      const end = quoteEnd(at, ']', 'plain');
      push('name', start, end, unquote(text.slice(at + 1, end - 1), ']'));
    } else if (isDigit(code) || (char === '.' && isDigit(text.charCodeAt(at + 1)))) {
      if (isUuid(text, at)) push('number', start, start + UUID_CHARS, '');
      else pushNumber(start, numberEnd(text, at));
    } else if (char === '$') {
      const end = dollarEnd(text, at);
      if (end < 0) clean = false;
      if (end === 0) {
        const paramEnd = wordEnd(text, at + 1);
        const isMoney = isDigit(text.charCodeAt(at + 1)) && (dialect.tsql || paramEnd - at - 1 > PARAM_DIGITS_MAX);
        if (isMoney) pushNumber(start, numberEnd(text, at));
        else push('param', start, paramEnd, '$');
      }
      // Without its closing tag the rest of the text is the string: it may be a literal, so it is never kept.
      else if (end < 0) push('string', start, text.length, '');
      else push('string', start, end, dollarBody(text, at, end));
    } else if (char === ':' && next === ':') push('punct', start, at + 2, '::');
    else if ((char === ':' || char === '@') && (isWordStart(text.charCodeAt(at + 1)) || next === '@')) {
      const end = wordEnd(text, at + (next === '@' ? 2 : 1));
      push('param', start, end, text.slice(start, end));
    } else if (char === '?') push('param', start, at + 1, '?');
    else {
      // Outside a string a backslash means nothing: the string before it ended elsewhere.
      if (char === '\\' && escapedAt >= 0) unclosed();
      push('punct', start, at + 1, char);
    }
  }
  return { tokens, clean, doubtFrom };
}

/** Delimiters of Oracle's `q'[…]'` that close with another character. */
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['[', ']'],
  ['{', '}'],
  ['(', ')'],
  ['<', '>'],
]);

/** Instrumentations mark what they cut with dots. */
function isCutOff(text: string): boolean {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return text[end - 1] === '…' || (text[end - 1] === '.' && text.endsWith('...', end));
}

function isHashComment(text: string, at: number, { hashComments }: Dialect): boolean {
  if (hashComments === 'all') return true;
  if (hashComments === 'no') return false;
  const after = text[at + 1] ?? ' ';
  return after === '!' || after === ' ' || after === '\t' || after === '\n';
}

/** Start of the three quotes that close; -1 when they never come. */
function tripleEnd(text: string, from: number, quotes: string): number {
  let close = text.indexOf(quotes, from);
  while (close >= 0 && trailingBackslashes(text, close, from) % 2 === 1) close = text.indexOf(quotes, close + 1);
  return close;
}

/** `[x]` right after a name or a bracket is a subscript (`tags[1]`, `ARRAY[…]`) unless the dialect has none. */
function isBracketName(text: string, at: number, before: Token | undefined, dialect: Dialect): boolean {
  if (dialect.bracketNames) return true;
  if (dialect.doubleQuote !== 'either' || before?.end === at) return before?.text === '.' && before.end === at;
  return /^\[[\p{L}_][\p{L}\p{N}_ $.-]{0,127}\]/u.test(text.slice(at, at + 130));
}

const unquote = (text: string, quote: string) =>
  text.includes(quote + quote) ? text.replaceAll(quote + quote, quote) : text;

/** `U&"d\0061t\+000061"` with the escape that applies unless UESCAPE names another. */
const decoded = (text: string) =>
  text.replace(/\\(?:\+([0-9a-f]{6})|([0-9a-f]{4}))/gi, (whole, long?: string, short?: string) => {
    const code = Number.parseInt(long ?? short ?? '', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
