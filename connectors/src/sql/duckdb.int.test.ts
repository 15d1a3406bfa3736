import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test, vi } from 'vitest';
import { connectorContract, JANE, JOHN, jobFor } from '../connector-contract.ts';
import * as sameOwner from '../files/same-owner.ts';
import { bytesHold } from '../testing/bytes.ts';
import { DuckdbConfig, duckdbConnector } from './duckdb.ts';

// A test that runs as root may give every file to everybody.
vi.mock('../files/same-owner.ts', { spy: true });

const NODE = 'store:duckdb:warehouse/customers';

async function run(file: string, sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

async function warehouse() {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-duckdb-'));
  const file = path.join(folder, 'warehouse.duckdb');
  await run(file, 'CREATE TABLE customers (id INTEGER, email VARCHAR, segment VARCHAR, frozen BOOLEAN DEFAULT false)');
  await run(
    file,
    `INSERT INTO customers (id, email, segment) VALUES (1, '${JANE}', 'a'), (2, 'Jane@Example.com', 'b'), (3, '${JOHN}', 'c'), (4, '${JOHN}', 'd')`,
  );
  const connector = duckdbConnector(
    {
      connector: 'duckdb',
      file,
      withoutPersonalData: [],
      tables: [
        {
          table: 'customers',
          node: NODE,
          identifiers: { email: 'email' },
          restriction: { column: 'frozen', whenRestricted: true, whenNot: false },
          corrections: { 'user.segment': 'segment' },
        },
      ],
    },
    [],
  );
  return { folder, file, connector };
}

connectorContract(
  'duckdb',
  async () => {
    const { folder, file, connector } = await warehouse();
    return {
      connector,
      node: NODE,
      everything: async () =>
        (await run(file, 'SELECT * FROM customers ORDER BY id')).map((row) => JSON.stringify(row)),
      addJane: async () =>
        void (await run(file, `INSERT INTO customers (id, email, segment) VALUES (9, '${JANE}', 'late')`)),
      bytesHold: (text) => bytesHold(folder, text),
      cleanUp: () => rm(folder, { recursive: true }),
    };
  },
  { type: 'user.segment', value: 'put right' },
);

test('the file that takes the old one’s place is as closed as that was', async () => {
  const { folder, file, connector } = await warehouse();
  for (const mode of [0o600, 0o660]) {
    await chmod(file, mode);
    expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ method: 'delete_and_rewrite' });
    expect((await stat(file)).mode & 0o777).toBe(mode);
  }
  await rm(folder, { recursive: true });
});

test('a file that may not be given to its owner is said so, and no copy with everybody’s rows stays', async () => {
  const { folder, connector } = await warehouse();
  vi.mocked(sameOwner.makeLike).mockRejectedValueOnce(new Error('EPERM: operation not permitted, chown'));
  const failure = { class: 'permanent', code: 'permission_denied' };
  await expect(connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject(failure);
  expect(await readdir(folder)).toEqual(['warehouse.duckdb']);
  expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ method: 'delete_and_rewrite' });
  await rm(folder, { recursive: true });
});

test('a missing column is a failure, not an empty answer', async () => {
  const { folder, file, connector } = await warehouse();
  await run(file, 'ALTER TABLE customers DROP COLUMN email');

  await expect(connector.search(jobFor(NODE, JANE))).rejects.toMatchObject({
    class: 'permanent',
    code: 'missing_column',
  });

  await rm(folder, { recursive: true });
});

// Whichever of the two names sorts first, the file is copied into a new one with every key in place.
test.each(['orders', 'a_orders'])('rows of %s that point at her by a foreign key go first', async (orders) => {
  const { folder, file } = await warehouse();
  await run(file, 'ALTER TABLE customers ADD PRIMARY KEY (id)');
  await run(file, `CREATE TABLE ${orders} (id INTEGER, customer INTEGER REFERENCES customers (id))`);
  await run(file, `INSERT INTO ${orders} VALUES (10, 1), (11, 2), (12, 3)`);
  const table = { table: 'customers', node: NODE, identifiers: { email: 'email' } };
  const open = (via: object) =>
    duckdbConnector(
      DuckdbConfig.parse({
        connector: 'duckdb',
        file,
        tables: [table, { table: orders, node: `${NODE}.orders`, ...via }],
      }),
      [],
    );

  await expect(open({ identifiers: { customer_id: 'customer' } }).check()).rejects.toMatchObject({
    code: 'unmapped_reference',
    message: expect.stringContaining(`${orders} (customer) → customers (id)`),
  });
  const connector = open({ via: { column: 'customer', table: 'customers', references: 'id' } });
  await connector.check();
  expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 4, erased: 4 });
  expect(await run(file, `SELECT id FROM ${orders}`)).toEqual([{ id: 12 }]);
  await rm(folder, { recursive: true });
});
