import { randomUUID } from 'node:crypto';
import { recordRef, type TenantKey } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectorContract, JANE, JOHN, jobFor } from '../connector-contract.ts';
import { bytesHold } from '../testing/bytes.ts';
import { startTestMariadb, type TestServer } from '../testing/servers.ts';
import { MysqlConfig, mysqlConnector } from './mysql.ts';

const NODE = 'store:mysql://db:3306/shop.people';
const ORDERS = 'store:mysql://db:3306/shop.orders';
const key: TenantKey = { key: new Secret(new Uint8Array(32).fill(5)), tenant: 'acme', kid: 'k1' };

let server: TestServer;
let admin: Connection;
beforeAll(async () => {
  server = await startTestMariadb();
  admin = await createConnection({ host: '127.0.0.1', port: server.port, user: 'root', multipleStatements: true });
  await admin.query(`
    CREATE USER worker IDENTIFIED BY 'worker-secret'; CREATE USER verifier IDENTIFIED BY 'verifier-secret';
    GRANT SELECT, DELETE, INSERT, UPDATE ON \`shop\\_%\`.* TO worker; GRANT SELECT ON \`shop\\_%\`.* TO verifier;`);
});
afterAll(async () => {
  await admin.end();
  await server.stop();
});

async function shop(more: object = {}, sql = '') {
  const name = `shop_${randomUUID().replaceAll('-', '')}`;
  await admin.query(`
    CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci; USE ${name};
    CREATE TABLE people (id int PRIMARY KEY, email varchar(200), note text, born date, frozen varchar(10), KEY (email));
    CREATE TABLE orders (id int PRIMARY KEY, person_id int, what text, FOREIGN KEY (person_id) REFERENCES people (id));
    INSERT INTO people (id, email, note) VALUES (1, '${JANE}', 'first'), (2, 'Jane@Example.com', 'second'), (3, '${JOHN}', 'third'), (4, '${JOHN}', 'fourth');
    UPDATE people SET frozen = 'free';
    ${sql}`);
  const at = (user: string) => `mysql://${user}:${user}-secret@127.0.0.1:${server.port}/${name}`;
  const config = MysqlConfig.parse({
    connector: 'mysql',
    url: at('worker'),
    verifyUrl: at('verifier'),
    tables: [
      {
        table: 'people',
        node: NODE,
        identifiers: { email: 'email', customer_id: 'id' },
        recordKey: 'id',
        restriction: { column: 'frozen', whenRestricted: 'restricted', whenNot: 'free' },
        corrections: { 'user.note': 'note', 'user.birthday': 'born' },
        keep: { category: 'note', day: 'born' },
      },
      { table: 'orders', node: ORDERS, via: { column: 'person_id', table: 'people', references: 'id' } },
    ],
    ...more,
  });
  const rows = async (query: string) => (await admin.query({ sql: query, rowsAsArray: true }))[0] as unknown[][];
  const cleanUp = () => admin.query(`DROP DATABASE ${name}`).then(() => undefined);
  return { name, at, rows, cleanUp, connector: mysqlConnector(config, [key]) };
}

connectorContract(
  'mysql',
  async () => {
    const { name, rows, connector, cleanUp } = await shop();
    return {
      connector,
      node: NODE,
      everything: async () => (await rows('SELECT * FROM people ORDER BY id')).map((row) => JSON.stringify(row)),
      addJane: async () =>
        void (await admin.query(`INSERT INTO people (id, email, note) VALUES (9, '${JANE}', 'late')`)),
      bytesHold: async (text) => {
        await admin.query('FLUSH TABLES people FOR EXPORT; UNLOCK TABLES');
        return bytesHold(`${server.folder}/data/${name}`, text);
      },
      cleanUp,
    };
  },
  { type: 'user.note', value: 'put right' },
);

test('rows that point at her go first, in one transaction, and a second table two steps away too', async () => {
  const { rows, connector, cleanUp } = await shop(
    {
      tables: [
        { table: 'people', node: NODE, identifiers: { email: 'email' } },
        { table: 'orders', node: ORDERS, via: { column: 'person_id', table: 'people', references: 'id' } },
        { table: 'parcels', node: `${ORDERS}.parcels`, via: { column: 'order_id', table: 'orders', references: 'id' } },
      ],
    },
    `CREATE TABLE parcels (id int PRIMARY KEY, order_id int, FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE);
     INSERT INTO orders VALUES (10, 1, 'janes-lamp'), (11, 3, 'johns-lamp'); INSERT INTO parcels VALUES (100, 10), (101, 11);`,
  );
  await connector.check();
  expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 4, erased: 4 });
  expect(await rows('SELECT what FROM orders')).toEqual([['johns-lamp']]);
  expect(await rows('SELECT id FROM parcels')).toEqual([[101]]);
  await cleanUp();
});

test('a row that points at two people goes with either', async () => {
  const to = (column: string) => ({ column, table: 'people', references: 'id' });
  const { rows, connector, cleanUp } = await shop(
    {
      tables: [
        { table: 'people', node: NODE, identifiers: { email: 'email' } },
        { table: 'orders', node: ORDERS, via: to('person_id') },
        { table: 'messages', node: `${ORDERS}.messages`, via: [to('sender'), to('receiver')] },
      ],
    },
    `CREATE TABLE messages (id int PRIMARY KEY, sender int, receiver int, FOREIGN KEY (sender) REFERENCES people (id), FOREIGN KEY (receiver) REFERENCES people (id));
     INSERT INTO messages VALUES (1, 1, 3), (2, 3, 2), (3, 3, 4);`,
  );
  await connector.check();
  expect(await connector.search(jobFor(`${ORDERS}.messages`, JANE))).toBe(2);
  expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 4, erased: 4 });
  expect(await rows('SELECT id FROM messages')).toEqual([[3]]);
  await cleanUp();
});

