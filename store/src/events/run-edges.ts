import type { TenantId } from '@vestige/core/ids';
import type { DatasetEdge } from '@vestige/core/lineage/facts';
import {
  type ColumnSource,
  type EventState,
  outcomeOf,
  type RunDataset,
  type RunFacts,
} from '@vestige/core/openlineage/lineage-event';
import { withNamesakes } from '@vestige/core/openlineage/namesakes';
import { underPresentNames } from '@vestige/core/openlineage/naming';
import { runEdges } from '@vestige/core/openlineage/run-edges';
import type { ClickHouse } from '../clickhouse/client.ts';
import { chunks } from './key-chunks.ts';

/** Datasets of the runs of one query, and edges of one answer. */
const ROWS_MAX = 500_000;
const EDGES_MAX = 200_000;

/** Runs that read the dataset, and runs that ended its residency (ruling 7), oldest first. */
const RUNS_OF_DATASETS = `
SELECT node AS wanted, run_id AS runId, job
FROM run_datasets_by_node
WHERE tenant = {tenant: UInt32}
  AND node IN (SELECT arrayJoin({datasets: Array(String)}))
  AND (side = 'input' OR lifecycle != '')
GROUP BY node, run_id, job
ORDER BY node, min(at), run_id, job
LIMIT {perDataset: UInt32} BY node`;

/**
 * All that the events of these runs told. A run is as long as from its first event to its last, whatever they named; a
 * dataset that several events name is one row, with the union of what they told of it. START says when it began; without
 * one it began when the others hint at.
 *
 * Columns are known where every event that names the output tells them (ADR 100). Of an event without a state they are not:
 * nearly all of those were stored before there were states, and then any column lineage was believed, also one that leaves
 * columns out and so hides a way (ADR 97).
 */
const RUN_DATASETS = `
SELECT
  run_id AS runId, job, toString(side) AS side, node, toString(lifecycle) AS lifecycle, renamed_from AS renamedFrom,
  max(parent_job) AS parentJob,
  min(columns_told AND state != '') AS columnsTold,
  groupUniqArrayArray(arrayMap((input, via) -> (input, via), column_input, column_via)) AS columns,
  arraySort(groupUniqArrayArray(categories)) AS categories,
  groupUniqArrayIf(subject_set, subject_set != '') AS subjectSets,
  groupUniqArray(toString(state)) AS states,
  toUnixTimestamp64Micro(min(at)) AS firstUs,
  toUnixTimestamp64Micro(min(started_at)) AS startUs,
  toUnixTimestamp64Micro(max(at)) AS endUs
FROM run_datasets
WHERE tenant = {tenant: UInt32}
  AND run_id IN (SELECT arrayJoin({runs: Array(String)}))
  AND of != 'job'
GROUP BY run_id, job, side, node, lifecycle, renamed_from
ORDER BY run_id, job, side, node, lifecycle, renamed_from
LIMIT {limit: UInt32}`;

interface RunRow {
  readonly runId: string;
  readonly job: string;
  readonly side: RunDataset['side'] | 'none';
  readonly node: string;
  readonly lifecycle: RunDataset['lifecycle'];
  readonly renamedFrom: string;
  readonly parentJob: string;
  readonly columnsTold: boolean;
  readonly columns: readonly [string, ColumnSource['via']][];
  readonly categories: readonly string[];
  readonly subjectSets: readonly string[];
  readonly states: readonly EventState[];
  readonly firstUs: number;
  readonly startUs: number;
  readonly endUs: number;
}

/**
 * What batch jobs did with these datasets: the edges of runs that read one of them, and of runs that ended what rested
 * there. Of a run with many inputs only the edges of the datasets asked for are answered.
 *
 * @param perDatasetMax runs of one dataset, the oldest
 */
