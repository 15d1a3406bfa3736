import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { BacklogCount, chargeOf } from './backlog-count.ts';
import type { IngestLog, LogRecord } from './ingest-log.ts';
import { type Queued, TurnQueues } from './turn-queues.ts';

export interface MemoryLogOptions {
  /** Of all records that wait, and of one tenant's. */
  readonly bytesMax: number;
  readonly tenantBytesMax: number;
  /** Monotonic. */
  readonly nowMs: () => number;
}

interface Entry extends Queued {
  readonly payload: Uint8Array;
  /** Resolves without a value when the record is stored, with the reason when it is given up. */
  readonly settled: Promise<VestigeError | null>;
  readonly settle: (error: VestigeError | null) => void;
}

/**
 * The log of a collector that acknowledges when ClickHouse has the rows: an append ends when its record is drained, and
 * fails when it is given up. Nothing is on any disk but ClickHouse's.
 */
export function openMemoryLog({ bytesMax, tenantBytesMax, nowMs }: MemoryLogOptions): IngestLog {
  const queues = new TurnQueues<Entry>(nowMs);
  const count = new BacklogCount();
  const open = new Set<Entry>();
  let closed = false;

  const settle = (entry: Entry, error: VestigeError | null): void => {
    if (!open.delete(entry)) return;
    count.remove(entry);
    entry.settle(error);
  };

  const refusal = ({ tenant, payload }: LogRecord): VestigeError | null => {
    const charge = chargeOf(payload.length);
    if (closed) return new VestigeError('store_unavailable', 'the collector is closing');
    const own = count.chargeOf(tenant);
    if (own > 0 && own + charge > tenantBytesMax) {
      return new VestigeError('rate_limited', 'the tenant has too much waiting for the database');
    }
    if (count.charge > 0 && count.charge + charge > bytesMax) {
      return new VestigeError('store_unavailable', 'too much is waiting for the database');
    }
    return null;
  };

  return {
    async append(record) {
      const refused = refusal(record);
      if (refused !== null) throw refused;
      const { promise: settled, resolve: settle } = Promise.withResolvers<VestigeError | null>();
      const entry: Entry = { ...record, bytes: record.payload.length, atMs: nowMs(), settled, settle };
      open.add(entry);
      count.add(entry);
      queues.add(entry);
      const error = await settled;
      if (error !== null) throw error;
    },
    async take(limits) {
      const entries = await queues.take(limits);
      if (entries === null) return null;
      return {
        payloads: entries.map((entry) => entry.payload),
        async done() {
          for (const entry of entries) settle(entry, null);
        },
        release() {
          for (const entry of entries)
            settle(entry, new VestigeError('store_unavailable', 'the spans were not stored'));
        },
      };
    },
    async drained(tenant: TenantId) {
      const own = [...open].filter((entry) => entry.tenant === tenant);
      await Promise.all(own.map((entry) => entry.settled));
    },
    state: () => (count.charge >= bytesMax ? 'full' : 'ok'),
    backlog() {
      let oldestAtMs = Number.POSITIVE_INFINITY;
      for (const entry of open) oldestAtMs = Math.min(oldestAtMs, entry.atMs);
      return count.backlog(oldestAtMs, nowMs());
    },
    stopOffering: () => queues.close(),
    async close() {
      closed = true;
      queues.close();
      const error = new VestigeError('store_unavailable', 'the collector is closing');
      for (const entry of [...open]) settle(entry, error);
    },
  };
}
