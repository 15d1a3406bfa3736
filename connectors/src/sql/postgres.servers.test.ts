import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectorContract, JANE, JOHN, jobFor } from '../connector-contract.ts';
import { bytesHold } from '../testing/bytes.ts';
import { startTestPostgresReplica, startTestPostgresServer, type TestServer } from '../testing/servers.ts';
import { PostgresConfig, postgresConnector } from './postgres.ts';

const NODE = 'store:postgres://db:5432/shop.public.people';
const ORDERS = 'store:postgres://db:5432/shop.public.orders';

let server: TestServer;
let admin: postgres.Sql;
beforeAll(async () => {
  server = await startTestPostgresServer();
  admin = clientOf('postgres', 'postgres');
  await admin.unsafe('CREATE ROLE worker LOGIN; CREATE ROLE verifier LOGIN; CREATE ROLE deleter LOGIN');
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

const urlOf = (user: string, database: string, port = server.port) =>
  `postgres://${user}@127.0.0.1:${port}/${database}`;
const clientOf = (user: string, database: string) =>
  postgres(urlOf(user, database), { max: 1, onnotice: () => undefined });

async function shop(more: object = {}, sql = '') {
  const name = `vestige_shop_${randomUUID().replaceAll('-', '')}`;
  await admin.unsafe(`CREATE DATABASE ${name}`);
  const db = clientOf('postgres', name);
  await db.unsafe(`
    CREATE TABLE people (id int PRIMARY KEY, email text, note text, frozen boolean NOT NULL DEFAULT false, born date);
    CREATE TABLE orders (id int PRIMARY KEY, person_id int REFERENCES people (id), what text);
    INSERT INTO people VALUES (1, '${JANE}', 'first'), (2, 'Jane@Example.com', 'second'), (3, '${JOHN}', 'third'), (4, '${JOHN}', 'fourth');
    ALTER TABLE people OWNER TO worker; ALTER TABLE orders OWNER TO worker;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO verifier;
    GRANT SELECT, DELETE, UPDATE ON ALL TABLES IN SCHEMA public TO deleter;
    ${sql}`);
  const config = PostgresConfig.parse({
    connector: 'postgres',
    url: urlOf('worker', name),
    verifyUrl: urlOf('verifier', name),
    vacuum: 'full',
    tables: [
      {
        table: 'public.people',
        node: NODE,
        identifiers: { email: 'email', customer_id: 'id' },
        recordKey: 'id',
        restriction: { column: 'frozen' },
        corrections: { 'user.note': 'note', 'user.birthday': 'born' },
        keep: { category: 'note', day: 'born' },
      },
      { table: 'public.orders', node: ORDERS, via: { column: 'person_id', table: 'public.people', references: 'id' } },
    ],
    ...more,
  });
  const cleanUp = async () => {
    await db.end();
    await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { name, db, connector: postgresConnector(config, []), cleanUp };
}

connectorContract(
  'postgres',
  async () => {
    const { name, db, connector, cleanUp } = await shop();
    return {
      connector,
      node: NODE,
      everything: async () => (await db.unsafe('SELECT * FROM people ORDER BY id')).map((row) => JSON.stringify(row)),
      addJane: async () => void (await db.unsafe(`INSERT INTO people VALUES (9, '${JANE}', 'late')`)),
      bytesHold: async (text) => {
        const [row] = await admin.unsafe('SELECT oid FROM pg_database WHERE datname = $1', [name]);
        await db.unsafe('CHECKPOINT');
        return bytesHold(`${server.folder}/data/base/${row?.['oid']}`, text);
      },
      cleanUp,
    };
  },
  { type: 'user.note', value: 'put right' },
);

test('rows that point at her go first, in one transaction', async () => {
  const sql = "INSERT INTO orders VALUES (10, 1, 'janes-lamp'), (11, 3, 'johns-lamp');";
  const { db, connector, cleanUp } = await shop({}, sql);

  expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 3, erased: 3 });
  expect((await db.unsafe('SELECT what FROM orders')).map((row) => row['what'])).toEqual(['johns-lamp']);
  await cleanUp();
});

test('more rows than one transaction takes all go, also from a table in partitions', async () => {
  const { db, connector, cleanUp } = await shop(
    {},
    `DROP TABLE orders;
     CREATE TABLE orders (id int, person_id int REFERENCES people (id), what text) PARTITION BY RANGE (id);
     CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (7000);
     CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM (7000) TO (100000);
     INSERT INTO orders SELECT n, CASE WHEN n % 2 = 0 THEN 1 ELSE 3 END, 'x' FROM generate_series(1, 24000) n;
     ALTER TABLE orders OWNER TO worker; GRANT SELECT ON ALL TABLES IN SCHEMA public TO verifier;`,
  );
  await connector.check();
  const told: number[] = [];
  const erased = await connector.erase(jobFor(NODE, JANE, { progress: (n) => void told.push(n) }));
  expect(erased).toMatchObject({ found: 12_002, erased: 12_002 });
  expect(told).toEqual([5_000, 10_000, 12_002]);
  expect(await db.unsafe('SELECT DISTINCT person_id FROM orders')).toEqual([{ person_id: 3 }]);
  expect(await connector.verify(jobFor(NODE, JANE))).toBe(0);
  await cleanUp();
});

test('a lease that is lost half-way keeps the batches that are gone, and the next worker goes on from there', async () => {
  const { connector, cleanUp } = await shop(
    {},
    "INSERT INTO orders SELECT n, 1, 'x' FROM generate_series(1, 12000) n;",
  );
  const lease = new AbortController();
  const job = jobFor(NODE, JANE, { signal: lease.signal, progress: (n) => n >= 5_000 && lease.abort() });
  await expect(connector.erase(job)).rejects.toThrow();
  expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 7_002, erased: 7_002 });
  await cleanUp();
});

