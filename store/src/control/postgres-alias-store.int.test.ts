import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { postgresAuditStore } from '../audit/postgres-audit-store.ts';
import { aliasStoreContract } from './alias-store-contract.ts';
import { postgresAliasStore } from './postgres-alias-store.ts';
import { postgresTenantStore } from './postgres-tenant-store.ts';

aliasStoreContract('aliases in Postgres', async () => {
  const { db, close } = await openTestPostgres();
  return {
    tenants: postgresTenantStore(db),
    aliases: postgresAliasStore(db),
    audit: postgresAuditStore(db),
    close,
  };
});
