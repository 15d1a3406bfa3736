import { DuckDBInstance } from '@duckdb/node-api';
import type { Ledger } from '../ledger.ts';
import { NODES } from '../nodes.ts';
import type { Customer } from './crm.ts';

/** Rebuilds the customer dimension of the warehouse, in one file that is held only while the job runs. */
export async function loadWarehouse(file: string, customers: readonly Customer[], ledger: Ledger): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    await connection.run(
      'CREATE OR REPLACE TABLE customers_dim (id VARCHAR, name VARCHAR, email VARCHAR, phone VARCHAR)',
    );
    for (const { id, name, email, phone, key } of customers) {
      await connection.run('INSERT INTO customers_dim VALUES ($1, $2, $3, $4)', [id, name, email, phone]);
      ledger.note(key, NODES.warehouse, 'wrote');
    }
    await connection.run('CHECKPOINT');
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
