import type { TenantId } from '@vestige/core/ids';
import type { Backlog } from './ingest-log.ts';
import type { Queued } from './turn-queues.ts';

/**
 * A record counts as this much against the bounds, however small it is: what it costs in memory while it waits, and a
 * block of the disk. So the bound in bytes bounds the number of records, too: a million for the 4 GiB of the default.
 */
const RECORD_BYTES_MIN = 4096;

export const chargeOf = (bytes: number): number => Math.max(bytes, RECORD_BYTES_MIN);

/** Everything that was appended and is not done, being drained or not. */
export class BacklogCount {
  readonly #bytesByTenant = new Map<TenantId, number>();
  readonly #chargeByTenant = new Map<TenantId, number>();
  #records = 0;
  #spans = 0;
  #bytes = 0;
  #charge = 0;

  /** Bytes counted against the bound. */
  get charge(): number {
    return this.#charge;
  }

  chargeOf(tenant: TenantId): number {
    return this.#chargeByTenant.get(tenant) ?? 0;
  }

  add(record: Omit<Queued, 'atMs'>): void {
    this.#change(record, 1);
  }

  remove(record: Omit<Queued, 'atMs'>): void {
    this.#change(record, -1);
  }

  /** @param oldestAtMs Infinity when there is nothing */
  backlog(oldestAtMs: number, nowMs: number): Backlog {
    return {
      records: this.#records,
      spans: this.#spans,
      bytes: this.#bytes,
      ageMs: this.#records === 0 ? 0 : Math.max(0, nowMs - oldestAtMs),
      bytesByTenant: new Map(this.#bytesByTenant),
    };
  }

  #change({ tenant, spans, bytes }: Omit<Queued, 'atMs'>, sign: 1 | -1): void {
    this.#records += sign;
    this.#spans += sign * spans;
    this.#bytes += sign * bytes;
    this.#charge += sign * chargeOf(bytes);
    move(this.#bytesByTenant, tenant, sign * bytes);
    move(this.#chargeByTenant, tenant, sign * chargeOf(bytes));
  }
}

function move(counts: Map<TenantId, number>, tenant: TenantId, by: number): void {
  const left = (counts.get(tenant) ?? 0) + by;
  if (left <= 0) counts.delete(tenant);
  else counts.set(tenant, left);
}
