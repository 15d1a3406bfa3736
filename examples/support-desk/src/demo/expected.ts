import type { LedgerEntry } from '../ledger.ts';
import { NODES } from '../nodes.ts';

/** What lineage must say of one person, from what the application really did with their data. */
export interface Expected {
  readonly nodes: readonly string[];
  readonly residency: readonly string[];
}

/**
 * Which agent calls which other one. The follow-up agent is not among them: what takes the message from the queue is the
 * service, which then runs the agent.
 */
export const HANDED_OVER = [`${NODES.triage} → ${NODES.knowledge}`] as const;

/** The person came in through the desk's HTTP front; the ledger has no entry for that. */
const ALWAYS = [NODES.client];

export function expectedOf(entries: readonly LedgerEntry[], person: string): Expected {
  const own = entries.filter((entry) => entry.person === person).map((entry) => entry.node);
  return {
    nodes: [...new Set([...ALWAYS, ...own])].sort(),
    residency: [...new Set(own.filter((node) => /^(store|memory|queue):/.test(node)))].sort(),
  };
}