test('the planner’s statistics stop quoting her', async () => {
  const sql = `INSERT INTO people SELECT n, '${JANE}', 'x' FROM generate_series(10, 500) n; ANALYZE people;`;
  const { db, connector, cleanUp } = await shop({}, sql);
  const quoted = () => db.unsafe(`SELECT 1 FROM pg_stats WHERE most_common_vals::text LIKE '%${JANE}%'`);
  expect(await quoted()).toHaveLength(1);
  await connector.erase(jobFor(NODE, JANE));
  expect(await quoted()).toHaveLength(0);
  await cleanUp();
});

test('a copy the server keeps in a materialized view goes too', async () => {
  const sql = `CREATE MATERIALIZED VIEW mails AS SELECT email FROM people; ALTER MATERIALIZED VIEW mails OWNER TO worker;`;
  const unmapped = await shop({}, sql);
  await expect(unmapped.connector.check()).rejects.toMatchObject({ code: 'unmapped_table' });
  await unmapped.cleanUp();

  const { db, connector, cleanUp } = await shop({ materializedViews: ['public.mails'] }, sql);
  await connector.check();
  await connector.erase(jobFor(NODE, JANE));
  expect(await db.unsafe('SELECT DISTINCT email FROM mails')).toEqual([{ email: JOHN }]);
  await cleanUp();
});

test('a pointing row in an unmapped table is a question for a human, and nothing is lost', async () => {
  const sql = 'CREATE TABLE audit (person_id int REFERENCES people (id)); INSERT INTO audit VALUES (1);';
  const { connector, cleanUp } = await shop({}, sql);

  await expect(connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({
    class: 'needs_human',
    code: 'referenced_elsewhere',
  });
  expect(await connector.search(jobFor(NODE, JANE))).toBe(2);
  await cleanUp();
});

test('a trigger that keeps a row from going leaves a count above zero, never a success', async () => {
  const { connector, cleanUp } = await shop(
    {},
    `CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
     CREATE TRIGGER keep BEFORE DELETE ON people FOR EACH ROW EXECUTE FUNCTION keep();`,
  );
  expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 2, erased: 0 });
  expect(await connector.search(jobFor(NODE, JANE))).toBe(2);
  expect(await connector.verify(jobFor(NODE, JANE))).toBe(2);
  await cleanUp();
});

