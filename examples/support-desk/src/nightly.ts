import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { readConfig } from './config.ts';
import { Ledger } from './ledger.ts';
import { JOB, NODES } from './nodes.ts';
import { Crm } from './stores/crm.ts';
import { loadWarehouse } from './stores/warehouse.ts';

/**
 * The nightly batch job: copies all customers into the warehouse and says so in OpenLineage, as a scheduler would. It
 * runs without the SDK and without any subject, so lineage can only reach the warehouse through the datasets.
 */

const config = readConfig();
const ledger = new Ledger(config.ledgerFile);
const run = { runId: randomUUID() };
const dataset = (node: string) => {
  const [, namespace, name] = /^store:(.+)\/([^/]+)$/.exec(node) ?? [];
  return { namespace, name };
};

await report('START');
const crm = await Crm.open(path.join(config.dataDir, 'crm.db'), ledger);
const customers = await crm.allCustomers();
await loadWarehouse(path.join(config.dataDir, 'warehouse.duckdb'), customers, ledger);
for (const { key } of customers) ledger.note(key, NODES.nightly, 'ran');
crm.close();
await report('COMPLETE');

async function report(eventType: 'START' | 'COMPLETE'): Promise<void> {
  const answer = await fetch(new URL('/api/v1/lineage', config.endpoint), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${config.ingestKey}` },
    body: JSON.stringify({
      eventType,
      eventTime: new Date().toISOString(),
      producer: 'https://example.com/desk/nightly',
      schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
      run,
      job: JOB,
      inputs: [dataset(NODES.customers)],
      outputs: [dataset(NODES.warehouse)],
    }),
  });
  if (!answer.ok) throw new Error(`the collector answered ${answer.status} to ${eventType}`);
}
