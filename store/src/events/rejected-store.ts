import type { TenantId } from '@vestige/core/ids';
import type { Secret } from '@vestige/core/secret';
import { openClickHouse } from '../clickhouse/client.ts';
import { DAY_BY_DAY } from './day-by-day.ts';
import type { RejectedSpan } from './event-store.ts';
import { replayedBlocks } from './rejected-blocks.ts';

/**
 * Rejected spans, to be read again. ClickHouse.
 *
 * Promises:
 * - a span that {@link RejectedStore.markReplayed} was told of is in no page and in no count from then on, and telling it
 *   again changes nothing;
 * - pages are bounded and walk a day in the order of keys, so that what cannot be mended is met once a walk;
 * - copies of a span received on several days are several rows, and each is marked for itself.
 */
export interface RejectedStore {
  /** Days (`2026-11-23`) that hold some, oldest first, with how many of each reason. */
  days(tenant: TenantId, filter: RejectedFilter): Promise<RejectedDay[]>;
  /** @param after key of the last row of the page before, '' for the first */
  page(tenant: TenantId, day: string, filter: RejectedFilter, after: string, limit: number): Promise<StoredRejected[]>;
  markReplayed(tenant: TenantId, rows: readonly StoredRejected[]): Promise<void>;
  close(): Promise<void>;
}

export interface RejectedFilter {
  /** Null for every reason. */
  readonly reason: string | null;
  /** Received at or after. */
  readonly sinceMs: number;
}

export interface RejectedDay {
  readonly day: string;
  readonly reason: string;
  readonly spans: number;
}

export interface StoredRejected extends RejectedSpan {
  /** 32 hex digits. */
  readonly spanKey: string;
}

const WANTED = `
  tenant = {tenant: UInt32}
  AND replayed = 0
  AND ({reason: String} = '' OR reason = {reason: String})
  AND received_at >= fromUnixTimestamp64Milli({sinceMs: Int64})`;

const DAYS = `
SELECT toString(toDate(received_at)) AS day, reason, count() AS spans
FROM rejected_spans FINAL
WHERE ${WANTED}
GROUP BY day, reason
ORDER BY day, reason`;

const PAGE = `
SELECT
  lower(hex(span_key)) AS spanKey,
  toUnixTimestamp64Milli(rejected_spans.received_at) AS receivedAtMs,
  reason,
  service,
  span,
  arrayMap(subject -> UUIDNumToString(subject), subject_ids) AS subjects,
  linked
FROM rejected_spans FINAL
WHERE ${WANTED}
  AND received_at >= toDateTime64({day: Date}, 3, 'UTC')
  AND received_at < toDateTime64({day: Date} + 1, 3, 'UTC')
  AND span_key > toFixedString(unhex({after: String}), 16)
ORDER BY span_key
LIMIT {limit: UInt32}`;

type PageRow = Omit<StoredRejected, 'subjectIds' | 'linkSubjectIds'> & { subjects: string[]; linked: number };

/**
 * @param writeUrl login that may insert (`collector`)
 * @param readUrl login that sees the rows of the tenant it names only (`api`)
 */
export function openRejectedStore(config: { readonly writeUrl: Secret; readonly readUrl: Secret }): RejectedStore {
  const writer = openClickHouse(config.writeUrl);
  const reader = openClickHouse(config.readUrl);
  const params = ({ reason, sinceMs }: RejectedFilter) => ({ reason: reason ?? '', sinceMs });
  return {
    days: (tenant, filter) =>
      reader.rows(
        tenant,
        { name: 'days of rejected spans', sql: DAYS, settings: DAY_BY_DAY },
        { tenant, ...params(filter) },
      ),
    async page(tenant, day, filter, after, limit) {
      const rows = await reader.rows<PageRow>(
        tenant,
        { name: 'rejected spans of a day', sql: PAGE, settings: DAY_BY_DAY },
        { tenant, ...params(filter), day, after, limit },
      );
      return rows.map(({ subjects, linked, ...row }) => ({
        ...row,
        subjectIds: subjects.slice(0, subjects.length - linked),
        linkSubjectIds: subjects.slice(subjects.length - linked),
      }));
    },
    async markReplayed(tenant, rows) {
      for (const block of replayedBlocks(tenant, rows)) await writer.insert(tenant, block);
    },
    async close() {
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}
