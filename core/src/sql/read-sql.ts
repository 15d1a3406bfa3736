import { type Dialect, dialectOf } from './dialect.ts';
import { type Lexed, lexSql } from './lex.ts';
import type { SqlReading } from './reading.ts';
import { readStatements } from './statement-reader.ts';

/**
 * Which tables a statement touches and how, from its text alone. Instrumentations of `pg` and `mysql2` send neither
 * table nor direction, so this is where lineage of databases comes from.
 *
 * A tolerant reader over tokens rather than a grammar: it knows where table names stand in every verb of the research
 * note §2.3, skips what it need not know, and says `certain: false` where it cannot be sure: never a silent `read`.
 * Never throws; time and memory are linear in the text, which is read up to `SQL_CHARS_MAX`.
 *
 * @param options.dialect `db.system.name`, stable spelling; decides quoting and how unquoted names fold
 */
export function readSql(text: string, options: { dialect?: string } = {}): SqlReading {
  const dialect = dialectOf(options.dialect);
  return readLexed(lexSql(text, dialect), dialect);
}

/** The same, of a text that is already tokens. */
export function readLexed(lexed: Lexed, dialect: Dialect): SqlReading {
  const reading = readStatements(lexed.tokens, dialect);
  const doubtful = lexed.doubtFrom >= 0 && dialect.doubleQuote === 'either';
  return reading.certain && lexed.clean && !doubtful ? reading : { ...reading, certain: false };
}
