import type { MapNode } from '../map/map-filter.ts';

/** Kinds that data rests under or is sent to, which a deletion job may have to reach (ruling 2). */
const KINDS: ReadonlySet<MapNode['kind']> = new Set(['store', 'memory', 'queue', 'recipient', 'model']);

/**
 * Places seen in lineage that the registry says nothing of, those that touch most people first. A registered id that ends
 * in `*` stands for all ids with that prefix. What belongs to a known company is registered with the company.
 */
export function unregisteredNodes(nodes: readonly MapNode[], registered: readonly string[]): MapNode[] {
  const exact = new Set(registered);
  const prefixes = registered.filter((id) => id.endsWith('*')).map((id) => id.slice(0, -1));
  return nodes
    .filter(({ kind }) => KINDS.has(kind))
    .filter(({ id }) => !exact.has(id) && !prefixes.some((prefix) => id.startsWith(prefix)))
    .filter(({ kind, party }) => !((kind === 'recipient' || kind === 'model') && party !== null))
    .toSorted((a, b) => (b.people?.count ?? 0) - (a.people?.count ?? 0) || (a.id < b.id ? -1 : 1));
}
