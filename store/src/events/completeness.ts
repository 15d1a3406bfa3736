import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';
import type { Gaps, Window } from './event-store.ts';
import { rangeNs } from './time-range.ts';
import type { UnattributedTouches } from './unattributed-touches.ts';

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
 * Runs that say what they filled and not from what: nobody knows whose data they brought there. What only empties or
 * removes a dataset brings nothing. Columns of job runs alone, of which there are as many as batches, not as spans.
 */
const RUNS_WITHOUT_INPUTS = `
SELECT count() AS runs
FROM (
  SELECT job, run_id
  FROM run_datasets
  WHERE tenant = {tenant: UInt32}
    AND of = 'run'
    AND at >= fromUnixTimestamp64Nano({fromNs: Int64})
    AND at < fromUnixTimestamp64Nano({toNs: Int64})
  GROUP BY job, run_id
  HAVING countIf(side = 'output' AND lifecycle NOT IN ('drop', 'truncate')) > 0
    AND countIf(side = 'input' OR renamed_from != '') = 0
)`;

/** What an answer about this window cannot know. */
export async function gaps(
  clickhouse: ClickHouse,
  unattributed: UnattributedTouches,
  tenant: TenantId,
  window: Window,
): Promise<Gaps> {
  const [rejected, sourceless, { touches, asOfMs, uncountedDays }] = await Promise.all([
    clickhouse.rows<{ rejectedSpans: number }>(
      tenant,
      { name: 'rejected spans', sql: REJECTED },
      { tenant, ...rangeNs(window) },
    ),
    clickhouse.rows<{ runs: number }>(
      tenant,
      { name: 'runs without inputs', sql: RUNS_WITHOUT_INPUTS },
      { tenant, ...rangeNs(window) },
    ),
    unattributed.count(tenant, window),
  ]);
  return {
    rejectedSpans: rejected[0]?.rejectedSpans ?? 0,
    runsWithoutInputs: sourceless[0]?.runs ?? 0,
    unattributedTouches: touches,
    ...(asOfMs === null ? {} : { unattributedAsOfMs: asOfMs }),
    ...(uncountedDays === 0 ? {} : { uncountedDays }),
  };
}
