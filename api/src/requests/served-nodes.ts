import type { TenantId } from '@vestige/core/ids';
import { registeredFor } from '@vestige/core/request/plan';
import type { ServedNodes } from '@vestige/store/requests/request-store';
import type { ApiDeps } from '../deps.ts';

/** Who can be worked on: a connector is registered for the target, or the target only has to be told. */
export async function servedNodes(deps: Pick<ApiDeps, 'registry'>, tenant: TenantId): Promise<ServedNodes> {
  const registered = await deps.registry.stores(tenant);
  return ({ node, action }) => action === 'notify' || (registeredFor(registered, node)?.connector ?? null) !== null;
}
