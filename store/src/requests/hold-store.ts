import type { TenantId } from '@vestige/core/ids';
import type { By } from './request-store.ts';

/**
 * Legal holds on a scope (research/compliance.md §3.6). Postgres. A hold stops the execution of erasures and
 * rectifications it covers, not their intake; it is asked by every claim, so a release needs no clean-up: what was held
 * can be claimed again.
 */
export interface HoldStore {
  place(tenant: TenantId, hold: NewHold, by: By): Promise<StoredHold>;
  /**
   * By another key than placed it, unless the tenant allows one key.
   *
   * @throws VestigeError `not_found`; `forbidden`; `conflict` when it was released before
   */
  release(tenant: TenantId, id: string, by: By): Promise<StoredHold>;
  /** In force, and released ones too when asked for; newest first, at most `limit`. */
  holds(tenant: TenantId, query: { readonly released: boolean; readonly limit: number }): Promise<StoredHold[]>;
  /** Those in force that cover this person somewhere. */
  covering(tenant: TenantId, subjectIds: readonly string[]): Promise<StoredHold[]>;
}

export interface NewHold {
  /** What for; no personal data. */
  readonly matter: string;
  readonly reviewAt: string;
  /** Node ids, with `*` at the end a prefix. Empty: every place. */
  readonly nodes: readonly string[];
  /** Null: everybody. */
  readonly subjectIds: readonly string[] | null;
}

export interface StoredHold {
  readonly id: string;
  readonly matter: string;
  readonly reviewAt: string;
  readonly nodes: readonly string[];
  readonly anyPerson: boolean;
  readonly placedBy: string;
  readonly placedAt: Date;
  readonly released: { readonly by: string; readonly at: Date } | null;
}
