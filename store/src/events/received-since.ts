import { type ClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import { tableAges } from './table-ages.ts';
import { REPLICA, type Topology } from './topology.ts';

export interface ReceivedSince {
  /** One for each server; null for one that holds nothing. */
  readonly servers: readonly (Date | null)[];
  /** Period after which rows leave; null where the table states none. */
  readonly limitDays: number | null;
}

/** From the engine's own books, as ages are; the first union is for a server without a part. */
const FIRST_ENDS = (where: Topology) => `
SELECT replica, min(endS) AS firstEndS
FROM (
  SELECT ${REPLICA} AS replica, CAST(NULL AS Nullable(Float64)) AS endS FROM ${where.everywhere('system', 'one')}
  UNION ALL
  SELECT ${REPLICA}, toFloat64(toUnixTimestamp(delete_ttl_info_min))
  FROM ${where.everywhere('system', 'parts')}
  WHERE database = {database: String} AND table = {table: String} AND active AND rows > 0 AND toUnixTimestamp(delete_ttl_info_min) > 0
)
GROUP BY replica
ORDER BY replica`;

/** When the oldest of what each server holds about people was received. */
export async function receivedSince(clickhouse: ClickHouse, where: Topology): Promise<ReceivedSince> {
  const limitDays = (await tableAges(clickhouse, where, ['touches']))[0]?.limitDays ?? null;
  const rows = await clickhouse.rows<{ replica: string; firstEndS: number | null }>(
    SYSTEM_SPEAKER,
    { name: 'since when servers hold touches', sql: FIRST_ENDS(where) },
    { database: clickhouse.database, table: where.local('touches') },
  );
  const servers = rows.map(({ firstEndS }) =>
    firstEndS === null ? null : new Date((firstEndS - (limitDays ?? 0) * 86_400) * 1000),
  );
  return { servers, limitDays };
}
