import type { TenantId } from '@vestige/core/ids';
import type { JobFlow } from '@vestige/core/lineage/data-map';
import { presentDataset } from '@vestige/core/node/present-name';
import type { ClickHouse } from '../clickhouse/client.ts';
import type { Bounded, Window } from './event-store.ts';
import type { RunsAt } from './installation-reads.ts';
import { chunks } from './key-chunks.ts';
import { goingOnNs, ONE_SHARD_A_RUN, RUNS_GOING_ON } from './runs-going-on.ts';
import { rangeNs } from './time-range.ts';

/** What jobs did in the window. A job that is only described counts whenever it was: it is design, not an event. */
const JOB_FLOWS = `
SELECT
  job, side, node, of = 'job' AS design,
  uniqExact(run_id) AS runs,
  max(parent_job) AS parentJob,
  arraySort(groupUniqArrayArray(categories)) AS categories,
  toUnixTimestamp64Micro(min(at)) AS firstUs,
  toUnixTimestamp64Micro(max(at)) AS lastUs
FROM run_datasets
WHERE tenant = {tenant: UInt32}
  AND side != 'none' AND job != '' AND lifecycle != 'drop'
  AND (of = 'job' OR (at >= fromUnixTimestamp64Nano({fromNs: Int64}) AND at < fromUnixTimestamp64Nano({toNs: Int64})))
GROUP BY job, side, node, design
ORDER BY design, runs DESC, job, side, node
LIMIT {limit: UInt32}`;

export async function jobFlows(
  clickhouse: ClickHouse,
  tenant: TenantId,
  window: Window,
  limit: number,
): Promise<Bounded<JobFlow>> {
  const rows = await clickhouse.rows<Omit<JobFlow, 'design'> & { design: number | boolean }>(
    tenant,
    { name: 'job flows', sql: JOB_FLOWS },
    { tenant, ...rangeNs(window), limit: limit + 1 },
  );
  const flows = rows
    .slice(0, limit)
    .map((row) => ({ ...row, node: presentDataset(row.node).id, design: Boolean(row.design) }));
  const ofOne = Map.groupBy(flows, ({ job, side, node, design }) => [job, side, node, design].join('\n'));
  return { rows: [...ofOne.values()].map((same) => same.reduce(joined)), cut: rows.length > limit };
}

/** Of one dataset under two names, of which a run may have both: not more runs than one of them says. */
function joined(a: JobFlow, b: JobFlow): JobFlow {
  return {
    ...a,
    runs: Math.max(a.runs, b.runs),
    parentJob: a.parentJob || b.parentJob,
    categories: [...new Set([...a.categories, ...b.categories])].sort(),
    firstUs: Math.min(a.firstUs, b.firstUs),
    lastUs: Math.max(a.lastUs, b.lastUs),
  };
}

/** Inputs of the runs that wrote one of these, or that belong to one of these jobs, and the names they were renamed from. */
const SOURCES = `
SELECT DISTINCT arrayJoin(if(renamed_from = '', [node], [node, renamed_from])) AS source
FROM run_datasets
WHERE tenant = {tenant: UInt32}
  AND of != 'job'
  AND (side = 'input' OR renamed_from != '')
  AND run_id IN (
    SELECT run_id FROM run_datasets
    WHERE tenant = {tenant: UInt32} AND of != 'job'
      AND (side = 'output' AND node IN (SELECT arrayJoin({nodes: Array(String)}))
        OR job IN (SELECT arrayJoin({nodes: Array(String)})))
  )
ORDER BY source
LIMIT {limit: UInt32}`;

/** Runs that were going on in the window and read, wrote or renamed one of these, or are of one of these jobs. */
const RUNS_AT = `
SELECT DISTINCT
  node,
  renamed_from AS renamedFrom,
  side = 'input' AND node IN (SELECT arrayJoin({nodes: Array(String)})) AS isRead,
  renamed_from IN (SELECT arrayJoin({nodes: Array(String)})) AS isRenamed
FROM run_datasets
WHERE tenant = {tenant: UInt32}
  AND of != 'job'
  AND (node IN (SELECT arrayJoin({nodes: Array(String)}))
    OR renamed_from IN (SELECT arrayJoin({nodes: Array(String)}))
    OR job IN (SELECT arrayJoin({nodes: Array(String)})))
  AND (job, run_id) IN (${RUNS_GOING_ON})`;

/** A dataset that was read under one name may have taken another in the same row. */
interface RunAt {
  readonly node: string;
  readonly renamedFrom: string;
  readonly isRead: number | boolean;
  readonly isRenamed: number | boolean;
}

export async function runsAt(
  clickhouse: ClickHouse,
  tenant: TenantId,
  nodes: readonly string[],
  window: Window,
): Promise<RunsAt> {
  const read = new Set<string>();
  let any = false;
  for (const some of chunks(nodes)) {
    const rows = await clickhouse.rows<RunAt>(
      tenant,
      { name: 'runs at datasets', sql: RUNS_AT, settings: ONE_SHARD_A_RUN },
      { tenant, nodes: some, ...goingOnNs(window) },
    );
    any ||= rows.length > 0;
    for (const { node, renamedFrom, isRead, isRenamed } of rows) {
      if (isRead && node !== '') read.add(presentDataset(node).id);
      if (isRenamed && renamedFrom !== '') read.add(presentDataset(renamedFrom).id);
    }
  }
  return { any, read: [...read] };
}

export async function sourcesOf(
  clickhouse: ClickHouse,
  tenant: TenantId,
  nodes: readonly string[],
  limit: number,
): Promise<Bounded<string>> {
  const found = new Set<string>();
  for (const some of chunks(nodes)) {
    const rows = await clickhouse.rows<{ source: string }>(
      tenant,
      { name: 'sources of datasets', sql: SOURCES, settings: ONE_SHARD_A_RUN },
      { tenant, nodes: some, limit: limit + 1 },
    );
    for (const { source } of rows) found.add(presentDataset(source).id);
  }
  return { rows: [...found].slice(0, limit), cut: found.size > limit };
}
