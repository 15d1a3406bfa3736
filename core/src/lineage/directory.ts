import { serviceNode } from '../node/actor.ts';
import { type AliasPair, type NodeAliases, nodeAliases } from '../node/alias.ts';
import { urlAuthority } from '../node/host.ts';
import { insideHosts } from '../node/inside.ts';
import { parseNodeId } from '../node/kind.ts';
import type { PartyRef } from './answer.ts';

/** What the registry knows, as plain data. */
export interface DirectoryFacts {
  readonly parties?: readonly (PartyRef & {
    /** Host suffixes that belong to the party (`example.com` covers `api.example.com`), and node ids. */
    readonly hosts: readonly string[];
  })[];
  readonly aliases?: readonly AliasPair[];
  readonly stores?: readonly {
    /** Node id; `*` at the end covers every id with that prefix. */
    readonly id: string;
    readonly partyId: string | null;
    readonly retentionDays: number | null;
  }[];
  /** `{service}` of everybody who has sent spans. */
  readonly services?: readonly string[];
  /** There are more of them. */
  readonly servicesCut?: boolean;
  /** The tenant's own hosts (ruling 22). */
  readonly internalHosts?: readonly string[];
}

/** Look-ups that an answer needs: one name per node, the party behind it, what is registered. */
export interface Directory {
  readonly canonical: NodeAliases;
  /** Every spelling under which this canonical node, record ref or dataset may have been stored, itself included. */
  spellings(canonicalId: string): string[];
  /** The party of a node, or of the outside host that a call to it reached; the most specific entry wins. */
  party(nodeId: string, host: string): PartyRef | null;
  registered(nodeId: string): { readonly retentionDays: number | null } | null;
  /** Not everybody who has sent spans was looked at: who was called before may be a node of its own beside the service. */
  readonly servicesCut: boolean;
}

export function directory(facts: DirectoryFacts): Directory {
  const aliases = facts.aliases ?? [];
  const alias = nodeAliases(aliases);
  const heard = calledServices(facts);
  const parties = new Map((facts.parties ?? []).map(({ hosts: _, ...party }) => [party.id, party]));
  const partyOfName = new Map<string, PartyRef>();
  for (const { hosts, ...party } of facts.parties ?? []) {
    for (const name of hosts) partyOfName.set(parseNodeId(name) === null ? name.toLowerCase() : name, party);
  }
  const stores = (facts.stores ?? []).toSorted((a, b) => b.id.length - a.id.length);
  const storeOf = (id: string) =>
    stores.find((store) => (store.id.endsWith('*') ? id.startsWith(store.id.slice(0, -1)) : store.id === id)) ?? null;

  function partyOfHost(host: string): PartyRef | null {
    // `vestige.recipient.id` may name the party itself.
    const named = parties.get(host);
    if (named) return named;
    for (let rest = host.toLowerCase(); rest !== ''; ) {
      const party = partyOfName.get(rest);
      if (party) return party;
      const dot = rest.indexOf('.');
      rest = dot < 0 ? '' : rest.slice(dot + 1);
    }
    return null;
  }

  return {
    canonical: (id) => heard.canonical(alias(id)),
    spellings: (id) => [...new Set([id, ...heard.spellings(id)].flatMap((name) => spellings(aliases, name)))],
    party(id, host) {
      const direct = partyOfName.get(id);
      if (direct) return direct;
      const owner = storeOf(id)?.partyId;
      const registered = owner ? parties.get(owner) : undefined;
      return registered ?? (host === '' ? null : partyOfHost(host)) ?? partyOfHost(hostOf(id));
    },
    registered: storeOf,
    servicesCut: facts.servicesCut ?? false,
  };
}

function spellings(aliases: readonly AliasPair[], canonicalId: string): string[] {
  const hash = canonicalId.lastIndexOf('#');
  const node = hash < 0 ? canonicalId : canonicalId.slice(0, hash);
  const suffix = hash < 0 ? '' : canonicalId.slice(hash);
  const found = new Set([canonicalId]);
  for (const { alias, canonical } of aliases) {
    if (!alias.endsWith('*')) {
      if (canonical === node) found.add(alias + suffix);
      continue;
    }
    const prefix = canonical.replace(/\*$/, '');
    if (node.startsWith(prefix)) found.add(alias.slice(0, -1) + node.slice(prefix.length) + suffix);
  }
  return [...found];
}

/**
 * A service with a namespace that was called before it had sent anything was named by its host, which has none. It is one
 * node with the service that answers there, so that what was asked for first does not depend on who was heard of first.
 */
function calledServices({ services = [], internalHosts = [], aliases = [] }: DirectoryFacts) {
  const inside = insideHosts(internalHosts, services);
  const known = new Set(services);
  const bareOf = (name: string) => name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  function canonical(id: string): string {
    const name = id.startsWith(SERVICE) ? id.slice(SERVICE.length) : '';
    if (name === '' || name.includes('/') || known.has(name)) return id;
    const service = inside.serviceOf(name);
    return service?.includes('/') === true ? serviceNode(service) : id;
  }
  const named = aliases.map((pair) => pair.canonical).filter((id) => canonical(id) !== id);
  return {
    canonical,
    /** The host with no domain, and those that an alias leads to: under which others it was called nobody has counted. */
    spellings(id: string): string[] {
      const name = id.startsWith(SERVICE) ? id.slice(SERVICE.length) : '';
      if (!name.includes('/')) return [];
      const bare = inside.serviceOf(bareOf(name)) === name ? [SERVICE + bareOf(name)] : [];
      return [...bare, ...named.filter((host) => canonical(host) === id)];
    },
  };
}

const SERVICE = 'service:';

/** The host that a node's own name tells: of a recipient, a hosted model, an MCP server, a store or queue with authority. */
export function hostOf(nodeId: string): string {
  const parsed = parseNodeId(nodeId);
  if (parsed === null) return '';
  const { kind, name } = parsed;
  if (kind === 'recipient' || kind === 'mcp_server') return name;
  if (kind === 'model') return name.includes('@') ? name.slice(name.lastIndexOf('@') + 1) : '';
  if (kind === 'store' || kind === 'queue') return urlAuthority(name)?.host ?? '';
  return '';
}
