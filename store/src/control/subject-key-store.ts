import type { TenantId } from '@vestige/core/ids';

/**
 * Which pseudonymisation keys are in use, by id. The keys are held by processes and written nowhere here. Postgres.
 *
 * Promises:
 * - A key that comes, goes or comes back is one audit entry, in the transaction that notes it, whichever process says so.
 * - A key counts as gone when no process has held it for {@link GONE_AFTER_MS}: while processes are restarted one after the
 *   other, some know the new keys and some the old ones.
 */
export interface SubjectKeyStore {
  /** What a process holds now. Several processes may hold different keys for a while. */
  note(tenant: TenantId, kids: readonly string[], now: Date): Promise<SubjectKeyChange[]>;
  /** Oldest first. */
  keys(tenant: TenantId): Promise<SubjectKeyId[]>;
}

export const GONE_AFTER_MS = 24 * 3_600_000;

export interface SubjectKeyChange {
  readonly kid: string;
  /** `gone`: nobody can make a token under it any more, so who asks by an identifier is not led to what it named. */
  readonly change: 'added' | 'gone' | 'back';
}

export interface SubjectKeyId {
  readonly kid: string;
  readonly since: Date;
  readonly goneAt: Date | null;
}
