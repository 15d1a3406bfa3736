import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { sql } from 'drizzle-orm';
import { postgresAuditStore } from '../audit/postgres-audit-store.ts';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { rowsOf, withTenant } from '../postgres.ts';
import { postgresPackageStore } from './postgres-package-store.ts';
import { postgresRequestStore } from './postgres-request-store.ts';
import { requestStoreContract } from './request-store-contract.ts';

const TABLES = [
  'requests',
  'request_keys',
  'request_identifiers',
  'plans',
  'plan_records',
  'tasks',
  'receipts',
  'task_data',
];

requestStoreContract('requests in Postgres', async () => {
  const { db, close } = await openTestPostgres();
  return {
    tenants: postgresTenantStore(db),
    requests: postgresRequestStore(db),
    packages: postgresPackageStore(db),
    audit: postgresAuditStore(db),
    rawRows: (tenant) =>
      withTenant(db, tenant, async (tx) => {
        const texts: string[] = [];
        for (const table of TABLES) {
          const rows = await rowsOf<{ row: string }>(tx, sql.raw(`SELECT t::text AS row FROM ${table} t`));
          texts.push(...rows.map(({ row }) => row));
        }
        return texts.join('\n');
      }),
    close,
  };
});
