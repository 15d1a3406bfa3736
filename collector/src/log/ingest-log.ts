import type { TenantId } from '@vestige/core/ids';

/**
 * Where accepted requests wait for ClickHouse.
 *
 * Promises, run as one suite against every implementation:
 * - `append` resolves only when the record survives the death of this process (disk: also of the machine, after fsync);
 *   appends that wait at the same time share one fsync (group commit);
 * - a record is offered for draining, in each process lifetime, exactly once until it is `done`; after a restart every
 *   record that was appended and not removed is offered again, in the order of appending within its tenant;
 * - no tenant waits for another's backlog: draining takes turns between tenants;
 * - a torn or damaged tail loses only what was never acknowledged, and is reported; damage before an acknowledged record
 *   is an error that says which file, never a silent skip;
 * - when everything is done nothing of it is left in the folder;
 * - beyond its bounds `append` refuses (`rate_limited` for a tenant's share, `store_unavailable` for the whole, a full
 *   disk included) and keeps working when room comes back.
 */
export interface IngestLog {
  append(record: { readonly tenant: TenantId; readonly spans: number; readonly payload: Uint8Array }): Promise<void>;
  /** The next records to drain, up to `spansMax` spans, waiting at most `waitMs` after the first; null once closed. */
  take(limits: {
    readonly spansMax: number;
    readonly bytesMax: number;
    readonly waitMs: number;
  }): Promise<Taken | null>;
  /** Resolves when everything of `tenant` appended before this call is drained and its bytes are unlinked. */
  drained(tenant: TenantId): Promise<void>;
  backlog(): Backlog;
  close(): Promise<void>;
}

export interface Taken {
  readonly payloads: readonly Uint8Array[];
  /** Stored: the records may go. */
  done(): Promise<void>;
}

export interface Backlog {
  readonly records: number;
  readonly spans: number;
  readonly bytes: number;
  /** Age of the oldest record, 0 when empty. */
  readonly ageMs: number;
  readonly bytesByTenant: ReadonlyMap<TenantId, number>;
}
