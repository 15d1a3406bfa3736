import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { createClient } from '@libsql/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '../kit.ts';
import { duckdbConnector } from './duckdb.ts';
import type { SqlTables } from './mapping.ts';
import { sqliteConnector } from './sqlite.ts';

const CUSTOMERS = 'store:test/customers';
const INVOICES = 'store:test/invoices';
const SCHEMA = [
  'CREATE TABLE customers (id INTEGER, email TEXT, phone TEXT)',
  'CREATE TABLE invoices (number INTEGER, customer_id INTEGER)',
  `INSERT INTO customers VALUES (1, ' Jane@Example.com ', '+33 6 12 34 56 78'), (2, 'bob@example.com', '0033 (6) 98.76.54.32')`,
  'INSERT INTO invoices VALUES (10, 1), (11, 2), (12, 2)',
];
const mapped = (customers: object = {}, via: object = {}): SqlTables => ({
  withoutPersonalData: [],
  tables: [
    { table: 'customers', node: CUSTOMERS, identifiers: { email: 'email', phone: 'phone' }, ...customers },
    {
      table: 'invoices',
      node: INVOICES,
      identifiers: {},
      via: { column: 'customer_id', table: 'customers', references: 'id', ...via },
    },
  ],
});
const jobOf = (value: string, more: Partial<Job> = {}): Job => ({
  node: CUSTOMERS,
  selectors: [{ type: value.includes('@') ? 'email' : 'phone', value }],
  recordRefs: [],
  spared: [],
  idempotencyKey: 'k',
  signal: new AbortController().signal,
  ...more,
});

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mapping-'));
});
afterAll(() => rm(folder, { recursive: true }));
const newFile = () => path.join(folder, `${files++}.db`);

const engines = {
  sqlite: async (tables: SqlTables) => {
    const file = newFile();
    const rows = async (sql: string) => {
      const client = createClient({ url: `file:${file}` });
      const result = await client.execute(sql);
      client.close();
      return result.rows.length;
    };
    for (const statement of SCHEMA) await rows(statement);
    return { connector: sqliteConnector({ connector: 'sqlite', file, ...tables }, []), rows };
  },
  duckdb: async (tables: SqlTables) => {
    const file = newFile();
    const rows = async (sql: string) => {
      const instance = await DuckDBInstance.create(file);
      const connection = await instance.connect();
      const reader = await connection.runAndReadAll(sql);
      connection.closeSync();
      instance.closeSync();
      return reader.currentRowCount;
    };
    for (const statement of SCHEMA) await rows(statement);
    return { connector: duckdbConnector({ connector: 'duckdb', file, ...tables }, []), rows };
  },
};

describe.each(Object.entries(engines))('%s', (_, opened) => {
  test('a parent column that is no column of the parent stops the task instead of deleting everybody’s rows', async () => {
    const { connector, rows } = await opened(mapped({}, { references: 'customer_id' }));
    await expect(connector.erase(jobOf('jane@example.com'))).rejects.toMatchObject({ class: 'permanent' });
    expect(await rows('SELECT * FROM invoices')).toBe(3);
    expect(await rows('SELECT * FROM customers')).toBe(2);
  });

  test('an identifier column that does not exist is a failure and never "nothing found"', async () => {
    const { connector } = await opened(mapped({ identifiers: { email: 'customer_id' } }));
    for (const node of [CUSTOMERS, INVOICES]) {
      const job = jobOf('jane@example.com', { node });
      await expect(connector.search(job)).rejects.toMatchObject({ class: 'permanent' });
      await expect(connector.verify(job)).rejects.toMatchObject({ class: 'permanent' });
    }
  });

  test('finds e-mail and phone however they were typed, and nobody else', async () => {
    const { connector, rows } = await opened(mapped());
    for (const value of [
      'jane@example.com',
      'JANE@EXAMPLE.COM',
      '+33612345678',
      '0033612345678',
      '+33 (6) 12-34.56 78',
    ]) {
      expect(await connector.search(jobOf(value)), value).toBe(1);
      expect(await connector.verify(jobOf(value)), value).toBe(1);
    }
    expect(await connector.search(jobOf('+33698765432'))).toBe(1);
    expect(await connector.search(jobOf('+336123456'))).toBe(0);
    expect(await connector.erase(jobOf('+33612345678'))).toMatchObject({ found: 2, erased: 2 });
    expect(await rows('SELECT * FROM customers WHERE id = 2')).toBe(1);
    expect(await rows('SELECT * FROM invoices')).toBe(2);
  });

  test('an identifier of nothing but spaces or separators is unusable, and matches no empty column', async () => {
    const { connector, rows } = await opened(mapped({ identifiers: { customer_id: 'email', phone: 'phone' } }));
    await rows(`INSERT INTO customers VALUES (3, '', '')`);
    for (const type of ['customer_id', 'phone']) {
      const selectors = [{ type, value: ' ' }];
      await expect(connector.erase(jobOf('-', { selectors }))).rejects.toMatchObject({ code: 'no_usable_selector' });
    }
  });

  test('rows that are exempt stay when the row they point at goes', async () => {
    const { connector, rows } = await opened(mapped());
    expect(await connector.erase(jobOf('jane@example.com', { spared: [INVOICES] }))).toMatchObject({ erased: 1 });
    expect(await rows('SELECT * FROM invoices')).toBe(3);
  });
});
