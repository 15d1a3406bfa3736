import { type Directory, directory } from '@vestige/core/lineage/directory';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { SERVICES_HEARD_MAX } from '@vestige/store/events/services-heard';
import type { ApiDeps } from '../deps.ts';

/** What the tenant's registry says today, and which services have sent spans, compiled for an answer. */
export async function tenantDirectory(
  deps: Pick<ApiDeps, 'registry' | 'log'> & { readonly events: Pick<ApiDeps['events'], 'services'> },
  tenant: Pick<Tenant, 'id'>,
): Promise<Directory> {
  const [{ parties, nodeAliases: aliases, stores }, internalHosts, services] = await Promise.all([
    deps.registry.declared(tenant.id),
    deps.registry.internalHosts(tenant.id),
    deps.events.services(tenant.id),
  ]);
  const servicesCut = services.length >= SERVICES_HEARD_MAX;
  if (servicesCut) {
    deps.log?.warn(
      { tenant: tenant.id, services: services.length },
      'lineage: more services than are looked at; one that was called before it was heard of may stay a node of its own',
    );
  }
  return directory({
    parties: parties.map(({ id, legalName, role, country, hosts }) => ({ id, legalName, role, country, hosts })),
    aliases,
    stores,
    internalHosts,
    services,
    servicesCut,
  });
}
