import type { TenantId } from '@vestige/core/ids';

/**
 * Who did what to this system. Postgres. What it proves to outsiders is {@link import('./audit-log.ts').AuditLog}.
 *
 * Promises:
 * - An entry is written in the transaction of the change it tells of: both are there, or neither. Stores of this
 *   workspace take an {@link AuditDraft} for that; {@link AuditStore.append} is for reads, which have no transaction.
 * - Writers wait for nobody. An entry gets its index after it was committed, and at the latest before it is asked for.
 * - The index of an entry is gap-free per tenant and never changes; a past page reads the same for ever.
 * - What is hashed (`entry`, canonical JSON with a salted commitment) never holds personal data; the payload lies in a
 *   table of its own and may be erased without touching the entry or any proof.
 */
export interface AuditStore {
  append(tenant: TenantId, draft: AuditDraft): Promise<void>;
  /**
   * In the order of their index. Everything committed before the call is among them, but for a backlog of more than
   * 10,000, of which the newest may be missing.
   */
  entries(tenant: TenantId, query: AuditQuery): Promise<AuditEntry[]>;
  /**
   * Newest first, for whoever wants to know what just happened. A call looks at no more than {@link LATEST_SCAN_MAX}
   * entries, so what is rare may be found in no page before the last, and a page may be empty.
   *
   * @returns `before`: where the next page begins; null where the log does
   */
  latest(tenant: TenantId, query: LatestQuery): Promise<{ entries: AuditEntry[]; before: number | null }>;
  /**
   * Erases the payloads that name these subjects; entries, indexes and proofs stay, and one more entry says which were
   * erased by whom. Erasing nothing writes nothing.
   *
   * @returns how many
   */
  erasePayloads(tenant: TenantId, subjectIds: readonly string[], by: PayloadErasure): Promise<number>;
}

/** Who erases payloads, and the request that entitles them. */
export interface PayloadErasure {
  readonly actor: string;
  readonly requestId?: string;
}

export interface AuditQuery {
  /** Exclusive; -1 begins at the first entry. */
  readonly afterIndex: number;
  readonly limit: number;
  /** Entries about any of these (several when subjects were linked). Those whose payload was erased are not found. */
  readonly subjectIds?: readonly string[];
  /** Beside {@link subjectIds}: entries about others, from a time when they were the same person. */
  readonly during?: readonly { readonly subjectId: string; readonly from: string; readonly to: string }[];
  readonly requestId?: string;
  /** Only looks at a person, which are the entries with a purpose. */
  readonly readsOnly?: boolean;
}

/** Entries one call of {@link AuditStore.latest} looks at: no index knows types and actors, and logs get long. */
export const LATEST_SCAN_MAX = 20_000;

export interface LatestQuery {
  /** Exclusive; null begins at the newest. */
  readonly beforeIndex: number | null;
  readonly limit: number;
  /** A type, or how it begins, such as `request.`. */
  readonly type?: string;
  readonly actor?: string;
  readonly requestId?: string;
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
  /** Index of the entry by whose leave the payload was erased; null while it is there. */
  readonly redactedBy: number | null;
}
