import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LLM_HOST, MAIL_HOST, NODES } from '../nodes.ts';

/** Where everything of the demo's stores is, for the worker and for the registry. */
export interface StoreFacts {
  readonly id: string;
  readonly title: string;
  readonly connector: string;
  readonly identifierTypes: readonly string[];
  readonly partyId: string | null;
}

const own = (id: string, title: string, connector: string, identifierTypes: readonly string[]): StoreFacts => ({
  id,
  title,
  connector,
  identifierTypes,
  partyId: null,
});

/** What the company declares of its stores; the worker's mapping says how a person is found in each. */
export const STORES: readonly StoreFacts[] = [
  own(NODES.customers, 'CRM, customers', 'sqlite', ['email', 'phone', 'customer_id']),
  own(NODES.tickets, 'CRM, tickets', 'sqlite', ['email', 'phone', 'customer_id']),
  own(NODES.followUps, 'Follow-up queue', 'sqlite', ['email', 'phone']),
  own(NODES.invoices, 'Billing, invoices', 'sqlite', ['email', 'customer_id']),
  own(NODES.refunds, 'Billing, refunds for the bank', 'filesystem', ['email', 'customer_id']),
  own(NODES.notes, 'Memory of the knowledge agent', 'lancedb', ['email', 'phone']),
  own(NODES.warehouse, 'Warehouse, customers', 'duckdb', ['email', 'phone', 'customer_id']),
  { id: NODES.llmCompany, title: 'BrightMind', connector: 'http', identifierTypes: ['email'], partyId: 'brightmind' },
  { id: NODES.mailCompany, title: 'ParcelPost', connector: 'http', identifierTypes: ['email'], partyId: 'parcelpost' },
  { id: NODES.model, title: 'BrightMind, model', connector: 'http', identifierTypes: ['email'], partyId: 'brightmind' },
];

export const PARTIES = [
  {
    id: 'brightmind',
    legalName: 'BrightMind Inc.',
    role: 'processor',
    country: 'US',
    transferMechanism: 'A46-2-c',
    hosts: ['brightmind.example', '*.brightmind.example', NODES.model],
  },
  {
    id: 'parcelpost',
    legalName: 'ParcelPost GmbH',
    role: 'processor',
    country: 'DE',
    hosts: ['parcelpost.example', '*.parcelpost.example'],
  },
] as const;

/** Writes the worker's mapping file, as JSON, which is YAML. @returns its path */
export async function writeWorkerFile(
  folder: string,
  dataDir: string,
  llmPort: number,
  mailPort: number,
): Promise<string> {
  const at = (name: string) => path.join(dataDir, name);
  const outside = (node: string, host: string, port: number, subject: string) => ({
    connector: 'http',
    node,
    baseUrl: `http://${host}:${port}`,
    search: { method: 'GET', path: `${subject}/{email}` },
    erase: { method: 'DELETE', path: `${subject}/{email}` },
  });
  const file = path.join(folder, 'worker.yaml');
  const mapping = {
    stores: [
      {
        connector: 'sqlite',
        file: at('crm.db'),
        tables: [
          {
            table: 'customers',
            node: NODES.customers,
            identifiers: { email: 'email', phone: 'phone', customer_id: 'id' },
            recordKey: 'id',
          },
          {
            table: 'tickets',
            node: NODES.tickets,
            identifiers: { email: 'contact', phone: 'contact', customer_id: 'customer_id' },
            recordKey: 'id',
          },
        ],
      },
      {
        connector: 'sqlite',
        file: at('queue.db'),
        tables: [{ table: 'follow_ups', node: NODES.followUps, identifiers: { email: 'contact', phone: 'contact' } }],
      },
      {
        connector: 'sqlite',
        file: at('billing.db'),
        tables: [
          {
            table: 'invoices',
            node: NODES.invoices,
            identifiers: { email: 'email', customer_id: 'customer_id' },
            recordKey: 'id',
          },
        ],
      },
      {
        connector: 'filesystem',
        folders: [
          {
            layout: 'json_lines',
            node: NODES.refunds,
            folder: at('refunds'),
            suffix: '.jsonl',
            identifiers: { email: 'email', customer_id: 'customer_id' },
          },
        ],
      },
      {
        connector: 'lancedb',
        path: at('memory'),
        tables: [
          { table: 'notes', node: NODES.notes, identifiers: { email: 'contact', phone: 'contact' }, recordKey: 'id' },
        ],
      },
      {
        connector: 'duckdb',
        file: at('warehouse.duckdb'),
        tables: [
          {
            table: 'customers_dim',
            node: NODES.warehouse,
            identifiers: { email: 'email', phone: 'phone', customer_id: 'id' },
          },
        ],
      },
      outside(NODES.llmCompany, LLM_HOST, llmPort, '/v1/data-subjects'),
      outside(NODES.model, LLM_HOST, llmPort, '/v1/data-subjects'),
      outside(NODES.mailCompany, MAIL_HOST, mailPort, '/v1/contacts'),
    ],
  };
  await writeFile(file, `${JSON.stringify(mapping, null, 2)}\n`);
  return file;
}
