import type { TenantId } from '@vestige/core/ids';
import type { Secret } from '@vestige/core/secret';

export const SCOPES = [
  'ingest',
  'lineage:read',
  'identify',
  'requests:read',
  'requests:write',
  'requests:approve',
  'tasks:work',
  'governance:read',
  'governance:write',
  'audit:read',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * Tenants and their API keys. Postgres.
 *
 * Promises: the secret of a key is stored as a salted hash only and shown once, at creation; a revoked or expired key
 * authenticates nobody from the next call on; looking up an unknown key takes as long as a known one with a wrong secret.
 */
export interface TenantStore {
  /** Cheap round trip, for `/readyz`. */
  ping(): Promise<void>;
  /** Creates the tenant when the name is new; returns it either way. */
  ensureTenant(name: string): Promise<Tenant>;
  tenant(id: TenantId): Promise<Tenant | null>;
  /** All of them, for the processes that serve every tenant, such as the request workflow. Never for a caller's eyes. */
  tenants(): Promise<Tenant[]>;
  /**
   * @param actor for the audit entry; `system:setup` when nobody is named
   * @returns the key's id and the whole bearer (`vst_<key id>_<secret>`), which nobody can show again
   */
  createKey(tenant: TenantId, key: NewKey, actor?: string): Promise<{ id: string; secret: Secret }>;
  /** @param bearer `vst_<key id>_<secret>`; null when it opens nothing */
  authenticate(bearer: string): Promise<Caller | null>;
  /**
   * Which of these keys still open something, for a process that remembers whom it has let in.
   *
   * @param keyIds of any tenants, at most 10,000
   */
  liveKeys(keyIds: readonly string[]): Promise<ReadonlySet<string>>;
  keys(tenant: TenantId): Promise<KeyInfo[]>;
  /** False when there is no such key or it was revoked before. */
  revokeKey(tenant: TenantId, keyId: string, actor?: string): Promise<boolean>;
  /** All null for a tenant that has none of its own. */
  quota(tenant: TenantId): Promise<TenantQuota>;
  /** Of all tenants that have one of their own, for the collector. Never for a caller's eyes. */
  quotas(): Promise<ReadonlyMap<TenantId, TenantQuota>>;
  /**
   * Replaces the whole quota; collectors go by it within seconds.
   *
   * @throws VestigeError `bad_request` for a rate that is no whole number or out of range
   */
  setQuota(tenant: TenantId, quota: TenantQuota, actor?: string): Promise<void>;
}

/** What a tenant may send, on average. Null: as the collector's settings say. 0: without limit. */
export interface TenantQuota {
  /** At most 10^9. */
  readonly spansPerS: number | null;
  /** Of bodies, inflated; at most 10^12. */
  readonly bytesPerS: number | null;
}

export interface Tenant {
  readonly id: TenantId;
  /** Lower-case slug, e.g. `acme`; part of token derivation. */
  readonly name: string;
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: string | null;
}

export interface Caller {
  readonly tenant: Tenant;
  readonly keyId: string;
  readonly keyName: string;
  readonly scopes: readonly Scope[];
}

export interface KeyInfo {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
}
