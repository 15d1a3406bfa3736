import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { connect } from '@lancedb/lancedb';
import { createClient } from '@libsql/client';

/**
 * A digest per person of every row the application's stores hold about them, read past all connectors: erasing one
 * person must leave the digests of the others as they were.
 */
export async function rowsByPerson(dataDir: string): Promise<Map<string, string>> {
  const rows: { owner: string; row: string }[] = [];
  const keep = (
    table: string,
    all: readonly Record<string, unknown>[],
    owner: (row: Record<string, unknown>) => unknown,
  ) => {
    for (const row of all) rows.push({ owner: String(owner(row)), row: `${table} ${JSON.stringify(row)}` });
  };
  const sqlite = async (file: string, table: string) => {
    const db = createClient({ url: `file:${path.join(dataDir, file)}` });
    const { rows: found } = await db.execute(`SELECT * FROM ${table} ORDER BY 1`);
    db.close();
    return found.map((row) => ({ ...row }));
  };
  const customers = await sqlite('crm.db', 'customers');
  const keyOf = new Map(
    customers.flatMap((row) =>
      [row['id'], row['email'], row['phone']].map((value) => [String(value), String(row['key'])]),
    ),
  );
  const byValue = (value: unknown) => keyOf.get(String(value)) ?? 'erased';

  keep('customers', customers, (row) => row['key']);
  keep('tickets', await sqlite('crm.db', 'tickets'), (row) => byValue(row['customer_id']));
  keep('follow_ups', await sqlite('queue.db', 'follow_ups'), (row) => row['customer_key']);
  keep('invoices', await sqlite('billing.db', 'invoices'), (row) => byValue(row['customer_id']));
  keep('customers_dim', await duckdb(path.join(dataDir, 'warehouse.duckdb')), (row) => byValue(row['id']));
  keep('notes', await notes(path.join(dataDir, 'memory')), (row) => row['customer_key']);
  const refunds = await readFile(path.join(dataDir, 'refunds', 'refunds.jsonl'), 'utf8').catch(() => '');
  const lines = refunds.split('\n').filter(Boolean);
  keep(
    'refunds',
    lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    (row) => byValue(row['customer_id']),
  );

  const digests = new Map<string, string>();
  for (const owner of new Set(rows.map((entry) => entry.owner))) {
    const own = rows.filter((entry) => entry.owner === owner).map((entry) => entry.row);
    digests.set(owner, createHash('sha256').update(own.sort().join('\n')).digest('hex'));
  }
  return digests;
}

async function duckdb(file: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll('SELECT * FROM customers_dim ORDER BY id')).getRowObjectsJson();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

async function notes(folder: string): Promise<Record<string, unknown>[]> {
  const db = await connect(folder);
  const rows = await (await db.openTable('notes')).query().select(['id', 'customer_key', 'contact', 'text']).toArray();
  db.close();
  return rows.map((row) => ({ id: row.id, customer_key: row.customer_key, contact: row.contact, text: row.text }));
}
