/**
 * Other names of the same node: a database reached as DNS name, pooler and IP is one store (design 03). An alias that
 * ends in `*` covers every node id with that prefix; the longest matching prefix wins; an exact alias beats them all.
 */
export interface AliasPair {
  readonly alias: string;
  readonly canonical: string;
}

export type NodeAliases = (id: string) => string;

/** Aliases are applied once, not followed: a chain or a cycle in the registry cannot hang a collector. */
export function nodeAliases(pairs: readonly AliasPair[]): NodeAliases {
  if (pairs.length === 0) return (id) => id;
  const exact = new Map<string, string>();
  const prefixes: { prefix: string; canonical: string }[] = [];
  for (const { alias, canonical } of pairs) {
    if (alias.endsWith('*')) {
      prefixes.push({ prefix: alias.slice(0, -1), canonical: canonical.replace(/\*$/, '') });
    } else exact.set(alias, canonical);
  }
  prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  return (id) => {
    const whole = exact.get(id);
    if (whole !== undefined) return whole;
    const match = prefixes.find(({ prefix }) => id.startsWith(prefix));
    return match === undefined ? id : match.canonical + id.slice(match.prefix.length);
  };
}
