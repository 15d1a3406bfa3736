import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SQL_CHARS_MAX } from './lex.ts';
import { readSql } from './read-sql.ts';
import { DIALECT_STATEMENTS } from './testing/dialect-statements.ts';
import { GENERAL } from './testing/general-statements.ts';
import { HARD_GROUPS, HARD_STATEMENTS } from './testing/hard-statements.ts';
import { shown } from './testing/statement-case.ts';

const STATEMENTS = [...GENERAL, ...DIALECT_STATEMENTS];

describe('what a statement touches', () => {
  for (const [statement, reading, dialect] of STATEMENTS) {
    test(`${dialect ?? 'SQL'}: ${statement}`, () => expect(shown(statement, dialect)).toBe(reading));
  }

  test('the table is long enough to mean something', () =>
    expect(STATEMENTS.length + HARD_STATEMENTS.length).toBeGreaterThan(700));
});

describe.each(HARD_GROUPS)('$why', ({ cases }) => {
  for (const [system, statements] of Object.entries(cases)) {
    for (const [statement, reading] of Object.entries(statements)) {
      test(`${system}: ${statement}`, () =>
        expect(shown(statement, system === 'sql' ? undefined : system)).toBe(reading));
    }
  }
});

const piece = fc.oneof(
  fc.constantFrom(
    ..."SELECT FROM WITH AS INSERT INTO DELETE UPDATE SET MERGE USING ( ) , ; . * ' \" ` [ ] $$ $a$ -- /* */ :: ? @x #t EXPLAIN COPY TO CREATE TABLE DROP a.b users u 1 0x1f RECURSIVE RETURNING JOIN ON LATERAL VALUES UNLOAD ALTER DECLARE FOR EXEC EXECUTE IMMEDIATE RENAME BULK VACUUM EXPORT BACKUP USE SWAP CLONE q'[ f( --1".split(
      ' ',
    ),
  ),
  fc.string(),
  fc.string({ unit: 'binary' }),
);
const dialects = fc.constantFrom(
  undefined,
  'postgresql',
  'mysql',
  'microsoft.sql_server',
  'gcp.bigquery',
  'sqlite',
  'clickhouse',
  'cassandra',
  'oracle.db',
  'snowflake',
);

describe('any text at all', () => {
  test('is read without throwing, within its bounds', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), dialects, (pieces, dialect) => {
        const { touches, exports } = readSql(pieces.join(' '), dialect === undefined ? {} : { dialect });
        expect(touches.length).toBeLessThanOrEqual(64);
        expect(exports.length).toBeLessThanOrEqual(8);
      }),
      { numRuns: 2_000 },
    );
  });

  // A reader that took quadratic time would need minutes for each of these and run into the test's limit.
  test('is read to its end, however hostile', () => {
    const units = [
      '(',
      ')',
      '(SELECT ',
      'WITH a AS (',
      ', a',
      'FROM t, ',
      "'",
      '"',
      '`',
      '$a$',
      '/*',
      '/* */',
      ';',
      '\\',
      "\\'",
      'a.',
      'UPDATE t SET ',
      '[',
      'DELETE FROM t ',
      'EXPLAIN (',
      'CREATE TRIGGER ',
      'CREATE TRIGGER t;',
      'a, ',
      'x.y = 1, ',
      'DELETE a, b FROM c, d ',
      "UNLOAD ('",
      'UNLOAD ($a$',
      "q'[",
      'f(',
      'EXEC (',
      "EXEC ('",
      "EXECUTE IMMEDIATE '",
      'RENAME TABLE a TO b, ',
      'BEGIN ',
      'USE x ',
      'VACUUM ',
      'USE INDEX FOR JOIN ',
      'CREATE SCHEMA a CLONE ',
      'WITH RECURSIVE a AS (',
      't@x ',
      '/* /* ',
      '… ',
      "\\' ",
      'FROM ((SELECT 1) UNION ',
      'ALTER TABLE t DROP PARTITION a, ',
      'FROM STDIN ',
      'GO ',
      'SELECT a, ',
      '## ',
      '$a',
    ];
    for (const unit of units) {
      for (const dialect of ['postgresql', 'mysql', 'oracle.db', 'microsoft.sql_server', undefined]) {
        const text = `SELECT * FROM t ${unit.repeat(SQL_CHARS_MAX / unit.length)}`;
        const { touches } = readSql(text, dialect === undefined ? {} : { dialect });
        expect(touches.length, unit).toBeLessThanOrEqual(64);
      }
    }
  });

  test('longer than the bound is never certain', () => {
    expect(readSql(`SELECT * FROM t WHERE x IN (${'1,'.repeat(SQL_CHARS_MAX)}1)`).certain).toBe(false);
  });
});
