import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SQL_CHARS_MAX } from './lex.ts';
import { readSql } from './read-sql.ts';

/** `verb | r:table w:table d:table | ?` where `?` marks an uncertain reading. */
function shown(text: string, dialect?: string): string {
  const { touches, verb, certain, exports } = readSql(text, dialect === undefined ? {} : { dialect });
  const list = touches
    .map(({ table, action }) => `${action[0]}:${[table.catalog, table.schema, table.name].filter(Boolean).join('.')}`)
    .sort();
  return [verb, ...list, ...exports.map((uri) => `>${uri}`), ...(certain ? [] : ['?'])].join(' ');
}

const TABLE: [statement: string, reading: string, dialect?: string][] = [
  // reads
  ['SELECT * FROM users', 'SELECT r:users'],
  ['select u.id from shop.users u, orders as o where u.id = o.uid', 'SELECT r:orders r:shop.users'],
  ['SELECT 1', 'SELECT'],
  ['SELECT * FROM "Users" JOIN `orders` ON 1=1', 'SELECT r:Users r:orders'],
  ['SELECT * FROM [dbo].[Users] WITH (NOLOCK)', 'SELECT r:dbo.Users', 'microsoft.sql_server'],
  ['SELECT * FROM users (NOLOCK), orders (NOLOCK)', 'SELECT r:orders r:users', 'microsoft.sql_server'],
  ['SELECT * FROM a LEFT OUTER JOIN b USING (id) CROSS JOIN c NATURAL JOIN d', 'SELECT r:a r:b r:c r:d'],
  ['SELECT * FROM (SELECT * FROM inner_t) x JOIN outer_t', 'SELECT r:inner_t r:outer_t'],
  ['SELECT * FROM (a JOIN (b JOIN c ON 1=1) ON 1=1), d', 'SELECT r:a r:b r:c r:d'],
  ['SELECT id FROM a WHERE id IN (SELECT id FROM b WHERE EXISTS (SELECT 1 FROM c))', 'SELECT r:a r:b r:c'],
  ['SELECT (SELECT max(x) FROM m) FROM t', 'SELECT r:m r:t'],
  ['SELECT extract(year FROM created), substring(x FROM 1 FOR 2), trim(both from y) FROM t', 'SELECT r:t'],
  ['SELECT * FROM a WHERE x IS DISTINCT FROM y AND z IS NOT DISTINCT FROM b', 'SELECT r:a'],
  ['SELECT * FROM generate_series(1, 3) g, unnest(ARRAY[1]) WITH ORDINALITY AS u(a, b), t', 'SELECT r:t'],
  ['SELECT * FROM t, LATERAL (SELECT * FROM u WHERE u.id = t.id) v', 'SELECT r:t r:u'],
  ['SELECT * FROM ONLY t TABLESAMPLE SYSTEM (1)', 'SELECT r:t'],
  ['SELECT * FROM a UNION ALL SELECT * FROM b EXCEPT SELECT * FROM c', 'SELECT r:a r:b r:c'],
  ['(SELECT * FROM a) UNION (SELECT * FROM b) ORDER BY 1', 'SELECT r:a r:b'],
  ['TABLE users', 'TABLE r:users'],
  ['VALUES (1, 2)', 'VALUES'],
  ['SELECT * FROM t FOR UPDATE OF t, u SKIP LOCKED', 'SELECT r:t'],
  ['SELECT * FROM t FOR SYSTEM_TIME AS OF now(), u', 'SELECT r:t r:u'],
  ['FROM users SELECT name', 'SELECT r:users', 'duckdb'],
  ['SELECT * FROM a..users, srv.db.dbo.x', 'SELECT r:a.users r:db.dbo.x', 'microsoft.sql_server'],
  ['SELECT * FROM `my-proj.ds.users` u, u.orders', 'SELECT r:my-proj.ds.users', 'gcp.bigquery'],
  ['SELECT * FROM my-proj.ds.users', 'SELECT r:my-proj.ds.users', 'gcp.bigquery'],
  ['SELECT x FROM t ARRAY JOIN xs AS x', 'SELECT r:t', 'clickhouse'],
  ['SELECT * FROM dual', 'SELECT', 'oracle.db'],
  ['DECLARE c CURSOR WITH HOLD FOR SELECT * FROM t', 'SELECT r:t'],
  ['EXPLAIN (VERBOSE) DELETE FROM t', 'EXPLAIN r:t'],
  ['EXPLAIN ANALYZE DELETE FROM t', 'EXPLAIN d:t'],
  ['EXPLAIN (ANALYZE, BUFFERS) UPDATE t SET x = 1', 'EXPLAIN w:t'],
  ['DESCRIBE users', 'DESCRIBE r:users'],
  ['SHOW TABLES FROM shop', 'SHOW'],
  // CTEs
  ['WITH x AS (SELECT * FROM a) SELECT * FROM x JOIN b', 'SELECT r:a r:b'],
  ['WITH users AS (SELECT * FROM users WHERE id = 1) SELECT * FROM users', 'SELECT r:users'],
  ['WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t JOIN base) SELECT * FROM t', 'SELECT r:base'],
  ['WITH a AS MATERIALIZED (SELECT * FROM x), b AS NOT MATERIALIZED (SELECT * FROM a) SELECT * FROM b', 'SELECT r:x'],
  ['SELECT * FROM (WITH y AS (SELECT * FROM z) SELECT * FROM y) q, y', 'SELECT r:y r:z'],
  [
    'WITH gone AS (DELETE FROM old WHERE d RETURNING *) INSERT INTO archive SELECT * FROM gone',
    'INSERT d:old r:old w:archive',
  ],
  [
    'WITH up AS (UPDATE a SET x = 1 RETURNING id) SELECT * FROM b WHERE id IN (SELECT id FROM up)',
    'SELECT r:a r:b w:a',
  ],
  ['INSERT INTO t WITH s AS (SELECT * FROM u) SELECT * FROM s', 'INSERT r:u w:t'],
  [
    'WITH d AS (SELECT *, row_number() OVER (ORDER BY 1) rn FROM users) DELETE FROM d WHERE rn > 1',
    'DELETE d:users r:users ?',
    'microsoft.sql_server',
  ],
  ['WITH (SELECT max(x) FROM m) AS top SELECT * FROM t WHERE x = top', 'SELECT r:m r:t', 'clickhouse'],
  // writes
  ["INSERT INTO users (id, name) VALUES (1, 'x')", 'INSERT w:users'],
  ['INSERT INTO a SELECT * FROM b JOIN c ON 1=1', 'INSERT r:b r:c w:a'],
  ['INSERT INTO a (x) SELECT x FROM b ON CONFLICT (x) DO UPDATE SET x = excluded.x RETURNING id', 'INSERT r:b w:a'],
  ['INSERT INTO a VALUES (1) ON DUPLICATE KEY UPDATE x = 2', 'INSERT w:a', 'mysql'],
  ['INSERT OR REPLACE INTO a VALUES (?)', 'INSERT w:a', 'sqlite'],
  ['INSERT IGNORE INTO a SET x = 1', 'INSERT w:a', 'mysql'],
  ['REPLACE INTO a VALUES (1)', 'REPLACE w:a'],
  ['UPSERT INTO a VALUES (1)', 'UPSERT w:a'],
  ['INSERT ALL INTO a VALUES (x) INTO b VALUES (y) SELECT x, y FROM c', 'INSERT r:C w:A w:B', 'oracle.db'],
  ['INSERT INTO a TABLE b', 'INSERT r:b w:a'],
  ["UPDATE users SET name = 'x' WHERE id = 1", 'UPDATE w:users'],
  [
    'UPDATE ONLY users AS u SET name = o.n FROM orders o, (SELECT * FROM z) z WHERE u.id = o.id',
    'UPDATE r:orders r:z w:users',
  ],
  ['UPDATE u SET x = 1 FROM users u JOIN orders o ON o.uid = u.id', 'UPDATE r:orders w:users', 'microsoft.sql_server'],
  ['UPDATE a JOIN b ON a.id = b.id SET b.x = a.x', 'UPDATE r:a w:b', 'mysql'],
  ['UPDATE a, b SET a.x = 1, b.y = 2 WHERE a.id = b.id', 'UPDATE w:a w:b', 'mysql'],
  ['UPDATE t SET x = (SELECT max(y) FROM m) WHERE id IN (SELECT id FROM n) RETURNING *', 'UPDATE r:m r:n r:t w:t'],
  [
    'MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET x = s.x WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)',
    'MERGE r:s w:t',
  ],
  ['MERGE t USING (SELECT * FROM s) q ON 1=1 WHEN MATCHED AND q.dead THEN DELETE', 'MERGE d:t r:s w:t'],
  ['CREATE TABLE t AS SELECT * FROM s', 'CREATE r:s w:t'],
  ['CREATE TEMP TABLE IF NOT EXISTS x.t (a, b) AS (WITH q AS (SELECT * FROM s) SELECT * FROM q)', 'CREATE r:s w:x.t'],
  ['CREATE OR REPLACE TABLE t CLONE s', 'CREATE r:S w:T', 'snowflake'],
  ['CREATE MATERIALIZED VIEW v AS SELECT * FROM s', 'CREATE r:s w:v'],
  ['SELECT a, b INTO TEMP t FROM s', 'SELECT r:s w:t'],
  ['SELECT a INTO @x FROM s', 'SELECT r:s', 'mysql'],
  ['COPY users (id, name) FROM STDIN WITH (FORMAT csv)', 'COPY w:users'],
  ['COPY INTO t FROM @stage/x', 'COPY w:T', 'snowflake'],
  ["LOAD DATA LOCAL INFILE 'x.csv' INTO TABLE t FIELDS TERMINATED BY ','", 'LOAD w:t', 'mysql'],
  ["IMPORT INTO t (a) CSV DATA ('s3://b/x')", 'IMPORT w:t'],
  ['REFRESH MATERIALIZED VIEW CONCURRENTLY v', 'REFRESH w:v ?'],
  // deletes
  ['DELETE FROM users WHERE id = 1', 'DELETE d:users'],
  ['DELETE FROM users USING orders o WHERE o.uid = users.id RETURNING users.*', 'DELETE d:users r:orders r:users'],
  ['DELETE u, o FROM users u JOIN orders o USING (id)', 'DELETE d:orders d:users', 'mysql'],
  ['DELETE users FROM users JOIN orders ON 1=1', 'DELETE d:users r:orders', 'mysql'],
  ['DELETE FROM u USING users AS u JOIN orders o ON 1=1', 'DELETE d:users r:orders', 'mysql'],
  ['DELETE TOP (5) FROM users', 'DELETE d:users', 'microsoft.sql_server'],
  ['DELETE users WHERE id = 1', 'DELETE d:users'],
  ['DELETE phone, email FROM users WHERE id = 1', 'DELETE d:users', 'cassandra'],
  ['TRUNCATE TABLE ONLY a, b RESTART IDENTITY CASCADE', 'TRUNCATE d:a d:b'],
  ['TRUNCATE users', 'TRUNCATE d:users'],
  ['DROP TABLE IF EXISTS a, x.b CASCADE', 'DROP d:a d:x.b'],
  ['DROP SCHEMA shop CASCADE', 'DROP d:shop.*'],
  ['DROP DATABASE shop', 'DROP d:shop.*'],
  ['DROP INDEX ix', 'DROP'],
  ['ALTER TABLE t DELETE WHERE id = 1', 'ALTER d:t', 'clickhouse'],
  ['ALTER TABLE t ON CLUSTER c UPDATE x = 1 WHERE 1', 'ALTER w:t', 'clickhouse'],
  ['ALTER TABLE t DROP PARTITION 202611', 'ALTER d:t'],
  // out of the database
  ["COPY users TO 's3://bucket/x.csv'", 'COPY r:users >s3://bucket/x.csv'],
  ['COPY (SELECT * FROM a JOIN b ON 1=1) TO STDOUT', 'COPY r:a r:b'],
  ["COPY t TO PROGRAM 'curl'", 'COPY r:t ?'],
  ["COPY INTO 's3://bucket/out' FROM t", 'COPY r:T >s3://bucket/out', 'snowflake'],
  ["UNLOAD ('SELECT * FROM users') TO 's3://bucket/u'", 'UNLOAD r:users >s3://bucket/u', 'aws.redshift'],
  ["SELECT * INTO OUTFILE '/tmp/x' FROM t", 'SELECT r:t >/tmp/x', 'mysql'],
  ["EXPORT DATA OPTIONS (uri = 'gs://b/x', format = 'CSV') AS SELECT * FROM ds.t", 'EXPORT r:ds.t', 'gcp.bigquery'],
  // neither
  ['BEGIN', 'BEGIN'],
  ['COMMIT', 'COMMIT'],
  ['SET search_path TO shop', 'SET'],
  [
    "CREATE TABLE t (id int PRIMARY KEY, x text DEFAULT 'a', FOREIGN KEY (id) REFERENCES u (id) ON DELETE CASCADE)",
    'CREATE',
  ],
  ['CREATE VIEW v AS SELECT * FROM t', 'CREATE'],
  ['CREATE VIEW v AS (SELECT * FROM t)', 'CREATE'],
  ['CREATE INDEX ON t (x)', 'CREATE'],
  ['ALTER TABLE t ADD COLUMN x int', 'ALTER'],
  ['GRANT SELECT, INSERT ON t TO jane', 'GRANT'],
  ['CREATE TRIGGER tr AFTER DELETE ON t BEGIN INSERT INTO log VALUES (1); DELETE FROM x; END;', 'CREATE'],
  ['ALTER PROCEDURE p AS BEGIN DELETE FROM t; UPDATE u SET x = 1; END', 'ALTER'],
  [
    'CREATE FUNCTION f() RETURNS int AS $$ SELECT 1 $$ LANGUAGE sql; BEGIN; DELETE FROM t; COMMIT',
    'CREATE d:t',
    'postgresql',
  ],
  ['CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END; DELETE FROM t', 'CREATE ?', 'sqlite'],
  ['PRAGMA table_info(t)', 'PRAGMA', 'sqlite'],
  ['VACUUM t', 'VACUUM'],
  ['', ''],
  ['-- nothing', ''],
  // several statements
  ['BEGIN; UPDATE a SET x = 1; DELETE FROM b; COMMIT', 'UPDATE d:b w:a'],
  ['SELECT * FROM a; SELECT * FROM b;', 'SELECT r:a r:b'],
  [
    'DECLARE @x INT = 1 SELECT * FROM a DELETE FROM b INSERT INTO c VALUES (1)',
    'SELECT d:b r:a w:c',
    'microsoft.sql_server',
  ],
  [
    'IF EXISTS (SELECT 1 FROM a) UPDATE b SET x = 1 ELSE INSERT INTO c VALUES (1)',
    'UPDATE r:a w:b w:c',
    'microsoft.sql_server',
  ],
  // quoting, comments, dollars
  ['SELECT /* FROM x */ * FROM users -- FROM y', 'SELECT r:users'],
  ["/*controller='users'*/ SELECT * FROM users /*traceparent='00-x'*/", 'SELECT r:users'],
  ["SELECT 'it''s FROM x' FROM users", 'SELECT r:users'],
  ["SELECT E'it\\'s FROM x' FROM users", 'SELECT r:users', 'postgresql'],
  ["SELECT 'it\\'s FROM x' FROM users", 'SELECT r:users', 'mysql'],
  ['SELECT $tag$ FROM x; DROP TABLE y $tag$ FROM users WHERE id = $1', 'SELECT r:users'],
  ['SELECT "FROM x" FROM users', 'SELECT r:users'],
  ['SELECT * FROM "a.b"."c""d"', 'SELECT r:a.b.c"d'],
  ['SELECT a::text, b[1], :name FROM t # trailing', 'SELECT r:t', 'mysql'],
  ['SELECT * FROM Users', 'SELECT r:users', 'postgresql'],
  ['SELECT * FROM "Users"', 'SELECT r:Users', 'postgresql'],
  ['SELECT * FROM "Users"', 'SELECT r:users', 'sqlite'],
  ['/* a /* nested */ still */ SELECT * FROM t', 'SELECT r:t', 'postgresql'],
  // not certain, never a silent read
  ['CALL erase_person(1)', 'CALL ?'],
  ['EXEC dbo.Purge', 'EXEC ?', 'microsoft.sql_server'],
  ['DO $$ BEGIN DELETE FROM t; END $$', 'DO ?'],
  ['EXECUTE prepared_1', 'EXECUTE ?'],
  ['FETCH 10 FROM c', 'FETCH ?'],
  ['INSERT INTO c EXEC dbo.All', 'INSERT w:c ?', 'microsoft.sql_server'],
  ["SELECT * FROM read_csv('x.csv')", 'SELECT ?', 'duckdb'],
  ["SELECT * FROM 'people.parquet'", 'SELECT ?', 'duckdb'],
  ['SELECT * FROM $1', 'SELECT ?'],
  ['GIBBERISH all the way', 'GIBBERISH ?'],
  ["SELECT * FROM t WHERE x = 'open", 'SELECT r:t ?'],
  ['SELECT * FROM (SELECT * FROM t', 'SELECT r:t ?'],
  ['/*!40000 DROP TABLE x */', ' ?', 'mysql'],
  ["SELECT 'it\\'s' FROM t", 'SELECT ?'],
];

