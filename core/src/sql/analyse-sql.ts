import { mask } from '../scrub/mask.ts';
import { dialectOf } from './dialect.ts';
import { type Lexed, lexSql } from './lex.ts';
import { readLexed } from './read-sql.ts';
import type { SqlReading } from './reading.ts';
import { sanitiseLexed } from './sanitise-sql.ts';

/** A statement read and made safe, from one pass over its characters. */
export interface SqlAnalysis {
  readonly reading: SqlReading;
  readonly sanitised: string;
}

/** Statements remembered per system; the oldest goes first. */
const REMEMBERED_MAX = 1_000;
const REMEMBERED_CHARS_MAX = 4_096;
/** A number of up to three digits (`LIMIT 10`) is nobody. */
const PLAIN_DIGITS_MAX = 3;
/** Where a comment might begin in any dialect. */
const COMMENT = /--|\/[*/]|#/;

const remembered = new Map<string, Map<string, SqlAnalysis>>();

/**
 * `readSql` and `sanitiseSql` together. Applications send the same few parametrised statements for ever, so those are
 * remembered; a statement with a literal or a comment is not, because its text may hold a person's data and must not
 * outlive the request that brought it.
 */
export function analyseSql(text: string, system: string): SqlAnalysis {
  const known = remembered.get(system)?.get(text);
  if (known !== undefined) return known;
  const dialect = dialectOf(system);
  const lexed = lexSql(text, dialect);
  const analysis: SqlAnalysis = { reading: readLexed(lexed, dialect), sanitised: sanitiseLexed(text, lexed) };
  if (text.length <= REMEMBERED_CHARS_MAX && isPlain(text, lexed)) remember(system, text, analysis);
  return analysis;
}

/** Nothing but keywords, names and placeholders: no literal, no comment, nothing that could be an address or a number. */
function isPlain(text: string, { tokens, clean, doubtFrom }: Lexed): boolean {
  if (!clean || doubtFrom >= 0 || COMMENT.test(text)) return false;
  for (const { kind, either, start, end } of tokens) {
    if (kind === 'string' || either || (kind === 'number' && end - start > PLAIN_DIGITS_MAX)) return false;
  }
  return mask(text) === text;
}

function remember(system: string, text: string, analysis: SqlAnalysis): void {
  let statements = remembered.get(system);
  if (statements === undefined) {
    // Systems come from clients: a stream of invented ones must not grow this.
    if (remembered.size >= 64) remembered.clear();
    statements = new Map();
    remembered.set(system, statements);
  }
  if (statements.size >= REMEMBERED_MAX) statements.delete(statements.keys().next().value ?? '');
  statements.set(text, analysis);
}
