import type { TenantId } from '@vestige/core/ids';

/**
 * What a person must look at. Postgres. Findings are written by the part that finds them, in its own transaction
 * ({@link import('./put-finding.ts').putFinding}); the same thing found again is counted and keeps its id.
 */
export interface FindingStore {
  /** Oldest first. */
  findings(tenant: TenantId, query: FindingQuery): Promise<Finding[]>;
}

export interface FindingQuery {
  readonly type?: string;
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
}
