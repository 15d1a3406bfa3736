import type { TenantId } from '@vestige/core/ids';
import type { AliasPair } from '@vestige/core/node/alias';
import type { RegistryStore } from '@vestige/store/control/registry-store';

/** Pairs that this process need not tell the registry again. */
const KNOWN_MAX = 20_000;

/**
 * Tells the registry the other names of datasets that `symlinks` facets give, each once. A producer repeats them on every
 * event of every run; what was told and did not fit is a finding by then, and telling it again would add nothing.
 */
export function learnAliases(
  registry: Pick<RegistryStore, 'learnNodeAliases'>,
): (tenant: TenantId, pairs: readonly AliasPair[]) => Promise<void> {
  const known = new Set<string>();
  return async (tenant, pairs) => {
    const fresh = new Map<string, AliasPair>();
    for (const pair of pairs) {
      const key = `${tenant}\n${pair.alias}\n${pair.canonical}`;
      if (pair.alias !== pair.canonical && !known.has(key)) fresh.set(key, pair);
    }
    if (fresh.size === 0) return;
    await registry.learnNodeAliases(tenant, [...fresh.values()], {
      type: 'node_alias.learned',
      actor: 'system:collector',
      object: { kind: 'node', id: '-' },
    });
    if (known.size + fresh.size > KNOWN_MAX) known.clear();
    for (const key of fresh.keys()) known.add(key);
  };
}
