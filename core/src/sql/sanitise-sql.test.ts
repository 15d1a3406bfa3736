import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSql } from './read-sql.ts';
import { sanitiseSql } from './sanitise-sql.ts';

describe('literals leave, names stay', () => {
  test.each<[text: string, expected: string, dialect?: string]>([
    [
      "SELECT * FROM users WHERE email = 'jane@example.com' AND age > 42",
      'SELECT * FROM users WHERE email = ? AND age > ?',
    ],
    ["SELECT E'it\\'s Jane', N'x', X'4a', 0x4a, 1.5e-3, .5, -7", 'SELECT ?, ?, ?, ?, ?, ?, -?', 'postgresql'],
    ["SELECT 'it''s', $$Jane$$, $t$ a $$ b $t$", 'SELECT ?, ?, ?'],
    ["SELECT U&'d\\0061t' FROM t1", 'SELECT ? FROM t1'],
    ['SELECT a /* Jane */ -- jane\n FROM  t', 'SELECT a FROM t'],
    [
      'SELECT * FROM t WHERE id = $1 AND x = :name AND y = ? AND z = @v',
      'SELECT * FROM t WHERE id = $1 AND x = :name AND y = ? AND z = @v',
    ],
    ['SELECT * FROM "Users" WHERE "name" = "Jane"', 'SELECT * FROM "Users" WHERE ? = ?'],
    ['SELECT * FROM "Users" WHERE "name" = $1', 'SELECT * FROM "Users" WHERE "name" = $1', 'postgresql'],
    ['SELECT * FROM `users` WHERE name = "Jane"', 'SELECT * FROM `users` WHERE name = ?', 'mysql'],
    [
      "SELECT * FROM [users] WHERE d = DATE '2026-01-01'",
      'SELECT * FROM [users] WHERE d = DATE ?',
      'microsoft.sql_server',
    ],
    ["SELECT * FROM t WHERE x = 'it\\'s Jane Doe' AND y", 'SELECT * FROM t WHERE x = ?…'],
    ["SELECT * FROM t WHERE x = 'it\\'s Jane Doe' AND y", 'SELECT * FROM t WHERE x = ? AND y', 'mysql'],
    ["SELECT * FROM t WHERE x = 'Jane Do", 'SELECT * FROM t WHERE x = ?'],
    ['SELECT * FROM t WHERE x = "Jane Do', 'SELECT * FROM t WHERE x = ?', 'postgresql'],
    ['SELECT $a$ Jane Doe', 'SELECT ?'],
    ['COPY t FROM STDIN;\n1\tJane\n\\.', 'COPY t FROM STDIN'],
    ['CREATE USER x IDENTIFIED BY "secret"', 'CREATE USER x IDENTIFIED BY ?', 'oracle.db'],
    ['', ''],
  ])('%s', (text, expected, dialect) => {
    expect(sanitiseSql(text, dialect === undefined ? {} : { dialect })).toBe(expected);
  });
});

test('a sanitised statement reads to the same touches', () => {
  for (const text of [
    "INSERT INTO a SELECT * FROM b WHERE x = 'y'",
    "WITH q AS (SELECT 1 FROM c) UPDATE t SET x = 'a;b' FROM q",
    "DELETE FROM t WHERE x IN ('(', ')')",
  ]) {
    expect(readSql(sanitiseSql(text)).touches).toEqual(readSql(text).touches);
  }
});

test('sanitising twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const once = sanitiseSql(text);
      expect(sanitiseSql(once).length).toBeLessThanOrEqual(once.length);
    }),
  );
});

test('a value in quotes never survives, whatever stands around it', () => {
  const quoted = fc.constantFrom(
    "'JaneDoe'",
    "'Jane''JaneDoe'",
    "E'JaneDoe'",
    '$$JaneDoe$$',
    '$x$JaneDoe$x$',
    "N'JaneDoe'",
  );
  const around = fc.array(
    fc.constantFrom('SELECT', 'FROM t', 'WHERE x =', '(', ')', ',', '/* c */', '-- c\n', '"n"', '1', ';', 'a.b'),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(around, quoted, around, (before, value, after) => {
      for (const dialect of ['postgresql', undefined]) {
        const text = [...before, value, ...after].join(' ');
        expect(sanitiseSql(text, dialect === undefined ? {} : { dialect })).not.toContain('JaneDoe');
      }
    }),
  );
});
