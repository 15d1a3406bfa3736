import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSql } from './read-sql.ts';
import { CONVENTION_CASES, LATER_CASES } from './testing/convention-cases.ts';
import { DIALECT_STATEMENTS } from './testing/dialect-statements.ts';
import { GENERAL } from './testing/general-statements.ts';
import { randomStatement } from './testing/generate-statement.ts';
import { HARD_STATEMENTS } from './testing/hard-statements.ts';
import { readByPolyglot } from './testing/polyglot-oracle.ts';
import { readByPostgres } from './testing/postgres-oracle.ts';
import type { StatementCase } from './testing/statement-case.ts';

/**
 * The reader against two parsers that share no code with it: PostgreSQL's own grammar, and Polyglot's for the other
 * dialects. Where both understand a statement, tables and directions agree, or the disagreement is listed with its reason.
 */

const STATEMENTS: readonly StatementCase[] = [
  ...GENERAL,
  ...DIALECT_STATEMENTS,
  ...HARD_STATEMENTS,
  ...[...CONVENTION_CASES, ...LATER_CASES].map(
    ({ statement, system }): StatementCase => (system === undefined ? [statement, ''] : [statement, '', system]),
  ),
];

/** Touches as the oracles write them; null when the reader itself is not sure. */
function read(statement: string, dialect: string | undefined): string[] | null {
  const { touches, certain } = readSql(statement, dialect === undefined ? {} : { dialect });
  if (!certain) return null;
  return touches
    .map(({ table, action }) => `${action[0]}:${[table.catalog, table.schema, table.name].filter(Boolean).join('.')}`)
    .sort();
}

const lower = (touches: readonly string[]) => [...new Set(touches.map((touch) => touch.toLowerCase()))].sort();

const NOT_POSTGRES: Readonly<Record<string, string>> = {
  'SELECT * FROM t FOR UPDATE OF t, u SKIP LOCKED': 'u is an alias that the analysis after parsing would refuse',
  'DROP SCHEMA shop CASCADE': 'the parser names no tables; dropping the schema deletes all of them',
  'DROP DATABASE shop': 'the parser names no tables; dropping the database deletes all of them',
  'DROP SCHEMA IF EXISTS a, b CASCADE': 'the parser names no tables; dropping the schemas deletes all of them',
  'ALTER SCHEMA a RENAME TO b': 'a change of structure to it; all rows are somewhere else then',
  'ALTER TABLE a SET SCHEMA other': 'a change of structure to it; the rows are somewhere else then',
  'ALTER MATERIALIZED VIEW a RENAME TO b': 'a change of structure to it; the rows are somewhere else then',
};

