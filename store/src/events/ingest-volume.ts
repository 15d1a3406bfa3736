import type { TenantId } from '@vestige/core/ids';
import { CANARY_SERVICE } from '@vestige/core/lineage/completeness';
import type { ClickHouse } from '../clickhouse/client.ts';
import type { Window } from './event-store.ts';
import type { Rejections, VolumeBucket, VolumePoint } from './installation-reads.ts';
import { rangeNs } from './time-range.ts';
import { cutAtMidnights } from './whole-days.ts';

/** The canary of our own is no sign that anybody else was heard of. */
const OWN_SERVICE = `service:${CANARY_SERVICE}`;

/** The summary of migration 0059 counts every delivery, so this does too. */
const BY_DAY = `
SELECT toUnixTimestamp(toDateTime(toString(day), 'UTC')) * 1000 AS startMs, sum(spans_received) AS spans
FROM service_days
WHERE tenant = {tenant: UInt32} AND day >= {firstDay: UInt32} AND day <= {lastDay: UInt32} AND service != {own: String}
GROUP BY day
ORDER BY day
LIMIT 1000`;

/** One column of a day or two. */
const BY_HOUR = `
SELECT toUnixTimestamp(toStartOfHour(ts)) * 1000 AS startMs, count() AS spans
FROM spans
WHERE tenant = {tenant: UInt32}
  AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
  AND ts < fromUnixTimestamp64Nano({toNs: Int64})
  AND service != {own: String}
GROUP BY startMs
ORDER BY startMs
LIMIT 1000`;

/** The same spans as `rejected spans` counts. */
const REJECTIONS = `
SELECT reason_of_span AS reason, count() AS spans
FROM (
  SELECT span_key, any(reason) AS reason_of_span
  FROM rejected_spans
  WHERE tenant = {tenant: UInt32}
    AND received_at >= fromUnixTimestamp64Nano({fromNs: Int64})
    AND received_at < fromUnixTimestamp64Nano({toNs: Int64})
  GROUP BY span_key
  HAVING max(replayed) = 0
)
GROUP BY reason
ORDER BY spans DESC, reason
LIMIT 100`;

export async function ingestVolume(
  clickhouse: ClickHouse,
  tenant: TenantId,
  window: Window,
  bucket: VolumeBucket,
): Promise<VolumePoint[]> {
  if (bucket === 'hour') {
    return clickhouse.rows<VolumePoint>(
      tenant,
      { name: 'spans by hour', sql: BY_HOUR },
      { tenant, ...rangeNs(window), own: OWN_SERVICE },
    );
  }
  const { days } = cutAtMidnights(window);
  if (days === null) return [];
  const range = { tenant, firstDay: days.first, lastDay: days.last, own: OWN_SERVICE };
  return clickhouse.rows<VolumePoint>(tenant, { name: 'spans by day', sql: BY_DAY }, range);
}

export function rejections(clickhouse: ClickHouse, tenant: TenantId, window: Window): Promise<Rejections[]> {
  return clickhouse.rows<Rejections>(
    tenant,
    { name: 'rejected spans by reason', sql: REJECTIONS },
    { tenant, ...rangeNs(window) },
  );
}
