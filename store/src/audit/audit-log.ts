import type { NoteSigner } from '@vestige/core/audit/note-key';
import type { TenantId } from '@vestige/core/ids';
import type { NewFinding } from '../control/put-finding.ts';

/**
 * The tree over the entries of {@link import('./audit-store.ts').AuditStore}, and what proves it to outsiders. Postgres.
 *
 * Promises:
 * - A checkpoint is signed when its tree continues the one that was signed before, and refused otherwise: nothing we
 *   sign contradicts what we signed.
 * - A proof is made from complete subtrees that never change, so the proof of yesterday can be made again tomorrow.
 * - Whatever is read here was committed and has its index; reading sequences nothing.
 */
export interface AuditLog {
  /** Tenants whose entries wait for an index. Never for a caller's eyes. */
  waiting(): Promise<TenantId[]>;
  /** Gives everything committed its index. @returns how many entries got one */
  sequence(tenant: TenantId): Promise<number>;
  /**
   * Writes today's heartbeat, once a day whichever process calls.
   *
   * @returns the day it wrote it for (UTC) and that of the heartbeat before; null when there was one today
   */
  heartbeat(tenant: TenantId): Promise<{ day: string; before: string | null } | null>;
  status(tenant: TenantId): Promise<LogStatus>;

  /**
   * Signs the tree as it is. With nothing new since the last checkpoint that one is the answer.
   *
   * @param origin names the log for ever
   * @returns null for a log without entries
   * @throws VestigeError `misconfigured` for another origin than before; `internal` when the tree is not a continuation
   *   of what was signed, which is a damaged or restored database: nothing is signed then
   */
  sign(tenant: TenantId, origin: string, signers: readonly NoteSigner[]): Promise<StoredCheckpoint | null>;
  /** @param atMost the newest of at most this size; the newest of all when it is left out */
  checkpoint(tenant: TenantId, atMost?: number): Promise<StoredCheckpoint | null>;
  /** By size, beginning after one. */
  checkpoints(tenant: TenantId, range: { afterSize: number; upTo: number; limit: number }): Promise<StoredCheckpoint[]>;

  /** @throws VestigeError `not_found` for an index that the tree of that size has not */
  inclusionProof(tenant: TenantId, index: number, size: number): Promise<Uint8Array[]>;
  /** @throws VestigeError `bad_request` unless 1 ≤ first ≤ second ≤ entries */
  consistencyProof(tenant: TenantId, first: number, second: number): Promise<Uint8Array[]>;

  /** By index, beginning at `from`. */
  leaves(tenant: TenantId, range: { from: number; until: number; limit: number }): Promise<LogLeaf[]>;
  /** The entry that completed a request with this certificate. */
  certificateEntry(tenant: TenantId, certificateId: string): Promise<LogLeaf | null>;
  /** Certificates whose requests were completed by entries of this range of indexes. */
  certificates(tenant: TenantId, range: { from: number; until: number }): Promise<LoggedCertificate[]>;

  /** The same proof again changes nothing. */
  putAnchor(tenant: TenantId, anchor: Omit<Anchor, 'at'>): Promise<void>;
  anchors(tenant: TenantId, range: { afterSize: number; upTo: number }): Promise<Anchor[]>;
  /** The newest of each witness, with its age. */
  lastAnchors(tenant: TenantId): Promise<(Pick<Anchor, 'size' | 'kind' | 'place' | 'at'> & { ageS: number })[]>;
  /** Something a person must look at: a silent day, a checkpoint that could not be signed, a witness that is away. */
  note(tenant: TenantId, finding: NewFinding): Promise<void>;
}

export interface StoredCheckpoint {
  readonly size: number;
  /** The signed note, byte for byte. */
  readonly note: string;
  readonly at: string;
}

/** One entry as it is hashed, with what opens its commitment. */
export interface LogLeaf {
  readonly index: number;
  readonly entry: Uint8Array;
  /** Null once erased. `subjectId` says whether it is about a person. */
  readonly payload: { readonly nonce: Uint8Array; readonly text: string; readonly subjectId: string | null } | null;
  readonly redactedBy: number | null;
}

export interface LoggedCertificate {
  readonly id: string;
  readonly index: number;
  /** As signed, canonical. */
  readonly bytes: Uint8Array;
}

export interface Anchor {
  readonly size: number;
  /** `rfc3161`: the answer of a time-stamping authority over the note, DER. `copy`: a copy left elsewhere. */
  readonly kind: 'rfc3161' | 'copy';
  /** Which authority or place. */
  readonly place: string;
  readonly proof: Uint8Array;
  readonly at: string;
}

export interface LogStatus {
  readonly size: number;
  readonly waiting: number;
  /** How long the oldest waiting entry has waited; 0 when none does. */
  readonly oldestWaitingS: number;
  readonly checkpoint: { readonly size: number; readonly at: string; readonly ageS: number } | null;
  /** UTC day of the last heartbeat, and the age of that entry. */
  readonly heartbeat: { readonly day: string; readonly ageS: number } | null;
}