const NOT_POLYGLOT: Readonly<Record<string, string>> = {
  'SELECT * FROM users (NOLOCK), orders (NOLOCK)': 'takes the old table hints for function calls',
  'TABLE users': 'takes TABLE for a column',
  'SELECT * FROM `my-proj.ds.users` u, u.orders': 'does not follow arrays of the row (correlated join)',
  'SELECT * FROM d.t, UNNEST(items) AS i LEFT JOIN t.tags': 'does not follow arrays of the row (correlated join)',
  'CREATE MATERIALIZED VIEW v AS SELECT * FROM s': 'a view to it; a materialised one copies rows',
  'SELECT a INTO @x FROM s': 'takes the variable for a table',
  'DROP SCHEMA shop CASCADE': 'names no tables; dropping the schema deletes all of them',
  'DROP DATABASE shop': 'names no tables; dropping the database deletes all of them',
  'PREPARE q AS DELETE FROM t WHERE id = $1': 'reads the body; preparing runs nothing',
  'DROP TABLE a; DROP VIEW b; DROP MATERIALIZED VIEW c': 'a view to it; a materialised one holds rows',
  'SELECT 5--1 FROM t': 'takes -- for a comment, which MySQL does only before white space',
  'DELETE FROM dbo.T OUTPUT deleted.* INTO dbo.Gone WHERE x = 1': 'keeps the target of OUTPUT as a column',
  'TRUNCATE DATABASE db': 'takes the database for a table',
  'CREATE SCHEMA a CLONE b': 'names no tables; the clone copies all of them',
  'SELECT * FROM t@ix WHERE a = 1': 'takes the index hint for a part of the name',
  "LOAD DATA INPATH 'x' INTO TABLE t": 'takes the target for a source',
  'CREATE PROCEDURE p AS DELETE FROM t; DELETE FROM u': 'ends the body at its first semicolon',
  "UPDATE u SET u.name = 'x' FROM users u": 'takes the alias for a table as well',
  'UPDATE u SET u.n = o.n FROM users u JOIN orders o ON o.uid = u.id': 'takes the alias for a table as well',
  'UPDATE [b] SET [b].[Name] = @p0 FROM [Blogs] AS [b]': 'takes the alias for a table as well',
  'UPDATE shop.a JOIN shop.b ON a.id = b.id SET shop.b.x = 1': 'takes the first table for the changed one',
  'WITH users AS (SELECT 1) SELECT * FROM "Users"': 'compares quoted names without case',
  'UPDATE "U" SET n = 1 FROM x AS u': 'compares quoted names without case',
  'WITH x AS (SELECT * FROM a) (SELECT * FROM x UNION SELECT * FROM b) ORDER BY 1':
    'forgets the common table expression before a bracket',
  'WITH t AS (SELECT id FROM emp UNION ALL SELECT e.id FROM emp e JOIN t ON t.id = e.boss) SELECT * FROM t':
    'knows recursion only with RECURSIVE',
  'WITH t (id) AS (SELECT id FROM emp UNION ALL SELECT e.id FROM emp e JOIN t ON t.id = e.boss) SELECT * FROM t':
    'knows recursion only with RECURSIVE',
  'WITH t AS ((SELECT id FROM emp) UNION ALL (SELECT id FROM t)) SELECT * FROM t':
    'knows recursion only with RECURSIVE',
  'WITH c AS (SELECT * FROM a) CREATE TABLE t AS SELECT * FROM c': 'forgets the common table expression before CREATE',
  'SELECT o FROM customers AS c, c.orders AS o, o.lines AS l': 'does not follow arrays of the row (PartiQL)',
  'ANALYZE TABLE t': 'takes the keeping of statistics for a read',
  'CREATE MATERIALIZED VIEW v TO t AS SELECT * FROM s': 'a view to it; its rows go to t',
  'TRUNCATE ALL TABLES FROM shop': 'takes ALL for a table',
  "INSERT INTO t FROM INFILE 'x.csv' FORMAT CSV": 'takes INFILE for a table',
  'DROP NAMESPACE a.b CASCADE': 'names no tables; dropping the namespace deletes all of them',
  'SELECT 1 FROM SYSIBM.SYSDUMMY1': 'a table to it, of one row of nothing',
  'SELECT * FROM STREAM t': 'takes STREAM for the table',
  'MERGE [Blogs] USING (VALUES (@p0, 0), (@p1, 1)) AS i ([Name], _Position) ON 1=0 WHEN NOT MATCHED THEN INSERT ([Name]) VALUES (i.[Name]) OUTPUT INSERTED.[Id], i._Position;':
    'forgets that OUTPUT gives rows of the target back',
};

/** Statements both sides understand, and those of them on which they differ. */
function compare(
  oracle: (statement: string, dialect: string | undefined) => string[] | null,
  isAsked: (dialect: string | undefined) => boolean,
  as: (dialect: string | undefined) => string | undefined,
): { understood: number; different: string[] } {
  let understood = 0;
  const different = new Set<string>();
  for (const [statement, , dialect] of STATEMENTS) {
    if (!isAsked(dialect)) continue;
    const theirs = oracle(statement, dialect);
    const ours = read(statement, as(dialect));
    if (theirs === null || ours === null) continue;
    understood++;
    if (JSON.stringify(lower(ours)) !== JSON.stringify(lower(theirs))) different.add(statement);
  }
  return { understood, different: [...different].sort() };
}

describe('every statement of the suite', () => {
  test("that PostgreSQL's own parser understands reads to the same tables and directions", () => {
    const { understood, different } = compare(
      readByPostgres,
      (dialect) => dialect === undefined || dialect === 'postgresql',
      () => 'postgresql',
    );
    expect(different).toEqual(Object.keys(NOT_POSTGRES).sort());
    expect(understood).toBeGreaterThan(150);
  });

  test('that Polyglot understands reads to the same tables and directions, in fourteen dialects', () => {
    const { understood, different } = compare(
      readByPolyglot,
      () => true,
      (dialect) => dialect,
    );
    expect(different).toEqual(Object.keys(NOT_POLYGLOT).sort());
    expect(understood).toBeGreaterThan(250);
  });
});

test("a statement nobody wrote reads as PostgreSQL's own parser reads it, and with certainty", () => {
  let understood = 0;
  fc.assert(
    fc.property(randomStatement, (statement) => {
      const theirs = readByPostgres(statement);
      if (theirs === null) return;
      understood++;
      expect(read(statement, 'postgresql')).toEqual(theirs);
    }),
    { numRuns: 1_500 },
  );
  expect(understood).toBeGreaterThan(500);
});
