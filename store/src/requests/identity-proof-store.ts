import type { TenantId } from '@vestige/core/ids';
import type { Assurance, ProofKind, ProofMediaType } from '@vestige/core/request/identity-policy';
import type { By } from './request-store.ts';

/**
 * What people show to be recognised, while nobody has decided yet (GDPR Art. 12(6)). Postgres.
 *
 * Promises:
 * - A proof lies encrypted under a key that its request has for proofs alone. With the decision, whichever it is, all
 *   proofs and that key are destroyed in the transaction that decides; only method, level, time and who decided stay.
 * - A proof that nobody decides on is destroyed at its own expiry, by {@link expire}, and is not readable after it.
 * - Adding, reading and destroying are each audited with kind, level and size, never with content.
 */
export interface IdentityProofStore {
  /**
   * @throws VestigeError `not_found`; `conflict` once somebody has decided, or for a kind that the tenant's policy does
   *   not take; `too_large` beyond `PROOFS_MAX` proofs
   */
  add(tenant: TenantId, requestId: string, proof: NewProof, by: By): Promise<StoredProof>;
  /** Oldest first, without their content. @throws VestigeError `not_found` for a request that does not exist */
  proofs(tenant: TenantId, requestId: string, now: Date): Promise<StoredProof[]>;
  /** In the clear, audited with the purpose. Null once it is destroyed or expired. */
  read(tenant: TenantId, requestId: string, id: string, purpose: string, by: By): Promise<OpenedProof | null>;
  /** Whether there was one. */
  destroy(tenant: TenantId, requestId: string, id: string, by: By): Promise<boolean>;
  /** Destroys those whose time is over, a bounded number per call. Returns how many. */
  expire(tenant: TenantId, by: By): Promise<number>;
}

export interface NewProof {
  readonly kind: ProofKind;
  readonly assurance: Assurance;
  readonly mediaType: ProofMediaType;
  /** 1 to `PROOF_BYTES_MAX`. */
  readonly content: Uint8Array;
}

export interface StoredProof extends Omit<NewProof, 'content'> {
  readonly id: string;
  readonly bytes: number;
  readonly addedBy: string;
  readonly addedAt: Date;
  readonly expiresAt: Date;
}

export interface OpenedProof extends StoredProof {
  readonly content: Uint8Array;
}
