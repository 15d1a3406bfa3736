import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';
import type { Watermark, Window } from './event-store.ts';
import { rangeNs } from './time-range.ts';
import { cutAtMidnights } from './whole-days.ts';

/**
 * Per process, `vestige.seq` counts its spans, so numbers between the smallest and the largest that nobody stored are
 * spans that were lost. A bitmap counts them, because a span may lie here twice. A window cuts a process's numbers at both ends
 * by time, and spans start in another order than they are numbered: a narrow window may report a few too many, never
 * too few.
 *
 * Whole days come from their summary (migration 0059), so that an answer about one person does not read everybody's
 * spans; what a window cuts off a day, at its head and its tail, is read from the spans.
 */
const watermarksOf = (source: string) => `
SELECT
  replaceRegexpOne(service, '^service:', '') AS service_name,
  max(newest_of_process) AS newestSpanMs,
  sum(missing) AS missingSeq
FROM (
  SELECT
    service,
    toUnixTimestamp64Milli(max(newest_span)) AS newest_of_process,
    groupBitmapMergeState(numbers) AS all_numbers,
    if(
      bitmapCardinality(all_numbers) = 0, 0,
      bitmapMax(all_numbers) - bitmapMin(all_numbers) + 1 - bitmapCardinality(all_numbers)
    ) AS missing
  FROM (${source})
  GROUP BY service, instance
)
GROUP BY service_name
ORDER BY service_name
LIMIT 10000`;

const SUMMARISED = `
    SELECT toString(service) AS service, instance, newest AS newest_span, seqs AS numbers
    FROM service_days
    WHERE tenant = {tenant: UInt32} AND day >= {firstDay: UInt32} AND day <= {lastDay: UInt32}`;

const AT_THE_EDGES = `
    SELECT
      toString(service) AS service, toString(instance) AS instance, max(ts) AS newest_span,
      bitmapBuild(groupArrayIf(toUInt64(seq), seq >= 0)) AS numbers
    FROM spans
    WHERE tenant = {tenant: UInt32}
      AND ((ts >= fromUnixTimestamp64Nano({headFromNs: Int64}) AND ts < fromUnixTimestamp64Nano({headToNs: Int64}))
        OR (ts >= fromUnixTimestamp64Nano({tailFromNs: Int64}) AND ts < fromUnixTimestamp64Nano({tailToNs: Int64})))
    GROUP BY service, instance`;

/** To plan a read of the spans costs as much as the summary does, also where nothing of them is read. */
const OF_WHOLE_DAYS = watermarksOf(SUMMARISED);
const OF_ANY_WINDOW = watermarksOf(`${SUMMARISED}
    UNION ALL ${AT_THE_EDGES}`);

const NOWHERE = { fromUs: 0, toUs: 0 } as const;
const NO_DAYS = { first: 1, last: 0 } as const;

export async function watermarks(clickhouse: ClickHouse, tenant: TenantId, window: Window): Promise<Watermark[]> {
  const { days, edges } = cutAtMidnights(window);
  const { first, last } = days ?? NO_DAYS;
  const [head, tail] = [rangeNs(edges[0] ?? NOWHERE), rangeNs(edges[1] ?? NOWHERE)];
  const rows = await clickhouse.rows<{ service_name: string; newestSpanMs: number; missingSeq: number }>(
    tenant,
    { name: 'watermarks', sql: edges.length === 0 ? OF_WHOLE_DAYS : OF_ANY_WINDOW },
    {
      tenant,
      firstDay: first,
      lastDay: last,
      headFromNs: head.fromNs,
      headToNs: head.toNs,
      tailFromNs: tail.fromNs,
      tailToNs: tail.toNs,
    },
  );
  return rows.map(({ service_name, newestSpanMs, missingSeq }) => ({
    service: service_name,
    newestSpanMs,
    missingSeq,
  }));
}
