import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { postgresAuditStore } from '../audit/postgres-audit-store.ts';
import { postgresTenantStore } from './postgres-tenant-store.ts';
import { tenantStoreContract } from './tenant-store-contract.ts';

tenantStoreContract('tenants in Postgres', async () => {
  const { db, close } = await openTestPostgres();
  return { tenants: postgresTenantStore(db), audit: postgresAuditStore(db), close };
});
