import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';
import type { Gaps, Window } from './event-store.ts';
import type { RunsWithoutInputs } from './runs-without-inputs.ts';
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

/** What an answer about this window cannot know. */
export async function gaps(
  clickhouse: ClickHouse,
  { unattributed, sourceless }: { readonly unattributed: UnattributedTouches; readonly sourceless: RunsWithoutInputs },
  tenant: TenantId,
  window: Window,
): Promise<Gaps> {
  const [rejected, runs, { touches, asOfMs, uncountedDays }] = await Promise.all([
    clickhouse.rows<{ rejectedSpans: number }>(
      tenant,
      { name: 'rejected spans', sql: REJECTED },
      { tenant, ...rangeNs(window) },
    ),
    sourceless.count(tenant, window),
    unattributed.count(tenant, window),
  ]);
  return {
    rejectedSpans: rejected[0]?.rejectedSpans ?? 0,
    runsWithoutInputs: runs.runs,
    ...(runs.asOfMs === null ? {} : { runsAsOfMs: runs.asOfMs }),
    unattributedTouches: touches,
    ...(asOfMs === null ? {} : { unattributedAsOfMs: asOfMs }),
    ...(uncountedDays === 0 ? {} : { uncountedDays }),
  };
}
