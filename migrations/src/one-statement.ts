import { VestigeError } from '@vestige/core/errors';
import type { MigrationFile } from './files.ts';

/**
 * ClickHouse knows no transaction around DDL, so a file is one statement that may run twice.
 *
 * @throws VestigeError misconfigured, naming the file
 */
export function assertOneRepeatableStatement(file: MigrationFile): void {
  const code = withoutCommentsAndStrings(file.sql).trim().replace(/;\s*$/, '');
  if (code.includes(';')) {
    throw new VestigeError(
      'misconfigured',
      `ClickHouse migration ${file.name} holds more than one statement; split it.`,
    );
  }
  if (/^(CREATE|DROP)\b/i.test(code) && !/\bIF\s+(NOT\s+)?EXISTS\b|\bOR\s+REPLACE\b/i.test(code)) {
    throw new VestigeError(
      'misconfigured',
      `ClickHouse migration ${file.name} cannot run twice; write IF NOT EXISTS or IF EXISTS.`,
    );
  }
}

const withoutCommentsAndStrings = (sql: string): string =>
  sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\.|'')*'/g, (part) => (part.startsWith("'") ? "''" : ''));
