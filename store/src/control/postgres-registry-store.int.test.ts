import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { postgresAuditStore } from '../audit/postgres-audit-store.ts';
import { postgresFindingStore } from './postgres-finding-store.ts';
import { postgresRegistryStore } from './postgres-registry-store.ts';
import { postgresTenantStore } from './postgres-tenant-store.ts';
import { registryStoreContract } from './registry-store-contract.ts';

registryStoreContract('the registry in Postgres', async () => {
  const { db, close } = await openTestPostgres();
  return {
    tenants: postgresTenantStore(db),
    registry: postgresRegistryStore(db),
    findings: postgresFindingStore(db),
    audit: postgresAuditStore(db),
    close,
  };
});
