import type { TenantId } from '@vestige/core/ids';
import { presentDataset } from '@vestige/core/node/present-name';
import type { ClickHouse } from '../clickhouse/client.ts';
import type { Bounded, Window } from './event-store.ts';
import { goingOnNs, ONE_SHARD_A_RUN, RUNS_GOING_ON } from './runs-going-on.ts';

/** Jobs and datasets of runs that were going on in the window, also of one that has no job: a table that was renamed. */
const NODES_OF_RUNS = `
SELECT DISTINCT arrayJoin([toString(job), node, renamed_from]) AS id
FROM run_datasets
WHERE tenant = {tenant: UInt32}
  AND of != 'job'
  AND (job, run_id) IN (${RUNS_GOING_ON})
ORDER BY id
LIMIT {limit: UInt32}`;

export async function nodesOfRuns(
  clickhouse: ClickHouse,
  tenant: TenantId,
  window: Window,
  limit: number,
): Promise<Bounded<string>> {
  const rows = await clickhouse.rows<{ id: string }>(
    tenant,
    { name: 'nodes of runs', sql: NODES_OF_RUNS, settings: ONE_SHARD_A_RUN },
    // What there is none of comes first, as ''.
    { tenant, ...goingOnNs(window), limit: limit + 2 },
  );
  const found = rows.map(({ id }) => id).filter((id) => id !== '');
  const present = new Set(found.slice(0, limit).map((id) => presentDataset(id).id));
  return { rows: [...present], cut: found.length > limit };
}
