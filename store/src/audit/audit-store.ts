import type { TenantId } from '@vestige/core/ids';

/**
 * Who did what to this system. Postgres.
 *
 * Promises:
 * - An entry is written in the transaction of the change it tells of: both are there, or neither. Stores of this
 *   workspace take an {@link AuditDraft} for that; {@link AuditStore.append} is for reads, which have no transaction.
 * - The index of an entry is gap-free per tenant and never changes; a past page reads the same for ever.
 * - What is hashed later (`entry`, canonical JSON with a salted commitment) never holds personal data; the payload lies
 *   in a table of its own and may be erased without touching the entry. A Merkle tree can be laid over it unchanged.
 */
export interface AuditStore {
  append(tenant: TenantId, draft: AuditDraft): Promise<AuditEntry>;
  /** In the order of their index, which is the order in which they became visible. */
  entries(tenant: TenantId, query: AuditQuery): Promise<AuditEntry[]>;
  /** Erases the payloads that name these subjects; entries and indexes stay. Returns how many. */
  erasePayloads(tenant: TenantId, subjectIds: readonly string[]): Promise<number>;
}

export interface AuditQuery {
  /** Exclusive; -1 begins at the first entry. */
  readonly afterIndex: number;
  readonly limit: number;
  /** Entries about any of these (several when subjects were linked). Those whose payload was erased are not found. */
  readonly subjectIds?: readonly string[];
  readonly requestId?: string;
  /** Only looks at a person, which are the entries with a purpose. */
  readonly readsOnly?: boolean;
}

export interface AuditDraft {
  /** Dotted verb, e.g. `request.approved`, `subject.read`, `store.registered`. */
  readonly type: string;
  /** `key:<key id>`, `worker:<name>` or `system:<part>`; never a person's name. */
  readonly actor: string;
  /** The id of a `subject` is kept in the erasable payload; the entry says `-`. */
  readonly object: { readonly kind: string; readonly id: string };
  readonly requestId?: string;
  /** Why a person's data was read (`Vestige-Purpose`). */
  readonly purpose?: string;
  /** The person this is about. Goes to the erasable payload, never to the entry. */
  readonly subjectId?: string;
  /** Erasable details; still no raw identifiers. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

export interface AuditEntry {
  readonly index: number;
  readonly at: string;
  readonly type: string;
  readonly actor: string;
  readonly object: { readonly kind: string; readonly id: string };
  readonly requestId: string | null;
  readonly purpose: string | null;
  /** `sha256:` + hex of SHA-256 over a zero byte, a random nonce and the canonical payload. */
  readonly commitment: string;
  /** Null once erased. */
  readonly payload: Readonly<Record<string, unknown>> | null;
}