export async function datasetEdges(
  clickhouse: ClickHouse,
  tenant: TenantId,
  datasets: readonly string[],
  perDatasetMax: number,
): Promise<{ rows: DatasetEdge[]; cut: boolean }> {
  const wanted = new Set(datasets);
  const found = await runsOf(clickhouse, tenant, [...wanted], perDatasetMax);
  const { runs, cut } = await runFacts(clickhouse, tenant, found.runs);
  const edges: DatasetEdge[] = [];
  let full = false;
  for (const run of runs) {
    for (const edge of runEdges(run, wanted)) {
      if (edges.length >= EDGES_MAX) {
        full = true;
        break;
      }
      edges.push(edge);
    }
  }
  return { rows: edges.sort((a, b) => a.startUs - b.startUs || compare(a, b)), cut: found.cut || cut || full };
}

async function runsOf(
  clickhouse: ClickHouse,
  tenant: TenantId,
  datasets: readonly string[],
  perDatasetMax: number,
): Promise<{ runs: string[]; cut: boolean }> {
  const runs = new Set<string>();
  let cut = false;
  for (const some of chunks(datasets)) {
    const rows = await clickhouse.rows<{ wanted: string; runId: string }>(
      tenant,
      { name: 'runs of datasets', sql: RUNS_OF_DATASETS },
      { tenant, datasets: some, perDataset: perDatasetMax + 1 },
    );
    for (const [, ofOne] of Map.groupBy(rows, (row) => row.wanted)) {
      cut ||= ofOne.length > perDatasetMax;
      for (const { runId } of ofOne.slice(0, perDatasetMax)) runs.add(runId);
    }
  }
  return { runs: [...runs], cut };
}

async function runFacts(
  clickhouse: ClickHouse,
  tenant: TenantId,
  runIds: readonly string[],
): Promise<{ runs: RunFacts[]; cut: boolean }> {
  const rows: RunRow[] = [];
  let cut = false;
  for (const some of chunks(runIds)) {
    const found = await clickhouse.rows<RunRow>(
      tenant,
      { name: 'datasets of runs', sql: RUN_DATASETS },
      { tenant, runs: some, limit: ROWS_MAX + 1 },
    );
    cut ||= found.length > ROWS_MAX;
    for (const row of found.slice(0, ROWS_MAX)) rows.push(row);
  }
  const groups = Map.groupBy(rows, ({ runId, job }) => `${job}\n${runId}`);
  return { runs: withNamesakes([...groups.values()].map(runOf)), cut };
}

function runOf(rows: readonly RunRow[]): RunFacts {
  return {
    runId: rows[0]?.runId ?? '',
    job: rows[0]?.job ?? '',
    parentJob:
      rows
        .map(({ parentJob }) => parentJob)
        .sort()
        .at(-1) ?? '',
    startUs: begunAt(rows),
    endUs: rows.reduce((last, { endUs }) => Math.max(last, endUs), 0),
    outcome: outcomeOf(rows.flatMap(({ states }) => states)),
    subjectSets: [...new Set(rows.flatMap(({ subjectSets }) => subjectSets))].sort(),
    datasets: rows.flatMap(({ side, node, lifecycle, renamedFrom, columnsTold, columns, categories }) =>
      side === 'none'
        ? []
        : underPresentNames({
            side,
            node,
            lifecycle,
            renamedFrom,
            columns: columnsTold ? columns.map(([input, via]) => ({ input, via })) : null,
            categories,
          }),
    ),
  };
}

/** START tells it; without one, what the other events hint at. */
function begunAt(rows: readonly RunRow[]): number {
  const isBegun = rows.some(({ states }) => states.includes('start'));
  return rows.reduce(
    (first, { firstUs, startUs }) => Math.min(first, isBegun ? firstUs : startUs),
    Number.POSITIVE_INFINITY,
  );
}

function compare(a: DatasetEdge, b: DatasetEdge): number {
  const key = ({ runId, input, output, lifecycle }: DatasetEdge) => [runId, output, input, lifecycle].join('\n');
  return key(a) < key(b) ? -1 : 1;
}
