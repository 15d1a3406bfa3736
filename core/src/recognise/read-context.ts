import { type AliasPair, type NodeAliases, nodeAliases } from '../node/alias.ts';
import { type Inside, insideHosts } from '../node/inside.ts';

/**
 * What reading a span needs to know about its tenant. Compiled once per tenant and reused for every span; build a new
 * one when the registry changes.
 */
export interface ReadContext {
  readonly inside: Inside;
  readonly aliases: NodeAliases;
  /**
   * Refs of a record the span names in clear (Redis, S3 and Kafka keys, memory records), newest key first. Absent where
   * the tenant kept its key to itself: then such keys are only reduced (ruling 24).
   */
  readonly recordRefs: ((node: string, recordKey: string) => readonly string[]) | null;
  /** Token of a raw identifier (`user.email` → `email`), or null when it is none. Absent: dropped and counted. */
  readonly tokenFor: ((type: string, value: string) => string | null) | null;
}

export interface TenantFacts {
  /** The tenant's own hosts; `*.example.com` covers subdomains (ruling 22). */
  readonly hosts?: readonly string[];
  /** `{service}` names seen in this tenant, without the `service:` prefix. */
  readonly services?: readonly string[];
  /** Both sides are node ids, or prefixes of node ids that end in `*`. */
  readonly aliases?: readonly AliasPair[];
  readonly recordRefs?: ReadContext['recordRefs'];
  readonly tokenFor?: ReadContext['tokenFor'];
}

export function readContext(facts: TenantFacts = {}): ReadContext {
  const { hosts = [], services = [], aliases = [], recordRefs = null, tokenFor = null } = facts;
  const context = { inside: insideHosts(hosts, services), aliases: nodeAliases(aliases), recordRefs, tokenFor };
  plain.set(context, { hosts, services, aliases });
  return context;
}

/** A compiled context is functions; these are what they were compiled from. */
const plain = new WeakMap<ReadContext, PlainFacts>();

/** Facts that can be copied to another thread; what needs a key is made there again. */
export type PlainFacts = Required<Pick<TenantFacts, 'hosts' | 'services' | 'aliases'>>;

/** Null for a context that {@link readContext} did not compile. */
export function plainFactsOf(context: ReadContext): PlainFacts | null {
  return plain.get(context) ?? null;
}