describe('what a statement touches', () => {
  test.each(TABLE)('%s', (statement, reading, dialect) => {
    expect(shown(statement, dialect)).toBe(reading);
  });

  test('the table is long enough to mean something', () => expect(TABLE.length).toBeGreaterThan(120));
});

const piece = fc.oneof(
  fc.constantFrom(
    ...'SELECT FROM WITH AS INSERT INTO DELETE UPDATE SET MERGE USING ( ) , ; . * \' " ` [ ] $$ $a$ -- /* */ :: ? @x #t EXPLAIN COPY TO CREATE TABLE DROP a.b users u 1 0x1f RECURSIVE RETURNING JOIN ON LATERAL VALUES UNLOAD ALTER DECLARE FOR'.split(
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

  test('costs time in proportion to its length', () => {
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
    ];
    for (const unit of units) {
      for (const dialect of ['postgresql', 'mysql', undefined]) {
        const text = `SELECT * FROM t ${unit.repeat(SQL_CHARS_MAX / unit.length)}`;
        const start = performance.now();
        readSql(text, dialect === undefined ? {} : { dialect });
        expect(performance.now() - start, unit).toBeLessThan(1_000);
      }
    }
  });

  test('longer than the bound is never certain', () => {
    expect(readSql(`SELECT * FROM t WHERE x IN (${'1,'.repeat(SQL_CHARS_MAX)}1)`).certain).toBe(false);
  });
});
