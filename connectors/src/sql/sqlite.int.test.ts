import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '@libsql/client';
import { recordRef, type TenantKey } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import { expect, test } from 'vitest';
import { connectorContract, JANE, JOHN, jobFor } from '../connector-contract.ts';
import { bytesHold } from '../testing/bytes.ts';
import { sqliteConnector } from './sqlite.ts';

const NODE = 'store:sqlite:crm.db/people';
const key: TenantKey = { key: new Secret(new Uint8Array(32).fill(3)), tenant: 'acme', kid: 'k1' };

async function crm({ orders = true } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-sqlite-'));
  const file = path.join(folder, 'crm.db');
  const db = createClient({ url: `file:${file}` });
  await db.executeMultiple(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, note TEXT, frozen INTEGER NOT NULL DEFAULT 0);
    CREATE INDEX people_email ON people (email);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES people (id), what TEXT);
    INSERT INTO people (id, email, note) VALUES (1, '${JANE}', 'first'), (2, 'Jane@Example.com', 'second'), (3, '${JOHN}', 'third'), (4, '${JOHN}', 'fourth');
    ${orders ? "INSERT INTO orders VALUES (10, 1, 'janes-lamp'), (11, 3, 'johns-lamp');" : ''}`);
  const connector = sqliteConnector(
    {
      connector: 'sqlite',
      file,
      withoutPersonalData: [],
      tables: [
        {
          table: 'people',
          node: NODE,
          identifiers: { email: 'email', customer_id: 'id' },
          recordKey: 'id',
          restriction: { column: 'frozen', whenRestricted: true, whenNot: false },
          corrections: { 'user.note': 'note', email: 'email' },
          keep: { category: 'note', day: 'note' },
        },
        {
          table: 'orders',
          node: 'store:sqlite:crm.db/orders',
          identifiers: {},
          via: { column: 'person_id', table: 'people', references: 'id' },
        },
      ],
    },
    [key],
  );
  return { folder, file, db, connector };
}

connectorContract(
  'sqlite',
  async () => {
    const { folder, db, connector } = await crm({ orders: false });
    return {
      connector,
      node: NODE,
      everything: async () =>
        (await db.execute('SELECT * FROM people ORDER BY id')).rows.map((row) => JSON.stringify(row)),
      addJane: async () =>
        void (await db.execute(`INSERT INTO people (id, email, note) VALUES (9, '${JANE}', 'late')`)),
      bytesHold: (text) => bytesHold(folder, text),
      cleanUp: async () => {
        db.close();
        await rm(folder, { recursive: true });
      },
    };
  },
  { type: 'user.note', value: 'put right' },
);

test('rows that point at the person go with her, found through the declared path', async () => {
  const { folder, db, connector } = await crm();
  const orders = jobFor('store:sqlite:crm.db/orders', JANE);

  expect(await connector.search(orders)).toBe(1);
  expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 3, erased: 3 });
  expect((await db.execute('SELECT what FROM orders')).rows.map((row) => row['what'])).toEqual(['johns-lamp']);

  db.close();
  await rm(folder, { recursive: true });
});

test('a row that two declared paths lead to is found once, as it is erased once', async () => {
  const { folder, file, db } = await crm();
  await db.execute('CREATE TABLE shipments (id INTEGER PRIMARY KEY, person_id INTEGER, order_id INTEGER)');
  // The first belongs to her by both paths, two by one each, the last to somebody else.
  await db.execute('INSERT INTO shipments VALUES (20, 1, 10), (21, 1, NULL), (22, NULL, 10), (23, 3, 11)');
  const to = (table: string, column: string) => ({ table, column, references: 'id' });
  const connector = sqliteConnector(
    {
      connector: 'sqlite',
      file,
      withoutPersonalData: [],
      tables: [
        { table: 'people', node: NODE, identifiers: { email: 'email' } },
        { table: 'orders', node: `${NODE}.orders`, identifiers: {}, via: to('people', 'person_id') },
        {
          table: 'shipments',
          node: `${NODE}.shipments`,
          identifiers: {},
          via: [to('people', 'person_id'), to('orders', 'order_id')],
        },
      ],
    },
    [],
  );
  const announced: number[] = [];
  const job = jobFor(NODE, JANE, { announce: async (found) => void announced.push(found) });

  expect(await connector.erase(job)).toMatchObject({ found: 6, erased: 6 });
  expect(announced).toEqual([6]);
  expect((await db.execute('SELECT id FROM shipments')).rows.map((row) => row['id'])).toEqual([23]);

  db.close();
  await rm(folder, { recursive: true });
});

test('a record ref alone leads to its row and to what points at it', async () => {
  const { folder, db, connector } = await crm();
  const job = jobFor(NODE, JANE, { selectors: [], recordRefs: [recordRef(key, NODE, '3')] });

  expect(await connector.search(job)).toBe(1);
  expect(await connector.erase(job)).toMatchObject({ found: 2, erased: 2 });
  expect((await db.execute('SELECT count(*) AS n FROM people WHERE id = 3')).rows[0]?.['n']).toBe(0);

  db.close();
  await rm(folder, { recursive: true });
});

test('a record ref that leads to a row of somebody else takes nothing', async () => {
  const { folder, db, connector } = await crm();
  const before = (await db.execute('SELECT count(*) AS n FROM people')).rows[0]?.['n'];
  const johns = (await db.execute(`SELECT id FROM people WHERE lower(email) = '${JOHN}'`)).rows;
  expect(johns.length).toBeGreaterThan(0);
  const recordRefs = johns.map((row) => recordRef(key, NODE, String(row['id'])));
  const job = jobFor(NODE, 'nobody@example.com', { recordRefs });

  expect(await connector.search(job)).toBe(0);
  expect(await connector.verify(job)).toBe(0);
  expect(await connector.erase(job)).toMatchObject({ found: 0, erased: 0, spared: johns.length });
  expect((await db.execute('SELECT count(*) AS n FROM people')).rows[0]?.['n']).toBe(before);

  db.close();
  await rm(folder, { recursive: true });
});

test('a table that nobody mapped stops the worker at start', async () => {
  const { folder, db, connector } = await crm();
  await db.execute('CREATE TABLE notes (body TEXT)');

  await expect(connector.check()).rejects.toMatchObject({
    code: 'unmapped_table',
    message: expect.stringContaining('notes'),
  });

  db.close();
  await rm(folder, { recursive: true });
});

test('a mapped table that is gone is a failure, not an empty answer', async () => {
  const { folder, db, connector } = await crm();
  await db.execute('DROP TABLE orders');
  await db.execute('DROP TABLE people');

  await expect(connector.check()).rejects.toMatchObject({ code: 'missing_table' });
  await expect(connector.search(jobFor(NODE, JANE))).rejects.toMatchObject({ class: 'permanent' });
  await expect(connector.erase(jobFor(NODE, JANE))).rejects.not.toThrow(new RegExp(JANE));

  db.close();
  await rm(folder, { recursive: true });
});

test('tasks on one file at the same time wait for each other instead of for a timeout', async () => {
  const { folder, db, connector } = await crm();
  const started = performance.now();

  const all = [1, 2, 3, 4].flatMap(() => [connector.erase(jobFor(NODE, JANE)), connector.verify(jobFor(NODE, JANE))]);
  await Promise.all(all);

  // One busy timeout alone is ten seconds.
  expect(performance.now() - started).toBeLessThan(9_000);
  db.close();
  await rm(folder, { recursive: true });
});

test.each([
  ['in its category', { categories: ['user.a_b'], from: null, to: null }, ['2']],
  ['from its day on', { categories: [], from: '2024-03-01', to: null }, ['2', '3']],
  ['until its day', { categories: [], from: null, to: '2024-03-01' }, ['1', '2']],
])(
  'what an exemption keeps %s stays, is not counted as left, and its own refs do not open it',
  async (_, part, stay) => {
    const { folder, db, connector } = await crm({ orders: false });
    await db.executeMultiple(`
    UPDATE people SET note = '2024-02-29 user' WHERE id = 1; UPDATE people SET email = '${JANE}';
    UPDATE people SET note = '2024-03-01T08:00:00Z' WHERE id = 2; UPDATE people SET note = '2024-03-02' WHERE id = 3;
    DELETE FROM people WHERE id = 4;`);
    if (part.categories.length > 0) {
      await db.executeMultiple(`
      UPDATE people SET note = 'user.axb.c' WHERE id = 1; UPDATE people SET note = 'user.a_b.c' WHERE id = 2;
      UPDATE people SET note = 'user.a_bc' WHERE id = 3;`);
    }
    const job = jobFor(NODE, JANE, { keeps: [part], recordRefs: [recordRef(key, NODE, '2')] });
    const goes = 3 - stay.length;

    expect(await connector.search(job)).toBe(goes);
    expect(await connector.erase(job)).toMatchObject({ found: goes, erased: goes });
    expect(await connector.verify(job)).toBe(0);
    expect((await db.execute('SELECT id FROM people ORDER BY id')).rows.map((row) => String(row['id']))).toEqual(stay);

    db.close();
    await rm(folder, { recursive: true });
  },
);

test('a row that does not say whether it has to stay stops the erasure before anything is gone', async () => {
  const { folder, db, connector } = await crm({ orders: false });
  await db.execute("UPDATE people SET note = '2024-02-29' WHERE id = 1");
  const job = jobFor(NODE, JANE, { keeps: [{ categories: [], from: '2024-01-01', to: null }] });

  for (const call of [() => connector.erase(job), () => connector.verify(job)]) {
    await expect(call()).rejects.toMatchObject({ class: 'needs_human', code: 'part_undecided' });
  }
  expect((await db.execute('SELECT count(*) AS n FROM people')).rows[0]?.['n']).toBe(4);
  const orders = jobFor('store:sqlite:crm.db/orders', JANE, { keeps: job.keeps ?? [] });
  await expect(connector.erase(orders)).rejects.toMatchObject({ code: 'cannot_keep_part' });

  db.close();
  await rm(folder, { recursive: true });
});

test('a table whose mapping has no place for a mark is done by hand, and says so', async () => {
  const { folder, db, connector } = await crm();
  const orders = jobFor('store:sqlite:crm.db/orders', JANE);

  await expect(connector.changes?.mark(orders, true)).rejects.toMatchObject({ code: 'not_offered' });
  await expect(connector.changes?.correct(orders, [])).rejects.toMatchObject({ code: 'not_offered' });

  db.close();
  await rm(folder, { recursive: true });
});
