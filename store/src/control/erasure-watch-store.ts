import type { TenantId } from '@vestige/core/ids';

/**
 * Looking for people who were erased and have come back (verification level V4): a scan of everybody who is stored, the
 * looks that are due after each erasure, and invented people who prove daily that erasing works. Postgres.
 *
 * Promises:
 * - Who was erased is kept as an HMAC of the random subject id, under the key of the suppression list, and expires.
 * - The looks after an erasure are written in the transaction that ends it ({@link AliasStore.forget}).
 * - A scan goes on where it was, whoever began it; there is one at a time. A look counts as done only by a scan that
 *   began after it was due and ended.
 * - What resurfaced becomes a finding in the transaction that ends the scan. No finding names a person.
 */
export interface ErasureWatchStore {
  /** Those of the ids whose erasure has ended. An erasure that is under way is none. */
  erasedAmong(tenant: TenantId, subjectIds: readonly string[]): Promise<ErasedPerson[]>;
  /** Those of the ids that nobody leads to and no erasure explains: a lost alias, or an erasure that has expired. */
  unknownAmong(tenant: TenantId, subjectIds: readonly string[]): Promise<string[]>;
  /** Erasures that ended at or after the instant, as far as the list remembers. */
  erasuresSince(tenant: TenantId, since: Date): Promise<number>;

  /** The open scan, or a new one when a look is due or the last one began over `everyMs` ago; else null. */
  takeScan(tenant: TenantId, ask: { readonly now: Date; readonly everyMs: number }): Promise<ResidueScan | null>;
  /**
   * Where the scan stands. Its place is ignored when another process is further or has ended it; what either of two
   * processes has found stays found.
   *
   * @returns all that has resurfaced by the word of any process
   */
  noteScan(tenant: TenantId, scan: ResidueScan): Promise<ResidueScan['resurfaced']>;
  /** Ends the scan, answers the looks it covers, and writes findings. */
  endScan(tenant: TenantId, scan: ResidueScan, now: Date): Promise<void>;
  /** Newest first. */
  scans(tenant: TenantId, limit: number): Promise<EndedScan[]>;
  /** In the order they are due. */
  rechecks(tenant: TenantId, requestId: string): Promise<Recheck[]>;

  /** The newest first. */
  canaries(tenant: TenantId, limit: number): Promise<Canary[]>;
  putCanary(tenant: TenantId, canary: Canary): Promise<void>;
  /** Writes a finding: no canary has been verified for too long, or one failed at a step. */
  noteStaleCanary(
    tenant: TenantId,
    details: { readonly failedStep: string | null; readonly lastVerified: string | null },
  ): Promise<void>;
}

export interface ErasedPerson {
  readonly subjectId: string;
  readonly requestId: string;
  readonly forgottenAt: Date;
}

export interface ResidueScan {
  readonly id: string;
  readonly startedAt: Date;
  /** Table being read, and the last id that was looked at in it; null before the first. */
  readonly table: string | null;
  readonly position: string | null;
  readonly seen: number;
  /** Rows of erased people, by request. */
  readonly resurfaced: Readonly<Record<string, number>>;
  readonly unknown: number;
}

export interface EndedScan extends Pick<ResidueScan, 'id' | 'startedAt' | 'seen' | 'resurfaced' | 'unknown'> {
  readonly finishedAt: Date | null;
}

export const RECHECKS = ['day', 'week', 'month', 'backup_horizon'] as const;

export interface Recheck {
  readonly after: (typeof RECHECKS)[number];
  readonly dueAt: Date;
  /** Null until it is done. */
  readonly checkedAt: Date | null;
  /** Rows that had come back. */
  readonly found: number | null;
}

export const CANARY_STEPS = ['plant', 'suppress', 'erase', 'verify', 'replay'] as const;

export interface Canary {
  readonly id: string;
  /** Kept until it is verified, so that another process can clean up after one that died. */
  readonly subjectId: string | null;
  readonly plantedAt: Date;
  readonly verifiedAt: Date | null;
  readonly failedStep: (typeof CANARY_STEPS)[number] | null;
}
