import type { TenantId } from '@vestige/core/ids';
import type { Secret } from '@vestige/core/secret';
import { openClickHouse } from '../clickhouse/client.ts';
import { COPY_SETTINGS } from '../clickhouse/settings.ts';
import { pieces, textBytes } from './pieces.ts';

/** A dataset that was stored under a name that it has no more. */
export interface MovedDataset {
  readonly was: string;
  readonly is: string;
  /** It was a partition or a part file of what it is now. */
  readonly wasPart: boolean;
}

/**
 * Names of datasets that an older version stored with the runs of batch jobs. ClickHouse.
 *
 * Promises:
 * - {@link DatasetNames.copy} writes rows under present names beside those that there are, so that a run is found by either.
 *   Nothing is taken away: what reads a row calls its datasets by their present names (`core/src/openlineage/naming.ts`), so
 *   that two rows of one dataset say the same;
 * - a copy has the day on which its row was received, and goes with it;
 * - doing it twice is doing it once: a copy has a key made of that of its row.
 */
export interface DatasetNames {
  /** Names that come after `after`, in order. Of rows whose event told a state all names are those of today. */
  page(tenant: TenantId, after: string, limit: number): Promise<string[]>;
  copy(tenant: TenantId, moved: readonly MovedDataset[]): Promise<void>;
  close(): Promise<void>;
}

const PAGE = `
SELECT DISTINCT name
FROM (
  SELECT arrayJoin([node, renamed_from]) AS name
  FROM run_datasets
  WHERE tenant = {tenant: UInt32} AND of != 'job' AND state = ''
)
WHERE name > {after: String}
ORDER BY name
LIMIT {limit: UInt32}`;

/**
 * A row for the dataset, and one for the part that it was renamed from, which was read. Two partitions of one event would be one
 * row under the name of their folder: the event of a copy is told apart by what it is a copy of.
 */
const COPY_RUNS = `
INSERT INTO run_datasets
SELECT * EXCEPT (told, copied)
  REPLACE (
    copied AS event,
    told.1 AS side,
    told.2 AS node,
    told.3 AS lifecycle,
    told.4 AS renamed_from
  )
FROM (
  SELECT *,
    MD5(concat(hex(event), '\\n', toString(side), '\\n', node, '\\n', renamed_from)) AS copied,
    arrayJoin(arrayFilter(row -> row.2 != '', [
      (
        toString(side),
        transform(node, {was: Array(String)}, {is: Array(String)}, node),
        if(has({parts: Array(String)}, node), '', toString(lifecycle)),
        if(has({parts: Array(String)}, renamed_from), '',
          transform(renamed_from, {was: Array(String)}, {is: Array(String)}, renamed_from))
      ),
      (
        'input',
        if(has({parts: Array(String)}, renamed_from),
          transform(renamed_from, {was: Array(String)}, {is: Array(String)}, renamed_from), ''),
        '',
        ''
      )
    ])) AS told
  FROM run_datasets
  WHERE tenant = {tenant: UInt32}
    AND of != 'job' AND state = ''
    AND (
      node IN (SELECT arrayJoin({was: Array(String)}))
      OR renamed_from IN (SELECT arrayJoin({was: Array(String)}))
    )
)`;

const COPY_BY_NODE = `
INSERT INTO run_datasets_by_node
SELECT * EXCEPT (present, change) REPLACE (present AS node, change AS lifecycle)
FROM (
  SELECT *,
    transform(node, {was: Array(String)}, {is: Array(String)}, node) AS present,
    if(has({parts: Array(String)}, node), '', toString(lifecycle)) AS change
  FROM run_datasets_by_node
  WHERE tenant = {tenant: UInt32} AND node IN (SELECT arrayJoin({was: Array(String)}))
)`;

const NAMES_PER_STATEMENT = 2_500;

/**
 * @param writeUrl login that may insert and see (`collector`)
 * @param readUrl login that sees the rows of the tenant it names only (`api`)
 */
export function openDatasetNames(config: { readonly writeUrl: Secret; readonly readUrl: Secret }): DatasetNames {
  const writer = openClickHouse(config.writeUrl);
  const reader = openClickHouse(config.readUrl);
  return {
    async page(tenant, after, limit) {
      const rows = await reader.rows<{ name: string }>(
        tenant,
        { name: 'names of datasets', sql: PAGE, settings: { max_execution_time: 120 } },
        { tenant, after, limit },
      );
      return rows.map(({ name }) => name);
    },
    async copy(tenant, moved) {
      const bytesOf = ({ was, is }: MovedDataset) => Math.max(textBytes([was]), textBytes([is]));
      for (const some of pieces(moved, NAMES_PER_STATEMENT, bytesOf)) {
        const params = {
          tenant,
          was: some.map(({ was }) => was),
          is: some.map(({ is }) => is),
          parts: some.filter(({ wasPart }) => wasPart).map(({ was }) => was),
        };
        const settings = COPY_SETTINGS;
        await writer.run(tenant, { name: 'runs under present names', sql: COPY_RUNS, settings }, params);
        await writer.run(tenant, { name: 'datasets under present names', sql: COPY_BY_NODE, settings }, params);
      }
    },
    async close() {
      await Promise.all([writer.close(), reader.close()]);
    },
  };
}
