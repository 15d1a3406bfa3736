import type { TenantId } from '@vestige/core/ids';
import type { Secret } from '@vestige/core/secret';
import { type ClickHouse, openClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import { UNLOGGED } from '../clickhouse/settings.ts';
import { batchId, queuedEverywhere } from './erase-queue.ts';
import { SUBJECT_TABLES, shapeOf } from './subject-tables.ts';
import type { Residue, ResidueCheck, TelemetryVerifier } from './telemetry-eraser.ts';
import { type Topology, topology } from './topology.ts';

export interface VerifierConfig {
  /** Login `verifier`: the only one that may switch deleted masks off, and one that may change nothing. */
  readonly url: Secret;
  readonly cluster?: string | undefined;
}

/** Rows masked by a lightweight delete or a patch part are still on the disk: count them too. */
const RAW = { apply_deleted_mask: 0, apply_patch_parts: 0, max_execution_time: 600 } as const;

export function openTelemetryVerifier(config: VerifierConfig): TelemetryVerifier & { close(): Promise<void> } {
  const clickhouse = openClickHouse(config.url);
  const where = topology(config.cluster);
  return {
    residue: async (batch, doneAtS) => residue(clickhouse, where, batchId(batch), doneAtS),
    countSubject: (tenant, subjectIds) => countSubject(clickhouse, where, tenant, subjectIds),
    close: () => clickhouse.close(),
  };
}

/**
 * Everything by which ClickHouse can still hold a row that no SELECT shows, in one row per replica.
 *
 * An inactive part counts when it was replaced no later than the erasure was done: what was replaced afterwards had
 * been rewritten before. Copies outside the engine's knowledge (FREEZE, backups, file system snapshots) are not seen
 * here; they belong to the backup horizon of the certificate.
 */
const NOTHING_REMAINS = (where: Topology, database: string, table: string, perSubject: string) => `
SELECT
  replica,
  sum(raw) AS rawRows,
  sum(masked) AS maskedActiveParts,
  sum(inactive) AS inactiveParts,
  sum(patch) AS patchParts,
  sum(detached) AS detachedParts,
  sum(mutation) AS openMutations,
  sum(dropped) AS droppedTables
FROM (
  SELECT hostName() AS replica, 0 AS raw, 0 AS masked, 0 AS inactive, 0 AS patch, 0 AS detached, 0 AS mutation, 0 AS dropped
  FROM ${where.everywhere('system', 'one')}
  UNION ALL
  SELECT hostName(), count(), 0, 0, 0, 0, 0, 0
  FROM ${where.everywhere(database, table)} ${perSubject}
  WHERE (tenant, subject_id) GLOBAL IN (SELECT DISTINCT tenant, subject_id FROM erase_queue WHERE batch = {batch: String})
  GROUP BY ALL
  UNION ALL
  SELECT
    hostName(), 0, countIf(active AND has_lightweight_delete),
    countIf(NOT active AND remove_time <= toDateTime({doneAtS: UInt32})),
    countIf(startsWith(partition_id, 'patch-')), 0, 0, 0
  FROM ${where.everywhere('system', 'parts')}
  WHERE database = {database: String} AND table = {table: String}
  GROUP BY ALL
  UNION ALL
  SELECT hostName(), 0, 0, 0, 0, count(), 0, 0
  FROM ${where.everywhere('system', 'detached_parts')}
  WHERE database = {database: String} AND table = {table: String}
  GROUP BY ALL
  UNION ALL
  SELECT hostName(), 0, 0, 0, 0, 0, countIf(NOT is_done OR latest_fail_reason != ''), 0
  FROM ${where.everywhere('system', 'mutations')}
  WHERE database = {database: String} AND table = {table: String}
  GROUP BY ALL
  UNION ALL
  SELECT hostName(), 0, 0, 0, 0, 0, 0, count()
  FROM ${where.everywhere('system', 'dropped_tables')}
  WHERE database = {database: String}
  GROUP BY ALL
)
GROUP BY replica
ORDER BY replica`;

async function residue(clickhouse: ClickHouse, where: Topology, batch: string, doneAtS: number): Promise<Residue> {
  const checks: ResidueCheck[] = [];
  for (const name of SUBJECT_TABLES) {
    const table = where.local(name);
    const rows = await clickhouse.rows<Omit<ResidueCheck, 'table'>>(
      SYSTEM_SPEAKER,
      {
        name: `nothing remains in ${name}`,
        sql: NOTHING_REMAINS(where, clickhouse.database, table, shapeOf(name).perSubject),
        settings: RAW,
      },
      { batch, doneAtS, database: clickhouse.database, table },
    );
    for (const row of rows) checks.push({ table: name, ...row });
  }
  const queueIntact = await isQueueIntact(clickhouse, where, batch);
  return { clean: queueIntact && checks.length > 0 && checks.every(isZero), queueIntact, checks };
}

/** Counted by reference to a queue that lost subjects, any table looks clean. */
async function isQueueIntact(clickhouse: ClickHouse, where: Topology, batch: string): Promise<boolean> {
  const [row] = await clickhouse.rows<{ registered: number }>(
    SYSTEM_SPEAKER,
    {
      name: 'registered subjects',
      sql: `SELECT max(found) AS registered FROM erase_found WHERE batch = {batch: String} AND table_name = 'erase_queue'`,
    },
    { batch },
  );
  const queued = await queuedEverywhere(clickhouse, where, batch);
  return queued > 0 && queued >= (row?.registered ?? 0);
}

function isZero({ table: _table, replica: _replica, ...counts }: ResidueCheck): boolean {
  return Object.values(counts).every((count) => count === 0);
}

/** On a cluster a row counts once for every replica that has it. */
async function countSubject(
  clickhouse: ClickHouse,
  where: Topology,
  tenant: TenantId,
  subjectIds: readonly string[],
): Promise<number> {
  let total = 0;
  for (const table of SUBJECT_TABLES) {
    const [row] = await clickhouse.rows<{ found: number }>(
      tenant,
      {
        name: `count subject in ${table}`,
        sql: `
SELECT count() AS found FROM ${where.everywhere(clickhouse.database, where.local(table))} ${shapeOf(table).perSubject}
WHERE tenant = {tenant: UInt32}
  AND subject_id GLOBAL IN (SELECT UUIDStringToNum(arrayJoin({subjects: Array(String)})))`,
        settings: { ...RAW, ...UNLOGGED },
      },
      { tenant, subjects: subjectIds },
    );
    total += row?.found ?? 0;
  }
  return total;
}
