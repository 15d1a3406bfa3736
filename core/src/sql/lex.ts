import type { Dialect } from './dialect.ts';

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
  /** False when a quote or comment never ends, or a comment would be executed (`/*!`). */
  readonly clean: boolean;
  /** Where a `\'` was met in a string whose dialect does not escape so: from here on literals may be out of step. -1: nowhere. */
  readonly doubtFrom: number;
}

/** Longer statements are read up to here and are never `certain`. */
export const SQL_CHARS_MAX = 65_536;

const STRING_PREFIXES: ReadonlySet<string> = new Set(['E', 'B', 'X', 'N', 'R', 'RB', 'BR', 'U']);

export function lexSql(input: string, dialect: Dialect): Lexed {
  const text = input.length > SQL_CHARS_MAX ? input.slice(0, SQL_CHARS_MAX) : input;
  const tokens: Token[] = [];
  let clean = text.length === input.length;
  let doubtFrom = -1;
  let at = 0;

  const push = (kind: Token['kind'], start: number, end: number, value: string, upper = '', either = false) => {
    tokens.push({ kind, text: value, upper, start, end, either });
    at = end;
  };

  /** End of a quoted run that opened at `open`; the text length, and not clean, when it never closes. */
  const quoteEnd = (open: number, quote: string, backslash: boolean): number => {
    let i = open + 1;
    for (;;) {
      const next = text.indexOf(quote, i);
      if (next < 0) {
        clean = false;
        return text.length;
      }
      const slashes = trailingBackslashes(text, next, i);
      if (slashes % 2 === 1) {
        if (backslash) {
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

  const pushString = (start: number, open: number, backslash: boolean) => {
    const quote = text[open] ?? "'";
    if (dialect.tripleQuotes && text.startsWith(quote.repeat(3), open)) {
      const close = text.indexOf(quote.repeat(3), open + 3);
      if (close < 0) clean = false;
      const end = close < 0 ? text.length : close + 3;
      push('string', start, end, text.slice(open + 3, close < 0 ? end : close));
      return;
    }
    const end = quoteEnd(open, quote, backslash);
    push('string', start, end, text.slice(open + 1, end - 1));
  };

  while (at < text.length) {
    const start = at;
    const code = text.charCodeAt(at);
    if (isSpace(code)) {
      at++;
      continue;
    }
    const char = text[at] ?? '';
    const next = text[at + 1] ?? '';
    if (char === '-' && next === '-' && (!dialect.spacedDashes || !(text.charCodeAt(at + 2) > 32)))
      at = lineEnd(text, at);
    else if (char === '#' && dialect.hashComments) at = lineEnd(text, at);
    else if (char === '/' && next === '*') {
      // MySQL and MariaDB run what stands in `/*! … */` and `/*M! … */`.
      if (/^[M]?!/.test(text.slice(at + 2, at + 4))) clean = false;
      at = commentEnd(text, at, dialect.nestedComments);
      if (at < 0) {
        clean = false;
        at = text.length;
      }
    } else if (isWordStart(code) || (char === '#' && isWordStart(text.charCodeAt(at + 1)))) {
      let end = at + 1;
      while (end < text.length && isWordPart(text.charCodeAt(end))) end++;
      const word = text.slice(start, end);
      const upper = word.toUpperCase();
      if (text[end] === "'" && dialect.qQuotes && (upper === 'Q' || upper === 'NQ')) {
        const close = text.indexOf(`${CLOSING.get(text[end + 1] ?? '') ?? text[end + 1] ?? ''}'`, end + 2);
        if (close < 0) clean = false;
        push(
          'string',
          start,
          close < 0 ? text.length : close + 2,
          text.slice(end + 2, close < 0 ? text.length : close),
        );
      } else if (text[end] === "'" && (STRING_PREFIXES.has(upper) || upper.startsWith('_'))) {
        pushString(start, end, dialect.backslash || upper === 'E');
      } else if (upper === 'U' && text[end] === '&' && (text[end + 1] === "'" || text[end + 1] === '"')) {
        if (text[end + 1] === "'") pushString(start, end + 1, false);
        else {
          const close = quoteEnd(end + 1, '"', false);
          push('name', start, close, text.slice(end + 2, close - 1));
        }
      } else push('word', start, end, word, upper);
    } else if (char === "'") pushString(at, at, dialect.backslash);
    else if (char === '"') {
      if (dialect.doubleQuote === 'string') pushString(at, at, dialect.backslash);
      else {
        const end = quoteEnd(at, '"', false);
        push('name', start, end, unquote(text.slice(at + 1, end - 1), '"'), '', dialect.doubleQuote === 'either');
      }
    } else if (char === '`') {
      const end = quoteEnd(at, '`', false);
      push('name', start, end, unquote(text.slice(at + 1, end - 1), '`'));
    } else if (char === '[' && isBracketName(text, at, tokens.at(-1), dialect)) {
      const end = quoteEnd(at, ']', false);
      push('name', start, end, unquote(text.slice(at + 1, end - 1), ']'));
    } else if (isDigit(code) || (char === '.' && isDigit(text.charCodeAt(at + 1)))) {
      push('number', start, numberEnd(text, at), '');
    } else if (char === '$') {
      const end = dollarEnd(text, at);
      if (end < 0) clean = false;
      if (end === 0) push('param', start, wordEnd(text, at + 1), '$');
      // Without its closing tag the rest of the text is the string: it may be a literal, so it is never kept.
      else if (end < 0) push('string', start, text.length, '');
      else push('string', start, end, dollarBody(text, at, end));
    } else if (char === ':' && next === ':') push('punct', start, at + 2, '::');
    else if ((char === ':' || char === '@') && (isWordStart(text.charCodeAt(at + 1)) || next === '@')) {
      const end = wordEnd(text, at + (next === '@' ? 2 : 1));
      push('param', start, end, text.slice(start, end));
    } else if (char === '?') push('param', start, at + 1, '?');
    else push('punct', start, at + 1, char);
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

const isSpace = (code: number) => code <= 32 || code === 0xa0 || code === 0xfeff;
const isDigit = (code: number) => code >= 48 && code <= 57;
const isWordStart = (code: number) =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code > 127;
const isWordPart = (code: number) => isWordStart(code) || isDigit(code) || code === 36;

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** -1 when the comment never ends. */
function commentEnd(text: string, at: number, nested: boolean): number {
  let depth = 1;
  let i = at + 2;
  let open = nested ? text.indexOf('/*', i) : -1;
  while (depth > 0) {
    const close = text.indexOf('*/', i);
    if (close < 0) return -1;
    if (open >= 0 && open < i) open = text.indexOf('/*', i);
    if (open >= 0 && open < close) {
      depth++;
      i = open + 2;
    } else {
      depth--;
      i = close + 2;
    }
  }
  return i;
}

function trailingBackslashes(text: string, end: number, floor: number): number {
  let count = 0;
  while (end - count - 1 >= floor && text[end - count - 1] === '\\') count++;
  return count;
}

function numberEnd(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (isDigit(code) || isWordStart(code) || code === 46) end++;
    else if ((code === 43 || code === 45) && /[eE]/.test(text[end - 1] ?? '') && isDigit(text.charCodeAt(end + 1)))
      end++;
    else break;
  }
  return end;
}

function wordEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && isWordPart(text.charCodeAt(end))) end++;
  return end;
}

/** End of a dollar-quoted string at `at`; 0 when it is a parameter (`$1`); -1 when its closing tag is missing. */
function dollarEnd(text: string, at: number): number {
  if (isDigit(text.charCodeAt(at + 1))) return 0;
  let tagEnd = at + 1;
  while (tagEnd < text.length && tagEnd - at <= 64) {
    const code = text.charCodeAt(tagEnd);
    if (!isWordStart(code) && !isDigit(code)) break;
    tagEnd++;
  }
  if (text[tagEnd] !== '$') return 0;
  const tag = text.slice(at, tagEnd + 1);
  const close = text.indexOf(tag, tagEnd + 1);
  return close < 0 ? -1 : close + tag.length;
}

function dollarBody(text: string, at: number, end: number): string {
  const tagLength = text.indexOf('$', at + 1) - at + 1;
  return text.slice(at + tagLength, end - tagLength);
}

/** `[x]` right after a name or a bracket is a subscript (`tags[1]`, `ARRAY[…]`) unless the dialect has none. */
function isBracketName(text: string, at: number, before: Token | undefined, dialect: Dialect): boolean {
  if (dialect.bracketNames) return true;
  if (dialect.doubleQuote !== 'either' || before?.end === at) return before?.text === '.' && before.end === at;
  return /^\[[\p{L}_][\p{L}\p{N}_ $.-]{0,127}\]/u.test(text.slice(at, at + 130));
}

const unquote = (text: string, quote: string) =>
  text.includes(quote + quote) ? text.replaceAll(quote + quote, quote) : text;