test('more rows than one transaction takes all go, and progress is told on the way', async () => {
  const { rows, connector, cleanUp } = await shop(
    {},
    `INSERT INTO orders SELECT seq + 100, 1, 'x' FROM seq_1_to_12000;`,
  );
  const told: number[] = [];
  const job = jobFor(NODE, JANE, { progress: (erased) => void told.push(erased) });
  expect(await connector.erase(job)).toMatchObject({ found: 12_002, erased: 12_002 });
  expect(told).toEqual([5_000, 10_000, 12_002]);
  expect(await rows('SELECT count(*) FROM orders')).toEqual([[0]]);
  await cleanUp();
});

test('a collation that takes ä for a and U for u matches nobody else', async () => {
  const sql = `INSERT INTO people (id, email, note) VALUES (5, 'jäne@example.com', 'x');`;
  const { connector, cleanUp } = await shop({}, sql);
  expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 2 });
  expect(await connector.search(jobFor(NODE, 'jäne@example.com'))).toBe(1);
  await cleanUp();
});

test('a record ref leads to its row', async () => {
  const { connector, cleanUp } = await shop();
  const job = jobFor(NODE, JOHN, { recordRefs: [recordRef(key, NODE, '3'), recordRef(key, NODE, '1')] });
  expect(await connector.erase(job)).toMatchObject({ found: 2, erased: 2, spared: 1 });
  await cleanUp();
});

test.each([
  ['a table nobody mapped', 'CREATE TABLE audit (x int);', 'unmapped_table'],
  ['a mapped table that is gone', 'DROP TABLE orders;', 'missing_table'],
  ['a mapped column that is gone', 'ALTER TABLE people DROP COLUMN email;', 'missing_column'],
  [
    'a table without transactions',
    'ALTER TABLE orders DROP FOREIGN KEY orders_ibfk_1; ALTER TABLE orders ENGINE = MyISAM;',
    'engine_not_covered',
  ],
  ['a table that keeps what it deletes', 'ALTER TABLE people ADD SYSTEM VERSIONING;', 'keeps_history'],
  [
    'a circle of foreign keys',
    'ALTER TABLE people ADD best_order int, ADD FOREIGN KEY (best_order) REFERENCES orders (id);',
    'foreign_key_cycle',
  ],
])('%s stops the worker at start', async (_, sql, code) => {
  const { connector, cleanUp } = await shop({}, sql);
  await expect(connector.check()).rejects.toMatchObject({ code });
  await admin.query('SET foreign_key_checks = 0');
  await cleanUp();
  await admin.query('SET foreign_key_checks = 1');
});

test('a worker that may not delete, and a verifier that looks elsewhere, stop the worker at start', async () => {
  const one = await shop();
  const other = await shop();
  const readOnly = await shop({ url: one.at('verifier') });
  await expect(readOnly.connector.check()).rejects.toMatchObject({ code: 'permission_denied' });
  await expect(readOnly.connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({ class: 'permanent' });
  const elsewhere = await shop({ verifyUrl: other.at('verifier') });
  await expect(elsewhere.connector.check()).rejects.toMatchObject({ code: 'verifier_elsewhere' });
  for (const each of [one, other, readOnly, elsewhere]) await each.cleanUp();
});

test('a server that is read only, as a replica is, is believed by neither worker nor verifier', async () => {
  const { connector, cleanUp } = await shop();
  await admin.query('SET GLOBAL read_only = 1');
  try {
    for (const call of [
      connector.check,
      () => connector.search(jobFor(NODE, JANE)),
      () => connector.verify(jobFor(NODE, JANE)),
    ]) {
      await expect(call()).rejects.toMatchObject({ class: 'permanent', code: 'replica' });
    }
  } finally {
    await admin.query('SET GLOBAL read_only = 0');
  }
  await cleanUp();
});

test('a failure tells neither the password nor the person', async () => {
  const { connector, cleanUp } = await shop({ url: 'mysql://worker:hunter2@127.0.0.1:1/x' });
  const error = await connector.search(jobFor(NODE, JANE)).catch((e) => e);
  expect(error).toMatchObject({ class: 'retryable', code: 'unreachable' });
  expect(String(error)).not.toMatch(/hunter2|jane/);
  await cleanUp();
});

test('what is kept by its category and day stays, and so does its correction of a letter’s case', async () => {
  const { rows, connector, cleanUp } = await shop(
    {},
    "UPDATE people SET born = '2021-05-06', note = 'user.financial';",
  );
  const { changes } = connector;
  // The collation takes both for the same text; the correction does not.
  const corrections = [{ type: 'user.note', value: 'User.Financial' }];
  expect(await changes?.correct(jobFor(NODE, 'JANE@example.com'), corrections)).toMatchObject({ changed: 2 });
  await rows("UPDATE people SET note = 'user.financial.tax' WHERE id = 2");
  const keeps = [{ categories: ['user.financial'], from: null, to: '2021-05-06' }];
  const job = jobFor(NODE, JANE, { keeps });
  expect(await connector.erase(job)).toMatchObject({ found: 1, erased: 1 });
  expect(await connector.verify(job)).toBe(0);
  expect((await rows('SELECT id FROM people ORDER BY id')).flat()).toEqual([2, 3, 4]);
  await cleanUp();
});