describe('what stands in the way is an error at start, never a zero later', () => {
  const policy = `ALTER TABLE people ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON people USING (note = 'first');`;

  test.each([
    ['a table nobody mapped', 'CREATE TABLE audit (x int);', {}, 'unmapped_table'],
    ['a mapped table that is gone', 'DROP TABLE orders;', {}, 'missing_table'],
    ['a mapped column that is gone', 'ALTER TABLE people DROP COLUMN email;', {}, 'missing_column'],
    [
      'a table that points and is declared to hold nothing',
      'CREATE TABLE visits (person_id int REFERENCES people (id));',
      { withoutPersonalData: ['public.visits'] },
      'unmapped_reference',
    ],
    [
      'a table that would go along uncounted',
      'CREATE TABLE visits (person_id int REFERENCES people (id) ON DELETE CASCADE);',
      { withoutPersonalData: ['public.visits'] },
      'unmapped_reference',
    ],
    [
      'a circle of foreign keys',
      'ALTER TABLE people ADD best_order int REFERENCES orders (id);',
      {},
      'foreign_key_cycle',
    ],
    ['a policy that hides rows from the verifier', policy, {}, 'permission_denied'],
  ])('%s', async (_, sql, more, code) => {
    const { connector, cleanUp } = await shop(more, sql);
    await expect(connector.check()).rejects.toMatchObject({ code });
    await cleanUp();
  });

  test('a policy that hides rows fails a task that runs all the same', async () => {
    const { connector, cleanUp } = await shop({}, policy);
    await expect(connector.verify(jobFor(NODE, JANE))).rejects.toMatchObject({ code: 'permission_denied' });
    await cleanUp();
  });

  test('a worker that may only read', async () => {
    const { name, cleanUp } = await shop();
    const readOnly = await shop({ url: urlOf('verifier', name) });
    await expect(readOnly.connector.check()).rejects.toMatchObject({
      class: 'permanent',
      code: 'permission_denied',
      message: expect.stringContaining('public.people'),
    });
    await expect(readOnly.connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({ code: 'permission_denied' });
    await readOnly.cleanUp();
    await cleanUp();
  });

  test('a worker whose VACUUM the server would skip with a warning', async () => {
    const { name, cleanUp } = await shop();
    const of = (vacuum: string) => shop({ url: urlOf('deleter', name), verifyUrl: urlOf('verifier', name), vacuum });
    const skipped = await of('plain');
    await expect(skipped.connector.check()).rejects.toMatchObject({ message: expect.stringContaining('vacuum: none') });
    const honest = await of('none');
    await honest.connector.check();
    expect(honest.connector.cannotErase).toContain('dead rows until autovacuum');
    for (const each of [skipped, honest]) await each.cleanUp();
    await cleanUp();
  });

  test('a verifier that looks into another database', async () => {
    const other = await shop();
    const { connector, cleanUp } = await shop({ verifyUrl: urlOf('verifier', other.name) });
    await expect(connector.check()).rejects.toMatchObject({ code: 'verifier_elsewhere' });
    await cleanUp();
    await other.cleanUp();
  });

  test('the same role as worker and verifier claims no other path', async () => {
    const { name, connector, cleanUp } = await shop();
    const alone = await shop({ url: urlOf('worker', name), verifyUrl: urlOf('worker', name) });
    expect(connector.verifiesBy).toBe('other_path');
    expect(alone.connector.verifiesBy).toBe('same_path');
    await alone.cleanUp();
    await cleanUp();
  });

  test('a replica that lags: neither worker nor verifier believes what it says', async () => {
    const { name, connector, cleanUp } = await shop();
    const replica = await startTestPostgresReplica(server, '1h');
    try {
      await connector.erase(jobFor(NODE, JANE));
      const lagging = clientOnPort(replica.port, name);
      const [row] = await lagging.unsafe(`SELECT count(*)::int AS n FROM people WHERE lower(email) = '${JANE}'`);
      await lagging.end();
      expect(row).toEqual({ n: 2 });

      const onReplica = await shop({
        url: urlOf('worker', name, replica.port),
        verifyUrl: urlOf('verifier', name, replica.port),
      });
      for (const call of ['check', 'search', 'erase', 'verify'] as const) {
        await expect(onReplica.connector[call](jobFor(NODE, JANE))).rejects.toMatchObject({ code: 'replica' });
      }
      await onReplica.cleanUp();
    } finally {
      await replica.stop();
    }
    await cleanUp();
  });

  test('an unreachable server is retryable and says nothing of the credential', async () => {
    const url = 'postgres://u:hunter2@127.0.0.1:1/x';
    const { connector, cleanUp } = await shop({ url });
    const error = await connector.search(jobFor(NODE, JANE)).catch((e) => e);
    expect(error).toMatchObject({ class: 'retryable', code: 'unreachable' });
    expect(String(error)).not.toContain('hunter2');
    await cleanUp();
  });
});

const clientOnPort = (port: number, database: string) =>
  postgres(urlOf('postgres', database, port), { max: 1, onnotice: () => undefined });

test('a date is corrected as a date, and what is kept by its day stays', async () => {
  const { db, connector, cleanUp } = await shop(
    {},
    "UPDATE people SET born = '1990-02-03', note = 'user.financial.tax';",
  );
  const { changes } = connector;
  const wrong = [{ type: 'user.birthday', value: '1991-02-03' }];
  expect(await changes?.correct(jobFor(NODE, JANE), wrong)).toMatchObject({ found: 2, changed: 2 });
  expect((await db.unsafe("SELECT id FROM people WHERE born = '1991-02-03' ORDER BY id")).map(({ id }) => id)).toEqual([
    1, 2,
  ]);
  await db.unsafe("UPDATE people SET born = '2021-05-06' WHERE id = 2");
  const keeps = [{ categories: ['user.financial'], from: '2021-05-06', to: '2021-05-06' }];
  const job = jobFor(NODE, JANE, { keeps });
  expect(await connector.erase(job)).toMatchObject({ found: 1, erased: 1 });
  expect(await connector.verify(job)).toBe(0);
  expect((await db.unsafe('SELECT id FROM people ORDER BY id')).map(({ id }) => id)).toEqual([2, 3, 4]);
  await cleanUp();
});

test('a role that may not write the mark is refused at start, by the table it may not write', async () => {
  const { name, db, cleanUp } = await shop({}, 'REVOKE UPDATE ON people FROM deleter;');
  const tables = [
    { table: 'public.people', node: NODE, identifiers: { email: 'email' }, restriction: { column: 'frozen' } },
    { table: 'public.orders', node: ORDERS, via: { column: 'person_id', table: 'public.people', references: 'id' } },
  ];
  const config = { connector: 'postgres', url: urlOf('deleter', name), verifyUrl: urlOf('verifier', name), tables };
  const connector = postgresConnector(PostgresConfig.parse({ ...config, vacuum: 'none' }), []);
  await expect(connector.check()).rejects.toMatchObject({
    code: 'permission_denied',
    message: expect.stringContaining('public.people'),
  });
  await db.unsafe('GRANT UPDATE (frozen) ON people TO deleter');
  await connector.check();
  await cleanUp();
});
