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
  return {
    inside: insideHosts(facts.hosts ?? [], facts.services ?? []),
    aliases: nodeAliases(facts.aliases ?? []),
    recordRefs: facts.recordRefs ?? null,
    tokenFor: facts.tokenFor ?? null,
  };
}
