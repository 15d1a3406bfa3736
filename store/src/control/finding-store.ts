import type { TenantId } from '@vestige/core/ids';
import type { AuditDraft } from '../audit/audit-store.ts';

/**
 * What a person must look at. Postgres. Findings are written by the part that finds them, in its own transaction
 * ({@link import('./put-finding.ts').putFindings}); the same thing found again is counted and keeps its id, and is open
 * again when somebody had settled it.
 */
export interface FindingStore {
  /** Oldest first. */
  findings(tenant: TenantId, query: FindingQuery): Promise<Finding[]>;
  /**
   * Somebody has looked at it, and it needs nobody any more until it is found again. With its audit entry.
   *
   * @param why one line; no personal data
   * @param audit is given its object, and the type of the finding as payload
   * @throws VestigeError `not_found`; `conflict` when it was settled before and not found again
   */
  settle(tenant: TenantId, id: string, why: string, audit: Omit<AuditDraft, 'object'>): Promise<Finding>;
}

export interface FindingQuery {
  readonly type?: string;
  /** Settled ones too; without it only what somebody must look at. */
  readonly settled?: boolean;
  /** Exclusive: the last finding of the page before. */
  readonly after: { readonly firstSeen: string; readonly id: string } | null;
  readonly limit: number;
}

export interface Finding {
  readonly id: string;
  /** Dotted, e.g. `node_alias.conflict`. */
  readonly type: string;
  /** Nodes, services and counts; never a person. */
  readonly details: Readonly<Record<string, unknown>>;
  /** How often it was found. */
  readonly times: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** Null while it is open, and again once it was found after that. */
  readonly settled: { readonly by: string; readonly at: string; readonly why: string } | null;
}
