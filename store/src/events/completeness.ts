import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';
import { ONE_SHARD_A_TRACE, TOUCHES_AT_REST, tracesOfSomebody } from './attributed-traces.ts';
import { DAY_BY_DAY } from './day-by-day.ts';
import type { Gaps, Watermark, Window } from './event-store.ts';
import { rangeNs } from './time-range.ts';

/**
 * Per process, `vestige.seq` counts its spans, so numbers between the smallest and the largest that nobody stored are
 * spans that were lost. A bitmap counts them, because a span may lie here twice. A window cuts a process's numbers at both ends
 * by time, and spans start in another order than they are numbered: a narrow window may report a few too many, never
 * too few.
 */
const WATERMARKS = `
SELECT
  replaceRegexpOne(service, '^service:', '') AS service_name,
  max(newest) AS newestSpanMs,
  sum(missing) AS missingSeq
FROM (
  SELECT
    service,
    instance,
    max(toUnixTimestamp64Milli(ts)) AS newest,
    if(
      countIf(seq >= 0) = 0, 0,
      maxIf(seq, seq >= 0) - minIf(seq, seq >= 0) + 1 - groupBitmapIf(toUInt64(seq), seq >= 0)
    ) AS missing
  FROM spans
  WHERE tenant = {tenant: UInt32}
    AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
    AND ts < fromUnixTimestamp64Nano({toNs: Int64})
  GROUP BY service, instance
)
GROUP BY service_name
ORDER BY service_name
LIMIT 10000`;

export async function watermarks(clickhouse: ClickHouse, tenant: TenantId, window: Window): Promise<Watermark[]> {
  const rows = await clickhouse.rows<{ service_name: string; newestSpanMs: number; missingSeq: number }>(
    tenant,
    { name: 'watermarks', sql: WATERMARKS },
    { tenant, ...rangeNs(window) },
  );
  return rows.map(({ service_name, newestSpanMs, missingSeq }) => ({
    service: service_name,
    newestSpanMs,
    missingSeq,
  }));
}

/** Each span once, however often it came, and not once it was replayed. */
const REJECTED = `
SELECT count() AS rejectedSpans
FROM (
  SELECT span_key
  FROM rejected_spans
  WHERE tenant = {tenant: UInt32}
    AND received_at >= fromUnixTimestamp64Nano({fromNs: Int64})
    AND received_at < fromUnixTimestamp64Nano({toNs: Int64})
  GROUP BY span_key
  HAVING max(replayed) = 0
)`;

/**
 * Touches of places where data rests or leaves, in traces of which no span is tagged with anybody. A span says itself
 * whether it is tagged (`attribution`), so this reads no subject. `FINAL`: a span that was derived again under newer rules
 * may have lost a touch, and its older row lies beside the newer until they are merged. Our own export and erasure work
 * is nobody's gap. Two plain scans are five times faster here than grouping the window by trace.
 */
const UNATTRIBUTED = `
SELECT sum(at_rest) AS unattributedTouches
FROM (
  SELECT length(${TOUCHES_AT_REST}) AS at_rest
  FROM spans FINAL
  WHERE tenant = {tenant: UInt32}
    AND ts >= fromUnixTimestamp64Nano({fromNs: Int64})
    AND ts < fromUnixTimestamp64Nano({toNs: Int64})
    AND attribution = 'none'
    AND request_id = ''
    AND notEmpty(touch_peer)
    AND trace_id NOT IN (${tracesOfSomebody})
  LIMIT 1 BY trace_id, span_id
)`;

export async function gaps(clickhouse: ClickHouse, tenant: TenantId, window: Window): Promise<Gaps> {
  const params = { tenant, ...rangeNs(window) };
  const [rejected, unattributed] = await Promise.all([
    clickhouse.rows<{ rejectedSpans: number }>(tenant, { name: 'rejected spans', sql: REJECTED }, params),
    clickhouse.rows<{ unattributedTouches: number }>(
      tenant,
      { name: 'unattributed touches', sql: UNATTRIBUTED, settings: { ...ONE_SHARD_A_TRACE, ...DAY_BY_DAY } },
      params,
    ),
  ]);
  return {
    rejectedSpans: rejected[0]?.rejectedSpans ?? 0,
    unattributedTouches: unattributed[0]?.unattributedTouches ?? 0,
  };
}
