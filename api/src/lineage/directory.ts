import { type Directory, directory } from '@vestige/core/lineage/directory';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';

/** What the tenant's registry says today, compiled for an answer. */
export async function tenantDirectory(deps: Pick<ApiDeps, 'registry'>, tenant: Pick<Tenant, 'id'>): Promise<Directory> {
  const { parties, nodeAliases: aliases, stores } = await deps.registry.declared(tenant.id);
  return directory({
    parties: parties.map(({ id, legalName, role, country, hosts }) => ({ id, legalName, role, country, hosts })),
    aliases,
    stores,
  });
}
