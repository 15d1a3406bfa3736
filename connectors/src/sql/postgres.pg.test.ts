import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { expect, test } from 'vitest';
import { connectorContract, JANE, JOHN, jobFor } from '../connector-contract.ts';
import { postgresConnector } from './postgres.ts';

/** Runs on the server that TEST_DATABASE_URL names; the suite fails without it rather than pass unseen. */
const server = process.env['TEST_DATABASE_URL'] ?? '';
const NODE = 'store:postgres://db:5432/shop.public.people';

async function shop() {
  const name = `vestige_shop_${randomUUID().replaceAll('-', '')}`;
  const admin = postgres(server, { max: 1, onnotice: () => undefined });
  await admin.unsafe(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const db = postgres(url.href, { max: 1, onnotice: () => undefined });
  await db.unsafe(`
    CREATE TABLE people (id int PRIMARY KEY, email text, note text);
    CREATE TABLE orders (id int PRIMARY KEY, person_id int REFERENCES people (id), what text);
    INSERT INTO people VALUES (1, '${JANE}', 'first'), (2, 'Jane@Example.com', 'second'), (3, '${JOHN}', 'third'), (4, '${JOHN}', 'fourth');`);
  const connector = postgresConnector(
    {
      connector: 'postgres',
      url: url.href,
      verifyUrl: url.href,
      vacuum: 'full',
      withoutPersonalData: [],
      tables: [
        { table: 'public.people', node: NODE, identifiers: { email: 'email', customer_id: 'id' }, recordKey: 'id' },
        {
          table: 'public.orders',
          node: `${NODE}.orders`,
          identifiers: {},
          via: { column: 'person_id', table: 'public.people', references: 'id' },
        },
      ],
    },
    [],
  );
  const cleanUp = async () => {
    await db.end();
    await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  };
  return { db, connector, cleanUp };
}

connectorContract('postgres', async () => {
  const { db, connector, cleanUp } = await shop();
  return {
    connector,
    node: NODE,
    everything: async () => (await db.unsafe('SELECT * FROM people ORDER BY id')).map((row) => JSON.stringify(row)),
    addJane: async () => void (await db.unsafe(`INSERT INTO people VALUES (9, '${JANE}', 'late')`)),
    bytesHold: async () => null,
    cleanUp,
  };
});

test('rows that point at her go first, in one transaction', async () => {
  const { db, connector, cleanUp } = await shop();
  await db.unsafe("INSERT INTO orders VALUES (10, 1, 'janes-lamp'), (11, 3, 'johns-lamp')");

  expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 3, erased: 3 });
  expect((await db.unsafe('SELECT what FROM orders')).map((row) => row['what'])).toEqual(['johns-lamp']);
  await cleanUp();
});

test('a pointing row in an unmapped table is a question for a human, and nothing is lost', async () => {
  const { db, connector, cleanUp } = await shop();
  await db.unsafe('CREATE TABLE audit (person_id int REFERENCES people (id)); INSERT INTO audit VALUES (1)');

  await expect(connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({
    class: 'needs_human',
    code: 'referenced_elsewhere',
  });
  expect(await connector.search(jobFor(NODE, JANE))).toBe(2);
  await cleanUp();
});

test('an unreachable server is retryable and says nothing of the credential', async () => {
  const connector = postgresConnector(
    {
      connector: 'postgres',
      url: 'postgres://u:hunter2@127.0.0.1:1/x',
      verifyUrl: 'postgres://u:hunter2@127.0.0.1:1/x',
      vacuum: 'plain',
      withoutPersonalData: [],
      tables: [{ table: 'people', node: NODE, identifiers: { email: 'email' } }],
    },
    [],
  );
  const error = await connector.search(jobFor(NODE, JANE)).catch((e) => e);
  expect(error).toMatchObject({ class: 'retryable', code: 'unreachable' });
  expect(String(error)).not.toContain('hunter2');
});
