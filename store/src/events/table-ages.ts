import type { RetentionReading } from '@vestige/core/retention/judge-retention';
import type { RetentionClass } from '@vestige/core/retention/retention-class';
import { type ClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import type { Topology } from './topology.ts';

/** Every table of ours that keeps rows, with the kind of data it is. A test compares the list with the engine. */
export const AGED_TABLES = {
  spans: 'agent_log',
  record_touches: 'agent_log',
  links_in: 'agent_log',
  run_datasets: 'agent_log',
  run_datasets_by_node: 'agent_log',
  service_days: 'agent_log',
  touches: 'person_links',
  rejected_spans: 'rejected',
  erase_found: 'erasure_evidence',
  erase_evidence: 'erasure_evidence',
} as const satisfies Readonly<Record<string, RetentionClass>>;
type AgedTable = keyof typeof AGED_TABLES;

/** The engine drops expired parts when it gets to it; two days late is not getting to it. */
const GRACE_DAYS = 2;

/**
 * From the engine's own books and not from the rows: every part knows when its first and last row expire, so nothing is
 * read, and rows of people whom a mask hides count too. Rows leave with their part, so a part is overdue when its *last*
 * row should be gone.
 */
const PARTS = (where: Topology) => `
SELECT
  toFloat64(toUnixTimestamp(min(delete_ttl_info_min))) AS firstEndS,
  countIf(delete_ttl_info_max < now() - INTERVAL ${GRACE_DAYS} DAY) AS overdue,
  count() AS parts
FROM ${where.everywhere('system', 'parts')}
WHERE database = {database: String} AND table = {table: String} AND active AND rows > 0 AND toUnixTimestamp(delete_ttl_info_max) > 0`;

const STATED = `
SELECT toUInt32OrNull(extract(create_table_query, 'TTL [a-z_]+ \\\\+ toIntervalDay\\\\((\\\\d+)\\\\)')) AS days
FROM system.tables
WHERE database = {database: String} AND name = {table: String}`;

/** How old what ClickHouse holds is, table by table; installation-wide, because parts hold several tenants. */
export async function tableAges(
  clickhouse: ClickHouse,
  where: Topology,
  names = Object.keys(AGED_TABLES) as readonly AgedTable[],
): Promise<RetentionReading[]> {
  const readings: RetentionReading[] = [];
  for (const name of names) {
    const of = { database: clickhouse.database, table: where.local(name) };
    const [stated] = await clickhouse.rows<{ days: number | null }>(
      SYSTEM_SPEAKER,
      { name: `period of ${name}`, sql: STATED },
      of,
    );
    const [found] = await clickhouse.rows<{ firstEndS: number; overdue: number; parts: number }>(
      SYSTEM_SPEAKER,
      { name: `age of ${name}`, sql: PARTS(where) },
      of,
    );
    const limitDays = stated?.days ?? null;
    const isAged = found !== undefined && found.parts > 0 && limitDays !== null;
    readings.push({
      place: `clickhouse.${name}`,
      class: AGED_TABLES[name],
      limitDays,
      oldest: isAged ? new Date((found.firstEndS - limitDays * 86_400) * 1000) : null,
      overdue: found?.overdue ?? 0,
    });
  }
  return readings;
}
