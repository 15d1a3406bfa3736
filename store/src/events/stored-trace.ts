import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';
import { UNLOGGED } from '../clickhouse/settings.ts';
import type { Bounded, StoredSpan } from './event-store.ts';
import { STORED_SPAN_COLUMNS, type StoredSpanRow, storedSpan } from './span-row.ts';

const TRACE = `
SELECT ${STORED_SPAN_COLUMNS}
FROM spans
WHERE tenant = {tenant: UInt32} AND trace_id = toFixedString(unhex({traceId: String}), 16)
ORDER BY trace_id, ts, span_id, rule_set DESC
LIMIT 1 BY trace_id, span_id
LIMIT {limit: UInt32}`;

/** `touches` is ordered by subject; the time of the trace picks the months, a bloom filter on the trace the granules. */
const TRACE_SUBJECTS = `
SELECT lower(hex(span_id)) AS spanId, arraySort(groupUniqArray(UUIDNumToString(subject_id))) AS subjectIds
FROM touches
WHERE tenant = {tenant: UInt32}
  AND trace_id = toFixedString(unhex({traceId: String}), 16)
  AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
  AND ts <= fromUnixTimestamp64Nano({lastNs: Int64})
GROUP BY span_id`;

/** One trace with attributes and subjects, oldest span first. */
export async function storedTrace(
  clickhouse: ClickHouse,
  tenant: TenantId,
  traceId: string,
  limit: number,
): Promise<Bounded<StoredSpan>> {
  const found = await clickhouse.rows<StoredSpanRow>(
    tenant,
    { name: 'trace', sql: TRACE },
    { tenant, traceId, limit: limit + 1 },
  );
  const rows = found.slice(0, limit);
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return { rows: [], cut: found.length > limit };
  const tagged = await clickhouse.rows<{ spanId: string; subjectIds: string[] }>(
    tenant,
    { name: 'subjects of a trace', sql: TRACE_SUBJECTS, settings: UNLOGGED },
    { tenant, traceId, fromNs: first.startNs, lastNs: last.startNs },
  );
  const subjects = new Map(tagged.map(({ spanId, subjectIds }) => [spanId, subjectIds]));
  return {
    rows: rows.map((row) => storedSpan(row, subjects.get(row.spanId) ?? [])),
    cut: found.length > limit,
  };
}
