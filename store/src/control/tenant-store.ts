import type { Role } from '@vestige/core/access/roles';
import type { Scope } from '@vestige/core/access/scopes';
import type { TenantId } from '@vestige/core/ids';
import type { Secret } from '@vestige/core/secret';

export { SCOPES, type Scope } from '@vestige/core/access/scopes';

/**
 * Tenants and their API keys. Postgres.
 *
 * Promises: the secret of a key is stored as a salted hash only and shown once, at creation; a revoked or expired key
 * authenticates nobody from the next call on; looking up an unknown key takes as long as a known one with a wrong secret;
 * a key grants no scope and no day that it has not itself; what it may do and who holds it never changes.
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
   * @param by the key that makes it; absent for whoever runs the database, who may grant everything (`system:setup`)
   * @returns the key's id and the whole bearer (`vst_<key id>_<secret>`), which nobody can show again
   * @throws VestigeError `bad_request` for no scope or one beyond the role; `forbidden` for one that `by` does not hold,
   *   or a life longer than its own
   */
  createKey(tenant: TenantId, key: NewKey, by?: Caller): Promise<MadeKey>;
  /**
   * A new id and secret for what a key may do, in the same hands; the old one ends after the overlap.
   *
   * @param overlapS 0 to {@link ROTATION_OVERLAP_S_MAX}
   * @returns null when there is no such living key
   * @throws VestigeError `forbidden` for somebody else's key that may do what `by` may not
   */
  rotateKey(tenant: TenantId, keyId: string, overlapS: number, by?: Caller): Promise<MadeKey | null>;
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

/** A day, so that every instance of an application can be given the new key before the old one ends. */
export const ROTATION_OVERLAP_S_MAX = 86_400;

/** A role, or scopes, or a role with some of its scopes. */
export interface NewKey {
  readonly name: string;
  readonly role?: Role | null | undefined;
  readonly scopes?: readonly Scope[] | undefined;
  /** The company's own name for who holds it (`KeyPerson`). Nobody: it is in the hands of whoever makes it. */
  readonly person?: string | null | undefined;
  readonly expiresAt: string | null;
}

export interface MadeKey {
  readonly id: string;
  readonly secret: Secret;
}

/** Who calls: what a living key says. */
export interface Caller {
  readonly tenant: Tenant;
  readonly keyId: string;
  readonly keyName: string;
  /** Null when its scopes were chosen one by one. */
  readonly role: Role | null;
  readonly scopes: readonly Scope[];
  /** A `KeyPerson`, or `key:<key id>` where nobody was named. */
  readonly person: string;
  readonly expiresAt: string | null;
}

export interface KeyInfo {
  readonly id: string;
  readonly name: string;
  readonly role: Role | null;
  readonly scopes: readonly Scope[];
  readonly person: string;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  /** The key whose place it took. */
  readonly replaces: string | null;
}
