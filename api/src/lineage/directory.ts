import { type Directory, directory } from '@vestige/core/lineage/directory';
import type { Tenant } from '@vestige/store/control/tenant-store';
import type { ApiDeps } from '../deps.ts';

/** What the tenant's registry says today, and which services have sent spans, compiled for an answer. */
export async function tenantDirectory(
  deps: Pick<ApiDeps, 'registry'> & { readonly events: Pick<ApiDeps['events'], 'services'> },
  tenant: Pick<Tenant, 'id'>,
): Promise<Directory> {
  const [{ parties, nodeAliases: aliases, stores }, internalHosts, services] = await Promise.all([
    deps.registry.declared(tenant.id),
    deps.registry.internalHosts(tenant.id),
    deps.events.services(tenant.id),
  ]);
  return directory({
    parties: parties.map(({ id, legalName, role, country, hosts }) => ({ id, legalName, role, country, hosts })),
    aliases,
    stores,
    internalHosts,
    services,
  });
}
