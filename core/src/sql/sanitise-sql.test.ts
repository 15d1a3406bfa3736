import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSql } from './read-sql.ts';
import { sanitiseSql } from './sanitise-sql.ts';
import { randomStatement } from './testing/generate-statement.ts';

describe('literals leave, names stay', () => {
  test.each<[text: string, expected: string, dialect?: string]>([
    [
      "SELECT * FROM users WHERE email = 'jane@example.com' AND age > 42",
      'SELECT * FROM users WHERE email = ? AND age > ?',
    ],
    ["SELECT E'it\\'s Jane', N'x', X'4a', 0x4a, 1.5e-3, .5, -7", 'SELECT ?, ?, ?, ?, ?, ?, ?', 'postgresql'],
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
    ["SELECT * FROM t WHERE x = 'Jane Do", 'SELECT * FROM t WHERE x = ?…'],
    ['SELECT * FROM t WHERE x = "Jane Do', 'SELECT * FROM t WHERE x = ?…', 'postgresql'],
    ['SELECT $a$ Jane Doe', 'SELECT ?…'],
    ['INSERT INTO t (a) FORMAT JSONEachRow {"a":"Jane"}', 'INSERT INTO t (a) FORMAT JSONEachRow', 'clickhouse'],
    ['INSERT INTO t FORMAT CSV\n1,Jane Doe', 'INSERT INTO t FORMAT CSV', 'clickhouse'],
    [
      "INSERT INTO a SELECT b AS format FROM c WHERE d = 'Jane'",
      'INSERT INTO a SELECT b AS format FROM c WHERE d = ?',
      'postgresql',
    ],
    [
      "INSERT INTO a SELECT format AS f FROM c WHERE format IN ('x')",
      'INSERT INTO a SELECT format AS f FROM c WHERE format IN (?)',
    ],
    ["SELECT q'[it's Jane]', nq'!Jane!' FROM t", 'SELECT ?, ? FROM t', 'oracle.db'],
    ["SELECT q'[it's Jane]' FROM t", 'SELECT ? FROM t'],
    ['SELECT 99+100, a - 5', 'SELECT ??, a - ?'],
    ['COPY t FROM STDIN;\n1\tJane\n\\.', 'COPY t FROM STDIN'],
    ['CREATE USER x IDENTIFIED BY "secret"', 'CREATE USER x IDENTIFIED BY ?', 'oracle.db'],
    // money, and what else is a number without looking like one
    ['SELECT * FROM t WHERE pay = $54000', 'SELECT * FROM t WHERE pay = ?', 'microsoft.sql_server'],
    [
      'SELECT * FROM t WHERE pay > €54000 AND x = £1',
      'SELECT * FROM t WHERE pay > ? AND x = ?',
      'microsoft.sql_server',
    ],
    [
      'SELECT * FROM t WHERE phone = $4155550132 AND id = $1',
      'SELECT * FROM t WHERE phone = ? AND id = $1',
      'postgresql',
    ],
    [
      'SELECT * FROM t WHERE id = f47ac10b-58cc-4372-a567-0e02b2c3d479 AND x = 550e8400-e29b-41d4-a716-446655440000',
      'SELECT * FROM t WHERE id = ? AND x = ?',
      'cassandra',
    ],
    // comments that only some databases know
    ['SELECT * FROM t // Jane Doe', 'SELECT * FROM t', 'snowflake'],
    ["SELECT * FROM t // Jane's\nWHERE a = 1", 'SELECT * FROM t WHERE a = ?', 'cassandra'],
    ['SELECT * FROM t # Jane Doe', 'SELECT * FROM t', 'clickhouse'],
    ['SELECT * FROM t # Jane Doe', 'SELECT * FROM t'],
    ["SELECT doc #> '{a}' # b FROM t", 'SELECT doc #> ? # b FROM t', 'postgresql'],
    ['SELECT /* a /* Jane */ Doe */ x FROM t', 'SELECT x FROM t'],
    ['SELECT /* a /* Jane */ x FROM t', 'SELECT x FROM t'],
    // where a string ends
    ["SELECT r'C:\\', 'Jane Doe'", 'SELECT ?, ?', 'spark'],
    ['SELECT """a\\"""Jane""", 1', 'SELECT ?, ?', 'gcp.bigquery'],
    ["SELECT 'C:\\', 'Jane Doe', 1", 'SELECT ?…', 'mysql'],
    ["SELECT 'it\\'s', 'Jane Doe', 1", 'SELECT ?, ?, ?', 'mysql'],
    // quoted like a name, or not at all, and a value
    ['SELECT * FROM t WHERE a IS NOT DISTINCT FROM "Jane"', 'SELECT * FROM t WHERE a IS NOT DISTINCT FROM ?', 'sqlite'],
    ['ALTER USER x IDENTIFIED BY tiger', 'ALTER USER x IDENTIFIED BY ?', 'oracle.db'],
    ['PUT file:///home/jane/doe.csv @stage', 'PUT ?…', 'snowflake'],
    // what was not read to its end says so
    [`SELECT ${'a, '.repeat(3000)} b FROM t`, `${`SELECT ${'a, '.repeat(3000)}`.slice(0, 4095)}…`],
    ['SELECT * FROM users WHERE id = 1...', 'SELECT * FROM users WHERE id = ?…'],
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

test('what was uncertain because the text is cut is uncertain also when its remains are read again', () => {
  for (const text of [
    "SELECT * FROM a WHERE x = 'Jane",
    'SELECT * FROM a /* and',
    'SELECT * FROM a WHERE b = 1...',
    `SELECT * FROM a WHERE x IN (${'1, '.repeat(3000)}1)`,
    'SELECT * FROM a /*! DROP TABLE b */',
  ]) {
    for (const dialect of ['postgresql', 'mysql', 'snowflake']) {
      expect(readSql(sanitiseSql(text, { dialect }), { dialect }).certain).toBe(false);
    }
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

/** Every way to write the word as a value, by system. */
const LITERALS: Readonly<Record<string, readonly string[]>> = {
  postgresql: [
    "'JaneDoe'",
    "E'Jane\\'JaneDoe'",
    '$$JaneDoe$$',
    '$x$JaneDoe$x$',
    "N'JaneDoe'",
    "U&'JaneDoe'",
    "'a''JaneDoe'",
  ],
  mysql: ["'JaneDoe'", '"JaneDoe"', "'\\'JaneDoe'", "_utf8mb4'JaneDoe'", '"a""JaneDoe"', "x'JaneDoe'"],
  sqlite: ["'JaneDoe'", "x'JaneDoe'"],
  'microsoft.sql_server': ["'JaneDoe'", "N'JaneDoe'", "'a''JaneDoe'"],
  'oracle.db': ["'JaneDoe'", "q'[it's JaneDoe]'", "nq'!it's JaneDoe!'", "q'<JaneDoe>'"],
  clickhouse: ["'JaneDoe'", "'\\'JaneDoe'"],
  'gcp.bigquery': ["'JaneDoe'", '"JaneDoe"', '"""it\'s "JaneDoe" """', "r'JaneDoe'", "b'JaneDoe'"],
  snowflake: ["'JaneDoe'", '$$JaneDoe$$', "'\\'JaneDoe'"],
  spark: ["'JaneDoe'", '"JaneDoe"', "r'C:\\' = 'JaneDoe'", "'\\'JaneDoe'"],
  cassandra: ["'JaneDoe'", '$$JaneDoe$$', '1 // JaneDoe\n'],
  other_sql: ["'JaneDoe'", "q'[it's JaneDoe]'", '$$JaneDoe$$', "E'JaneDoe'"],
};
const NUMBERS = [
  '4155550132',
  '$4155550132',
  '-4155550132',
  '4155550132.5',
  '0x4155550132',
  '4155550132e1',
  '.4155550132',
];

test('no literal of a statement survives, whatever its form, its system and what stands around it', () => {
  const around = fc.array(
    fc.constantFrom(
      ...[
        'SELECT',
        'FROM t',
        'WHERE x =',
        '(',
        ')',
        ',',
        '/* JaneDoe */',
        '-- JaneDoe\n',
        '"n"',
        '1',
        ';',
        'a.b',
        '::text',
        '+',
        'IN (',
        '?',
        '$1',
        ':v',
      ],
    ),
    { maxLength: 12 },
  );
  const system = fc.constantFrom(...Object.keys(LITERALS));
  const literal = system.chain((name) =>
    fc.tuple(fc.constant(name), fc.constantFrom(...(LITERALS[name] ?? []), ...NUMBERS)),
  );
  fc.assert(
    fc.property(around, literal, around, (before, [dialect, value], after) => {
      const sanitised = sanitiseSql([...before, value, ...after].join(' '), { dialect });
      expect(sanitised).not.toMatch(/JaneDoe|4155550132/);
    }),
    { numRuns: 2_000 },
  );
});

test('no literal of a random statement survives', () => {
  fc.assert(
    fc.property(randomStatement, (statement) => {
      expect(sanitiseSql(statement, { dialect: 'postgresql' })).not.toMatch(
        /'[^']*FROM x|DELETE FROM y|FROM z|\bit\\'s/,
      );
    }),
    { numRuns: 500 },
  );
});
