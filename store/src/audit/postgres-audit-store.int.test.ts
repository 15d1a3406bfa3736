import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { auditStoreContract } from './audit-store-contract.ts';
import { postgresAuditStore } from './postgres-audit-store.ts';

auditStoreContract('the audit trail in Postgres', async () => {
  const { db, close } = await openTestPostgres();
  return { tenants: postgresTenantStore(db), audit: postgresAuditStore(db), close };
});
