import type { TenantId } from '@vestige/core/ids';
import type { ClickHouse } from '../clickhouse/client.ts';
import type { Bounded, Window } from './event-store.ts';
import { rangeNs } from './time-range.ts';

/** Jobs and datasets of runs that were going on in the window, also of one that has no job: a table that was renamed. */
const NODES_OF_RUNS = `
SELECT DISTINCT arrayJoin([toString(job), node, renamed_from]) AS id
FROM run_datasets
WHERE tenant = {tenant: UInt32}
  AND of != 'job'
  AND started_at < fromUnixTimestamp64Nano({toNs: Int64})
  AND run_id IN (
    SELECT run_id FROM run_datasets
    WHERE tenant = {tenant: UInt32} AND at >= fromUnixTimestamp64Nano({fromNs: Int64})
  )
ORDER BY id
LIMIT {limit: UInt32}`;

export async function nodesOfRuns(
  clickhouse: ClickHouse,
  tenant: TenantId,
  window: Window,
  limit: number,
): Promise<Bounded<string>> {
  // A run lies on one shard with all its rows.
  const settings = { distributed_product_mode: 'local' } as const;
  const rows = await clickhouse.rows<{ id: string }>(
    tenant,
    { name: 'nodes of runs', sql: NODES_OF_RUNS, settings },
    // What there is none of comes first, as ''.
    { tenant, ...rangeNs(window), limit: limit + 2 },
  );
  const found = rows.map(({ id }) => id).filter((id) => id !== '');
  return { rows: found.slice(0, limit), cut: found.length > limit };
}
