import type { TenantId } from '@vestige/core/ids';

/**
 * Where accepted requests wait for ClickHouse.
 *
 * Promises, run as one suite against every implementation (`ingest-log-contract.ts`):
 * - `append` resolves only when the record survives the death of this process (disk: also of the machine, after fsync;
 *   memory: because it has been drained); appends that wait at the same time share one fsync (group commit);
 * - a record is offered for draining, in each process lifetime, exactly once until it is `done` or `release`d; after a
 *   restart every record that was appended and not removed is offered again, in the order of appending within its tenant;
 * - no tenant waits for another's backlog: draining takes turns between tenants;
 * - a torn or damaged tail loses only what was never acknowledged, and is reported; damage before an acknowledged record
 *   is an error that says which file, never a silent skip;
 * - when everything is done nothing of it is left in the folder;
 * - beyond its bounds `append` refuses (`rate_limited` for a tenant's share, `store_unavailable` for the whole, a full
 *   disk included) and keeps working when room comes back;
 * - an `append` that failed may still be offered, now or after a restart. That is harmless: its sender sends the same
 *   spans again, and a span stored twice is stored once.
 */
export interface IngestLog {
  /** @throws VestigeError `rate_limited`, `store_unavailable`; the record may be sent again either way */
  append(record: LogRecord): Promise<void>;
  /** The next records to drain, up to `spansMax` spans, waiting at most `waitMs` after the first; null once closed. */
  take(limits: TakeLimits): Promise<Taken | null>;
  /** Resolves when everything of `tenant` appended before this call is drained and its bytes are unlinked. */
  drained(tenant: TenantId): Promise<void>;
  /** Whether the next append has a chance: `full` at the bound, `failing` while the disk refuses. */
  state(): LogState;
  backlog(): Backlog;
  /** Offers nothing more: whoever waits in `take` is told. What was taken may still be done. */
  stopOffering(): void;
  /** Takes nothing more either. What is not drained stays (disk), or its append fails (memory). */
  close(): Promise<void>;
}

export interface LogRecord {
  readonly tenant: TenantId;
  readonly spans: number;
  /** Belongs to the log from here on: nobody may write into it. */
  readonly payload: Uint8Array;
}

export interface TakeLimits {
  readonly spansMax: number;
  readonly bytesMax: number;
  readonly waitMs: number;
}

export interface Taken {
  readonly payloads: readonly Uint8Array[];
  /** Stored: the records may go. */
  done(): Promise<void>;
  /** Not stored, and given up by whoever took them: offered again (disk), or their appends fail (memory). */
  release(): void;
}

export type LogState = 'ok' | 'full' | 'failing';

export interface Backlog {
  readonly records: number;
  readonly spans: number;
  readonly bytes: number;
  /** Age of the oldest record, 0 when empty. */
  readonly ageMs: number;
  readonly bytesByTenant: ReadonlyMap<TenantId, number>;
}
