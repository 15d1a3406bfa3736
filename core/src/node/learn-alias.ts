import { type AliasPair, nodeAliases } from './alias.ts';
import { parseNodeId } from './kind.ts';

/** Aliases of one tenant: all of them are compiled by every collector and every answer. */
export const LEARNED_ALIASES_MAX = 10_000;

export interface AliasKnowledge {
  readonly aliases: readonly AliasPair[];
  /** Node ids of registered stores; a namespace may end in `*`. */
  readonly stores: readonly string[];
}

export interface AliasConflict extends AliasPair {
  /**
   * `other_name`: it already is another name of something else. `both_known`: both are names that others lead to, or
   * registered stores. `other_kind`: a store and a queue are not one node. `too_many`: {@link LEARNED_ALIASES_MAX}.
   */
  readonly why: 'other_name' | 'both_known' | 'other_kind' | 'too_many';
  /** What the alias stands for today. */
  readonly standing: string;
}

/**
 * Which of the names that a machine told may be taken over (design 03, `symlinks`). What a person registered, or what was
 * told first, is never overwritten: joining two stores by mistake would show and erase the data of the wrong one, so a
 * contradiction is for a person to look at. A registered store keeps its name, whichever side of the pair it stands on.
 */
export function learnAliases(
  known: AliasKnowledge,
  told: readonly AliasPair[],
): { readonly add: readonly AliasPair[]; readonly conflicts: readonly AliasConflict[] } {
  const exactStores = new Set(known.stores.filter((id) => !id.endsWith('*')));
  const prefixes = known.stores.filter((id) => id.endsWith('*')).map((id) => id.slice(0, -1));
  const registered = (id: string) => exactStores.has(id) || prefixes.some((prefix) => id.startsWith(prefix));
  const standing = nodeAliases(known.aliases);
  const targets = new Set(known.aliases.map(({ canonical }) => canonical));
  const added = new Map<string, string>();
  const conflicts: AliasConflict[] = [];
  const nameOf = (id: string) => added.get(standing(id)) ?? standing(id);

  for (const pair of told) {
    const [from, to] = [nameOf(pair.alias), nameOf(pair.canonical)];
    if (from === to) continue;
    const refuse = (why: AliasConflict['why']) => conflicts.push({ ...pair, why, standing: from });
    const movable = (id: string) => !targets.has(id) && !registered(id);
    if (parseNodeId(from)?.kind !== parseNodeId(to)?.kind) refuse('other_kind');
    else if (from !== pair.alias) refuse('other_name');
    else if (known.aliases.length + added.size >= LEARNED_ALIASES_MAX) refuse('too_many');
    else if (movable(from)) join(from, to);
    // The other way round: the registered store keeps its name.
    else if (registered(from) && movable(to)) join(to, from);
    else refuse('both_known');
  }
  return { add: [...added].map(([alias, canonical]) => ({ alias, canonical })), conflicts };

  function join(alias: string, canonical: string): void {
    added.set(alias, canonical);
    targets.add(canonical);
  }
}
