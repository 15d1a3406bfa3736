import type { StatementCase } from './statement-case.ts';

/** Statements of one kind, and what goes wrong with them. */
interface Group {
  readonly why: string;
  /** `db.system.name` → statement → how it must be read; `sql` for a system that is not told. */
  readonly cases: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Statements that were once read wrongly, by us or by another reader, each group with its reason. They came out of
 * reading some 28,000 public statements (test suites of parsers and linters, output of object mappers) beside a second
 * parser; what stands here was written anew.
 */
export const HARD_GROUPS: readonly Group[] = [
  {
    why: 'A table may have the name of a clause: passed for a statement without a table',
    cases: {
      postgresql: {
        'SELECT * FROM settings WHERE owner = $1': 'SELECT r:settings',
        'UPDATE settings SET dark = true': 'UPDATE w:settings',
        'INSERT INTO settings (a) VALUES (1)': 'INSERT w:settings',
        'DELETE FROM format': 'DELETE d:format',
        'SELECT * FROM output o JOIN "window" w ON w.id = o.id': 'SELECT r:output r:window',
        'SELECT * FROM a, settings, partition': 'SELECT r:a r:partition r:settings',
        'SELECT * FROM shop.values': 'SELECT r:shop.values',
      },
      mysql: {
        'UPDATE settings SET x = 1': 'UPDATE w:settings',
        'DELETE FROM settings WHERE id = ?': 'DELETE d:settings',
        'SELECT * FROM format f JOIN settings s ON s.id = f.id': 'SELECT r:format r:settings',
      },
      clickhouse: {
        'SELECT * FROM settings FINAL SETTINGS max_threads = 1': 'SELECT r:settings',
        'SELECT * FROM t SETTINGS a = 1, b = 2 FORMAT JSON': 'SELECT r:t',
      },
    },
  },
  {
    why: 'Instrumentations cut statements, and a cut one may hide anything',
    cases: {
      sql: {
        'SELECT * FROM': 'SELECT ?',
        'DELETE FROM': 'DELETE ?',
        'INSERT INTO': 'INSERT ?',
        UPDATE: 'UPDATE ?',
        'SELECT * FROM a JOIN': 'SELECT r:a ?',
        'SELECT * FROM a, ': 'SELECT r:a ?',
        'MERGE INTO t USING': 'MERGE w:t ?',
        'SELECT * FROM users WHERE id IN (SELECT': 'SELECT r:users ?',
        'SELECT * FROM users...': 'SELECT ?',
        'SELECT * FROM users…': 'SELECT r:users ?',
        'SELECT * FROM users WHERE name = $1 ...': 'SELECT r:users ?',
        'SELECT * FROM a; DELETE FR...': 'SELECT r:a ?',
        'SELECT t0.id, t0.name, t0.ema': 'SELECT ?',
        'SELECT id, name, email': 'SELECT ?',
        'SELECT *': 'SELECT ?',
        'SELECT "u"."id" AS "u_id", "u"."na': 'SELECT ?',
        'SELECT `u`.`id`, `u`.`name`': 'SELECT ?',
        'SELECT DISTINCT name': 'SELECT ?',
        'SELECT a + b': 'SELECT ?',
      },
    },
  },
  {
    why: 'What needs no table is no cut statement',
    cases: {
      sql: {
        'SELECT 1 AS one': 'SELECT',
        'SELECT $1::int, ?, :name, @p0': 'SELECT',
        'SELECT CURRENT_TIMESTAMP, current_user, TRUE, NULL': 'SELECT',
        'SELECT 1 + 1 AS two, CURRENT_DATE - INTERVAL 1 DAY': 'SELECT',
        "SELECT DATE '2026-01-01', 'x' AS y": 'SELECT',
        'SELECT CASE WHEN 1 = 1 THEN 2 ELSE 3 END': 'SELECT',
        'SELECT EXISTS (SELECT 1 FROM users WHERE id = 1)': 'SELECT r:users',
      },
      postgresql: {
        'SELECT ARRAY[1, 2], ROW(1, 2)': 'SELECT',
        'SELECT shop.ids.nextval': 'SELECT',
        "SELECT set_config('app.user', $1, true)": 'SELECT',
      },
      'microsoft.sql_server': {
        'SELECT @@IDENTITY, @@ROWCOUNT': 'SELECT',
        'SELECT total = @n, NEXT VALUE FOR ids': 'SELECT',
        'SELECT SCOPE_IDENTITY()': 'SELECT',
      },
      mysql: { 'SELECT @@version_comment LIMIT 1': 'SELECT', 'SELECT SQL_NO_CACHE 1': 'SELECT' },
      clickhouse: { 'WITH 1 AS x SELECT x': 'SELECT' },
      'gcp.bigquery': { 'DECLARE x INT64 DEFAULT 1; SELECT x': 'SELECT' },
    },
  },
  {
    why: 'A name may be filled in elsewhere: it is no table, and the next word is none either',
    cases: {
      sql: {
        'SELECT * FROM %s WHERE id = %s': 'SELECT ?',
        'SELECT * FROM <table> WHERE id = 1': 'SELECT ?',
        'SELECT * FROM ... WHERE id = 1': 'SELECT ?',
        'SELECT * FROM {table} WHERE id = 1': 'SELECT ?',
        'SELECT * FROM ? WHERE id = ?': 'SELECT ?',
        'SELECT * FROM :table': 'SELECT ?',
        'SELECT * FROM @table': 'SELECT ?',
        'INSERT INTO %s VALUES (%s)': 'INSERT ?',
        'UPDATE %s SET a = 1': 'UPDATE ?',
        'DELETE FROM ? WHERE id = 1': 'DELETE ?',
        'SELECT ... FROM users WHERE ...': 'SELECT ?',
        'INSERT INTO t (...) VALUES (...)': 'INSERT w:t',
        'SELECT * FROM users WHERE id IN (?, ?, ...)': 'SELECT r:users',
        'SELECT * FROM users WHERE id IN (…)': 'SELECT r:users',
        'SELECT * FROM users WHERE email = %(email)s AND age > %(age)s': 'SELECT r:users',
      },
      snowflake: {
        "SELECT * FROM TABLE('db.public.t')": 'SELECT ?',
        'SELECT * FROM TABLE($1)': 'SELECT ?',
        "INSERT INTO IDENTIFIER('db.public.t') VALUES (1)": 'INSERT ?',
        'INSERT INTO identifier (a, b) VALUES (1, 2)': 'INSERT w:IDENTIFIER',
        'DROP TABLE IDENTIFIER(:1)': 'DROP ?',
        'SELECT * FROM @~/some/file.csv': 'SELECT ?',
        'SELECT * FROM @"mystage"': 'SELECT ?',
      },
      mysql: { 'SELECT * FROM shop.2024_orders': 'SELECT ?', 'SELECT * FROM 2024_orders': 'SELECT ?' },
      'gcp.bigquery': {
        'SELECT * FROM shop.events_*': 'SELECT ?',
        'SELECT * FROM my-project-1.shop.users': 'SELECT ?',
      },
      duckdb: { 'SELECT * FROM u: users': 'SELECT ?', 'SELECT * FROM u:users': 'SELECT ?' },
    },
  },
  {
    why: 'T-SQL needs no semicolons: what follows passed for the end of what was before',
    cases: {
      'microsoft.sql_server': {
        'SELECT * FROM a DELETE b WHERE x = 1': 'SELECT d:b r:a',
        'SELECT * FROM a INSERT b VALUES (1)': 'SELECT r:a w:b',
        'SELECT * FROM a UPDATE b SET x = 1': 'SELECT r:a w:b',
        'SELECT * FROM a MERGE b USING c ON b.id = c.id WHEN MATCHED THEN DELETE;': 'SELECT d:b r:a r:c w:b',
        'SELECT * FROM a INNER MERGE JOIN b ON a.id = b.id': 'SELECT r:a r:b',
        'SELECT * FROM a TRUNCATE TABLE b': 'SELECT d:b r:a',
        'COMMIT TRAN DELETE FROM t': 'DELETE d:t',
        "WAITFOR DELAY '00:00:01' DELETE FROM t": 'DELETE d:t',
        "RAISERROR ('x', 16, 1) UPDATE t SET a = 1": 'UPDATE w:t',
        'CLOSE c DEALLOCATE c INSERT t VALUES (1)': 'INSERT w:t',
        'UPDATE a SET x = 1 SELECT * INTO archive FROM b': 'UPDATE r:b w:a w:archive',
        'DELETE a WHERE x = 1 SELECT @@ROWCOUNT': 'DELETE d:a',
        'INSERT t SELECT * FROM a UNION ALL SELECT * FROM b': 'INSERT r:a r:b w:t',
        'GRANT SELECT ON a TO b\nGO\nDELETE FROM c': 'DELETE d:c',
        'GRANT DELETE, EXECUTE ON a TO b': 'GRANT',
        'CREATE INDEX ix ON t (a) DELETE FROM t WHERE a IS NULL': 'CREATE d:t',
        'CREATE TABLE #t (id int) INSERT INTO #t SELECT id FROM Users SELECT * FROM #t DELETE FROM Users':
          'CREATE d:Users r:Users',
        'CREATE TABLE #t (id int) SELECT * FROM Users': 'CREATE r:Users',
        'INSERT TOP (5) INTO t SELECT * FROM a': 'INSERT r:a w:t',
        'IF @n > 0 BEGIN DELETE a END ELSE BEGIN UPDATE b SET x = 1 END': 'DELETE d:a w:b',
      },
    },
  },
  {
    why: 'A routine that is defined runs nothing, wherever its body ends',
    cases: {
      'microsoft.sql_server': {
        'CREATE OR ALTER PROCEDURE p AS BEGIN DELETE FROM t; UPDATE u SET x = 1; END': 'CREATE',
        'CREATE PROCEDURE p AS DELETE FROM t; DELETE FROM u': 'CREATE',
        'CREATE TRIGGER tr ON t AFTER DELETE AS INSERT log SELECT * FROM deleted': 'CREATE',
        'CREATE PROC p AS SELECT 1\nGO\nDELETE FROM t': 'CREATE ?',
      },
      postgresql: {
        'CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)': 'CREATE',
        'DROP FUNCTION delete_person(int)': 'DROP',
      },
      teradata: { 'REPLACE VIEW v AS SELECT * FROM t': 'REPLACE' },
      'gcp.bigquery': { 'CREATE TABLE FUNCTION d.f(x INT64) AS SELECT * FROM d.t WHERE id = x': 'CREATE' },
    },
  },
  {
    why: 'The changed table may be named by an alias, a column or through a query',
    cases: {
      'microsoft.sql_server': {
        "UPDATE u SET u.name = 'x' FROM users u": 'UPDATE w:users',
        'UPDATE u SET u.n = o.n FROM users u JOIN orders o ON o.uid = u.id': 'UPDATE r:orders w:users',
        'UPDATE dbo.users SET users.n = 1 FROM dbo.users JOIN dbo.orders ON 1 = 1':
          'UPDATE r:dbo.orders r:dbo.users w:dbo.users',
        'WITH c AS (SELECT * FROM users) UPDATE x SET n = 1 FROM c x': 'UPDATE r:users w:users ?',
        'WITH c AS (SELECT * FROM users) DELETE x FROM c x WHERE n = 1': 'DELETE d:users r:users ?',
        'DELETE x FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY id) rn FROM users) x WHERE rn > 1':
          'DELETE d:users r:users ?',
        'UPDATE x SET n = 1 FROM (SELECT * FROM users) x': 'UPDATE r:users w:users ?',
        'UPDATE x SET n = 1 FROM (SELECT u.n FROM users u JOIN orders o ON 1 = 1) x':
          'UPDATE r:orders r:users w:orders w:users ?',
        'INSERT INTO OPENQUERY(srv, $1) VALUES (1)': 'INSERT ?',
      },
      mysql: {
        'UPDATE shop.a JOIN shop.b ON a.id = b.id SET b.x = 1': 'UPDATE r:shop.a w:shop.b',
        'UPDATE shop.a JOIN shop.b ON a.id = b.id SET shop.b.x = 1': 'UPDATE r:shop.a w:shop.b',
        'DELETE orders FROM shop.users JOIN shop.orders ON users.id = orders.uid': 'DELETE d:shop.orders r:shop.users',
        'DELETE users FROM shop.users WHERE id = 1': 'DELETE d:shop.users',
        'DELETE shop.users FROM shop.users JOIN shop.orders ON 1 = 1': 'DELETE d:shop.users r:shop.orders',
      },
      postgresql: {
        'UPDATE users SET n = 1 FROM shop.users WHERE true': 'UPDATE r:shop.users w:users',
        'WITH users AS (SELECT 1) SELECT * FROM "Users"': 'SELECT r:Users',
        'UPDATE "U" SET n = 1 FROM x AS u': 'UPDATE r:x w:U',
      },
      'oracle.db': { 'UPDATE emp SET n = 1 WHERE id = :1 RETURNING n INTO x': 'UPDATE r:EMP w:EMP' },
      'ibm.db2': {
        'SELECT id FROM FINAL TABLE (INSERT INTO t (a) VALUES (1))': 'SELECT w:T',
        'SELECT id FROM OLD TABLE (DELETE FROM t WHERE x = 1)': 'SELECT d:T r:T',
        'SELECT id FROM NEW TABLE (UPDATE t SET a = 1)': 'SELECT r:T w:T',
      },
      'gcp.spanner': { 'DELETE FROM t WHERE TRUE THEN RETURN *': 'DELETE d:t r:t' },
      cockroachdb: { 'SELECT * FROM [DELETE FROM t RETURNING id]': 'SELECT d:t r:t ?' },
      firebirdsql: { 'UPDATE OR INSERT INTO t (a) VALUES (1) MATCHING (a)': 'UPDATE w:T' },
      databricks: {
        'MERGE WITH SCHEMA EVOLUTION INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *': 'MERGE r:s w:t',
      },
    },
  },
  {
    why: 'A bracket may hold more than its first query',
    cases: {
      sql: {
        'SELECT * FROM ((SELECT id FROM a) UNION SELECT id FROM b) x': 'SELECT r:a r:b',
        'SELECT * FROM c WHERE id IN ((SELECT id FROM a) UNION ALL SELECT id FROM b)': 'SELECT r:a r:b r:c',
        'SELECT ((SELECT max(x) FROM a) EXCEPT SELECT y FROM b) FROM c': 'SELECT r:a r:b r:c',
        'CREATE TABLE t AS ((SELECT 1 FROM a) UNION SELECT 2 FROM b)': 'CREATE r:a r:b w:t',
        'INSERT INTO t ((SELECT * FROM a) UNION SELECT * FROM b)': 'INSERT r:a r:b w:t',
        'WITH x AS (SELECT * FROM a) (SELECT * FROM x UNION SELECT * FROM b) ORDER BY 1': 'SELECT r:a r:b',
        'VALUES (1) UNION ALL SELECT 2 UNION ALL TABLE a': 'VALUES r:a',
      },
      duckdb: {
        'SELECT * FROM a WHERE EXISTS (FROM b WHERE b.id = a.id)': 'SELECT r:a r:b',
        'CREATE TABLE t AS (FROM s SELECT x)': 'CREATE r:s w:t',
        'WITH x AS (FROM s) FROM x': 'SELECT r:s',
        'SELECT * FROM (DESCRIBE t)': 'SELECT ?',
        'SELECT * FROM (PIVOT c ON y USING sum(n))': 'SELECT ?',
      },
    },
  },
  {
    why: 'A common table expression may see itself, and may be defined in more ways than one',
    cases: {
      'microsoft.sql_server': {
        'WITH t AS (SELECT id FROM emp UNION ALL SELECT e.id FROM emp e JOIN t ON t.id = e.boss) SELECT * FROM t':
          'SELECT r:emp',
        "WITH XMLNAMESPACES ('u' AS ns), c AS (SELECT * FROM t) SELECT * FROM c": 'SELECT r:t',
      },
      'oracle.db': {
        'WITH t (id) AS (SELECT id FROM emp UNION ALL SELECT e.id FROM emp e JOIN t ON t.id = e.boss) SELECT * FROM t':
          'SELECT r:EMP',
        'WITH t AS ((SELECT id FROM emp) UNION ALL (SELECT id FROM t)) SELECT * FROM t': 'SELECT r:EMP',
      },
      postgresql: {
        'WITH t AS (SELECT id FROM emp UNION ALL SELECT id FROM t) SELECT * FROM t': 'SELECT r:emp r:t',
        'CREATE TABLE foo AS WITH foo AS (SELECT * FROM bar) SELECT * FROM foo': 'CREATE r:bar w:foo',
      },
      snowflake: { 'WITH t (SELECT * FROM a) SELECT * FROM t': 'SELECT r:A' },
      clickhouse: {
        "WITH toDate('x') AS d, c AS (SELECT * FROM a) SELECT * FROM c": 'SELECT r:a',
        'SELECT a FROM x UNION ALL WITH c AS (SELECT * FROM d) SELECT * FROM c': 'SELECT r:d r:x',
      },
      spark: { 'WITH c AS (SELECT * FROM a) CREATE TABLE t AS SELECT * FROM c': 'CREATE r:a w:t' },
      trino: { 'WITH FUNCTION f(x int) RETURNS int RETURN x SELECT f(a) FROM t': ' ?' },
    },
  },
  {
    why: 'A comma does not always lead to a table',
    cases: {
      spark: {
        'SELECT * FROM t LATERAL VIEW explode(m) x AS k, v': 'SELECT r:t',
        'SELECT * FROM t DISTRIBUTE BY a, b SORT BY c, d': 'SELECT r:t',
        'SELECT * FROM t CLUSTER BY a, b': 'SELECT r:t',
      },
      clickhouse: {
        'SELECT * FROM t ARRAY JOIN xs AS x, ys AS y': 'SELECT r:t',
        'SELECT * FROM a JOIN b USING id, name': 'SELECT r:a r:b',
        'SELECT * APPLY(sum) FROM t': 'SELECT r:t',
      },
      'gcp.bigquery': {
        'FROM d.t |> EXTEND a AS b, c AS d |> AGGREGATE SUM(d) AS s, COUNT(*) AS n': 'SELECT r:d.t',
        'FROM d.t |> JOIN d.u USING (id)': 'SELECT r:d.t r:d.u',
      },
      'aws.redshift': {
        'SELECT o FROM customers AS c, c.orders AS o, o.lines AS l': 'SELECT r:customers',
        'SELECT * FROM shop.shop, shop.users': 'SELECT r:shop.shop r:shop.users',
      },
      'microsoft.sql_server': {
        'SELECT * FROM t FOR SYSTEM_TIME FROM @a TO @b, u': 'SELECT r:t r:u',
        "SELECT * FROM t FOR JSON PATH, ROOT('x')": 'SELECT r:t',
        "SELECT x.c.value('.', 'int') FROM t CROSS APPLY t.doc.nodes('/a') AS x(c)": 'SELECT r:t',
      },
      trino: { 'SELECT * FROM t FOR VERSION AS OF 1, u': 'SELECT r:t r:u' },
      'oracle.db': { 'SELECT NTH_VALUE(x, 2) FROM FIRST OVER (ORDER BY y) FROM t': 'SELECT r:T' },
      mysql: { "UPDATE t FOR PORTION OF p FROM '2024' TO '2025' SET a = 1": 'UPDATE w:t' },
    },
  },
  {
    why: 'A change of structure may move or remove rows',
    cases: {
      postgresql: {
        'ALTER TABLE a SET SCHEMA other': 'ALTER d:a r:a w:other.a',
        'ALTER SCHEMA a RENAME TO b': 'ALTER d:a.* r:a.* w:b.*',
        'ALTER MATERIALIZED VIEW a RENAME TO b': 'ALTER d:a r:a w:b',
        'DROP SCHEMA IF EXISTS a, b CASCADE': 'DROP d:a.* d:b.*',
        'DROP OWNED BY jane': 'DROP ?',
        'CREATE TABLE t (c) AS VALUES (1), (2)': 'CREATE w:t',
        'CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED)': 'CREATE',
      },
      mysql: {
        'ALTER TABLE a RENAME b': 'ALTER d:a r:a w:b',
        'ALTER TABLE a ADD COLUMN x int, RENAME TO b': 'ALTER d:a r:a w:b',
        'ALTER TABLE a RENAME COLUMN x TO y, RENAME INDEX i TO j': 'ALTER',
        'ALTER TABLE a DISCARD TABLESPACE': 'ALTER d:a',
        'ALTER TABLE a DROP INDEX i, TRUNCATE PARTITION p': 'ALTER d:a',
        'DROP TABLES a, b': 'DROP d:a d:b',
      },
      mariadb: {
        'ANALYZE DELETE FROM t': 'ANALYZE d:t',
        'ANALYZE FORMAT=JSON UPDATE t SET x = 1': 'ANALYZE w:t',
        'ANALYZE TABLE t': 'ANALYZE',
      },
      'oracle.db': {
        'DROP DATABASE LINK remote': 'DROP',
        'DROP USER shop CASCADE': 'DROP ?',
        'LOCK TABLE t IN SHARE UPDATE MODE': 'LOCK',
      },
      'microsoft.sql_server': {
        'ALTER SCHEMA dest TRANSFER src.t': 'ALTER d:src.t r:src.t w:dest.t',
        'DROP DATABASE SCOPED CREDENTIAL x': 'DROP',
        'DROP DATABASE a, b': 'DROP d:a.* d:b.*',
      },
      clickhouse: {
        "ALTER TABLE t ADD COLUMN c Int8, DROP PARTITION 'x'": 'ALTER d:t',
        'ALTER TABLE t UPDATE a = 1 WHERE b, DELETE WHERE c': 'ALTER d:t w:t',
        "ALTER TABLE t DROP PART 'x'": 'ALTER d:t',
        'CREATE MATERIALIZED VIEW v TO t AS SELECT * FROM s': 'CREATE r:s w:t',
        'TRUNCATE ALL TABLES FROM shop': 'TRUNCATE d:shop.*',
        "TRUNCATE TABLES FROM shop LIKE 'x%'": 'TRUNCATE d:shop.* ?',
        'CREATE TABLE t (a String, PROJECTION p (SELECT a GROUP BY a)) ENGINE = MergeTree': 'CREATE',
      },
      hive: { "ALTER TABLE t DROP IF EXISTS PARTITION (d = '1')": 'ALTER d:t' },
      spark: {
        'ALTER TABLE t DROP PARTITION FIELD d': 'ALTER',
        'DROP NAMESPACE a.b CASCADE': 'DROP d:a.b.*',
      },
      snowflake: {
        "CREATE DYNAMIC TABLE t TARGET_LAG = '1 minute' WAREHOUSE = w AS SELECT * FROM s": 'CREATE r:S w:T',
        'ALTER ICEBERG TABLE a RENAME TO b': 'ALTER d:A r:A w:B',
        'ALTER DYNAMIC TABLE t REFRESH': 'ALTER w:T ?',
        'CREATE SECURE MATERIALIZED VIEW v AS SELECT * FROM s': 'CREATE r:S w:V',
      },
      trino: { 'ALTER TABLE t EXECUTE optimize': 'ALTER w:t ?' },
    },
  },
  {
    why: 'Rows enter and leave in many ways',
    cases: {
      'gcp.bigquery': { "LOAD DATA OVERWRITE d.t FROM FILES (format = 'CSV')": 'LOAD w:d.t' },
      'aws.athena': {
        "UNLOAD (SELECT * FROM t WHERE a < ?) TO 's3://b/x' WITH (format = 'PARQUET')": 'UNLOAD r:t >s3://b/x',
      },
      'sap.hana': {
        'EXPORT "S"."T" AS PARQUET INTO \'/x\'': 'EXPORT ?',
        "IMPORT FROM CSV FILE '/x.csv' INTO t": 'IMPORT ?',
        'SELECT 1 FROM dummy': 'SELECT r:DUMMY',
      },
      exasol: { "EXPORT t INTO CSV AT 'https://example.com' FILE 'x.csv'": 'EXPORT ?' },
      'ibm.db2': { 'SELECT 1 FROM SYSIBM.SYSDUMMY1': 'SELECT', 'LOAD FROM x.del OF DEL REPLACE INTO t': 'LOAD ?' },
      databricks: {
        'APPLY CHANGES INTO live.t FROM STREAM(live.s) KEYS (id)': 'APPLY ?',
        'SELECT * FROM STREAM t': 'SELECT r:t',
      },
      trino: { "SELECT * FROM TABLE(pg.system.query(query => 'DELETE FROM t'))": 'SELECT ?' },
      teradata: { 'LOCKING ROW FOR ACCESS SELECT a FROM t': 'SELECT r:t' },
    },
  },
  {
    why: 'Rows behind a statement are no statements',
    cases: {
      postgresql: {
        'COPY t FROM STDIN;\n1\tJane; DELETE FROM orders\n\\.': 'COPY w:t ?',
        'COPY t (a, b) FROM STDIN WITH (FORMAT csv)': 'COPY w:t',
      },
      clickhouse: {
        'INSERT INTO t FORMAT CSV\n1,Jane; DELETE FROM x': 'INSERT w:t',
        'INSERT INTO t SELECT * FROM u FORMAT Null': 'INSERT r:u w:t',
        "INSERT INTO t FROM INFILE 'x.csv' FORMAT CSV": 'INSERT w:t',
      },
    },
  },
  {
    why: 'A function may do what no clause of the statement says',
    cases: {
      postgresql: {
        'SELECT delete_user(id) FROM people': 'SELECT r:people ?',
        'INSERT INTO log (x) SELECT erase_row(id) FROM people': 'INSERT r:people w:log ?',
        "SELECT dblink_exec('srv', $1) FROM people": 'SELECT r:people ?',
        "SELECT http_post('https://example.com', row_to_json(p)::text) FROM people p": 'SELECT r:people ?',
        "SELECT lo_export(image, '/tmp/x') FROM people": 'SELECT r:people ?',
        "SELECT query_to_xml('SELECT * FROM x', true, true, '') FROM people": 'SELECT r:people ?',
        "SELECT jsonb_set(doc, '{a}', '1'), array_remove(tags, 'x') FROM people": 'SELECT r:people',
        'SELECT similarity(name, $1) FROM people': 'SELECT r:people',
        'SELECT * FROM people WHERE updated(x) = 1': 'SELECT r:people',
      },
      mysql: {
        "SELECT INSERT(name, 1, 2, 'x'), REPLACE(name, 'a', 'b'), UPDATEXML(d, '/a', 'b') FROM people":
          'SELECT r:people',
        "SELECT LOAD_FILE('/etc/passwd') FROM people": 'SELECT r:people ?',
      },
      sqlite: { "SELECT writefile('x', doc) FROM people": 'SELECT r:people ?' },
    },
  },
  {
    why: 'Where a name without a schema is, an earlier statement may have said',
    cases: {
      postgresql: {
        'SET search_path TO shop; SELECT * FROM users': 'SELECT r:users ?',
        "SET LOCAL search_path = 'shop'; SELECT * FROM users": 'SELECT r:users ?',
        'SET LOCAL statement_timeout = 5; SELECT * FROM users': 'SELECT r:users',
      },
      'oracle.db': { 'ALTER SESSION SET CURRENT_SCHEMA = shop; SELECT * FROM users': 'ALTER r:USERS ?' },
      'ibm.db2': { 'SET CURRENT SCHEMA = shop; SELECT * FROM users': 'SELECT r:USERS ?' },
    },
  },
  {
    why: 'The same table has one name, however its database compares names',
    cases: {
      spark: {
        'SELECT * FROM Shop.Users': 'SELECT r:shop.users',
        'SELECT * FROM `Shop`.`Users`': 'SELECT r:shop.users',
      },
      trino: { 'SELECT * FROM "Shop"."Users"': 'SELECT r:shop.users' },
      'aws.redshift': { 'SELECT * FROM "Users"': 'SELECT r:users' },
      yugabytedb: { 'SELECT * FROM Users': 'SELECT r:users', 'SELECT * FROM "Users"': 'SELECT r:Users' },
      h2database: { 'SELECT * FROM users, "users"': 'SELECT r:USERS r:users' },
      tidb: { 'SELECT * FROM `Users` WHERE n = "FROM x"': 'SELECT r:Users' },
      mysql: { 'SELECT * FROM Users': 'SELECT r:Users' },
      cassandra: { 'SELECT * FROM Ks.Users': 'SELECT r:ks.users', 'SELECT * FROM "Ks"."Users"': 'SELECT r:Ks.Users' },
      postgresql: { 'SELECT * FROM U&"d\\0061ta"': 'SELECT r:data', 'SELECT * FROM "a.b"."c.d"': 'SELECT r:a.b.c.d' },
    },
  },
  {
    why: 'What object mappers write every day',
    cases: {
      postgresql: {
        // Prisma
        'SELECT "public"."User"."id" FROM "public"."User" LEFT JOIN "public"."Order" AS "j1" ON ("j1"."userId") = ("public"."User"."id") WHERE 1=1 OFFSET $1':
          'SELECT r:public.Order r:public.User',
        // Drizzle
        'insert into "users" ("id", "name") values (default, $1) on conflict ("id") do update set "name" = $2 returning "id"':
          'INSERT w:users',
        // TypeORM
        'SELECT DISTINCT "d"."u_id" AS "ids" FROM (SELECT "u"."id" AS "u_id" FROM "user" "u" LEFT JOIN "photo" "p" ON "p"."userId"="u"."id") "d" ORDER BY "u_id" ASC LIMIT 10':
          'SELECT r:photo r:user',
        // Sequelize
        'SELECT "User".*, "Posts"."id" AS "Posts.id" FROM (SELECT "id" FROM "Users" AS "User" LIMIT 1) AS "User" LEFT OUTER JOIN "Posts" AS "Posts" ON "User"."id" = "Posts"."UserId"':
          'SELECT r:Posts r:Users',
        // Django
        'SELECT (1) AS "a" FROM "auth_user" WHERE "auth_user"."username" = %s LIMIT 1': 'SELECT r:auth_user',
        // SQLAlchemy
        'INSERT INTO t (a) SELECT p0::VARCHAR FROM (VALUES (%(a__0)s, 0), (%(a__1)s, 1)) AS imp_sen(p0, sen_counter) ORDER BY sen_counter RETURNING t.id':
          'INSERT w:t',
        // ActiveRecord, with sqlcommenter
        'SELECT 1 AS one FROM "users" WHERE "users"."email" = $1 LIMIT $2 /*application:Shop,controller:users,action:update*/':
          'SELECT r:users',
        "SELECT * FROM users /*traceparent='00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',route='%2Fusers%2F%2A'*/":
          'SELECT r:users',
        // a pessimistic lock, a savepoint, an advisory lock
        'SELECT * FROM "users" WHERE id = $1 FOR UPDATE OF "users" SKIP LOCKED': 'SELECT r:users',
        'SAVEPOINT "s1"; DELETE FROM "users" WHERE id IN ($1, $2); RELEASE SAVEPOINT "s1"': 'DELETE d:users',
      },
      mysql: {
        // Hibernate
        '/* insert for com.example.User */insert into user (email,id) values (?,?)': 'INSERT w:user',
        'select u1_0.id from user u1_0 left join user_roles r1_0 on u1_0.id=r1_0.user_id where u1_0.id in (?,?,?)':
          'SELECT r:user r:user_roles',
        'update user set email=?, version=? where id=? and version=?': 'UPDATE w:user',
        // Knex
        'select `id` from `users` where not exists (select * from `orders` where `orders`.`uid` = `users`.`id`)':
          'SELECT r:orders r:users',
      },
      'microsoft.sql_server': {
        // Entity Framework
        'SET NOCOUNT ON; INSERT INTO [Blogs] ([Name]) OUTPUT INSERTED.[Id] VALUES (@p0);': 'INSERT w:Blogs',
        'MERGE [Blogs] USING (VALUES (@p0, 0), (@p1, 1)) AS i ([Name], _Position) ON 1=0 WHEN NOT MATCHED THEN INSERT ([Name]) VALUES (i.[Name]) OUTPUT INSERTED.[Id], i._Position;':
          'MERGE r:Blogs w:Blogs',
        'DELETE FROM [b] FROM [Blogs] AS [b] WHERE [b].[Id] = @p0': 'DELETE d:Blogs',
        'UPDATE [b] SET [b].[Name] = @p0 FROM [Blogs] AS [b]': 'UPDATE w:Blogs',
      },
    },
  },
];

export const HARD_STATEMENTS: readonly StatementCase[] = HARD_GROUPS.flatMap(({ cases }) =>
  Object.entries(cases).flatMap(([system, statements]) =>
    Object.entries(statements).map(
      ([statement, reading]): StatementCase => (system === 'sql' ? [statement, reading] : [statement, reading, system]),
    ),
  ),
);
