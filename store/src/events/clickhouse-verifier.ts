import type { TenantId } from '@vestige/core/ids';
import type { Secret } from '@vestige/core/secret';
import { type ClickHouse, openClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import { UNLOGGED } from '../clickhouse/settings.ts';
import { countedToZero, type EvidenceRow, evidenceBy, type Judged, putEvidence } from './erase-evidence.ts';
import { batchId, queuedEverywhere } from './erase-queue.ts';
import { chunks } from './key-chunks.ts';
import { receivedSince } from './received-since.ts';
import { SUBJECT_TABLES, type SubjectTable, shapeOf } from './subject-tables.ts';
import { tableAges } from './table-ages.ts';
import type { Residue, ResidueCheck, TelemetryVerifier } from './telemetry-eraser.ts';
import { REPLICA, type Topology, topology } from './topology.ts';

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
    presentAmong: (tenant, subjectIds) => presentAmong(clickhouse, where, tenant, subjectIds),
    subjectsIn: (tenant, table, after, limit) => subjectsIn(clickhouse, where, tenant, table, after, limit),
    detachedParts: () => detachedParts(clickhouse, where),
    ages: () => tableAges(clickhouse, where),
    receivedSince: () => receivedSince(clickhouse, where),
    close: () => clickhouse.close(),
  };
}

/** A chunk is counted within seconds; what a killed verification loses is one of them. */
const SUBJECTS_PER_CHUNK = 10_000;
const CHUNKS_MAX = 256;
const RAW_ROWS = 'raw_rows';

/** Rows of queued people whose ids begin with a byte of this range, masked ones too, on every replica. */
const ROWS_LEFT = (where: Topology, database: string, table: string, perSubject: string) => `
SELECT replica, sum(raw) AS found
FROM (
  SELECT ${REPLICA} AS replica, 0 AS raw FROM ${where.everywhere('system', 'one')}
  UNION ALL
  SELECT ${REPLICA}, count()
  FROM ${where.everywhere(database, table)} ${perSubject}
  WHERE (tenant, subject_id) GLOBAL IN (
    SELECT DISTINCT tenant, subject_id FROM erase_queue
    WHERE batch = {batch: String} AND reinterpretAsUInt8(substring(subject_id, 1, 1)) BETWEEN {from: UInt8} AND {to: UInt8})
  GROUP BY ALL
)
GROUP BY replica
ORDER BY replica`;

/**
 * Everything beside rows by which ClickHouse can still hold what no SELECT shows, in one row per replica.
 *
 * An inactive part counts when it was replaced no later than the erasure was done: what was replaced afterwards had
 * been rewritten before. Copies outside the engine's knowledge (FREEZE, backups, file system snapshots) are not seen
 * here; they belong to the backup horizon of the certificate.
 */
const NOTHING_HIDDEN = (where: Topology) => `
SELECT
  replica,
  sum(masked) AS maskedActiveParts,
  sum(inactive) AS inactiveParts,
  sum(patch) AS patchParts,
  sum(detached) AS detachedParts,
  sum(mutation) AS openMutations,
  sum(dropped) AS droppedTables
FROM (
  SELECT ${REPLICA} AS replica, 0 AS masked, 0 AS inactive, 0 AS patch, 0 AS detached, 0 AS mutation, 0 AS dropped
  FROM ${where.everywhere('system', 'one')}
  UNION ALL
  SELECT
    ${REPLICA}, countIf(active AND has_lightweight_delete),
    countIf(NOT active AND remove_time <= toDateTime({doneAtS: UInt32})),
    countIf(startsWith(partition_id, 'patch-')), 0, 0, 0
  FROM ${where.everywhere('system', 'parts')}
  WHERE database = {database: String} AND table = {table: String}
  GROUP BY ALL
  UNION ALL
  SELECT ${REPLICA}, 0, 0, 0, count(), 0, 0
  FROM ${where.everywhere('system', 'detached_parts')}
  WHERE database = {database: String} AND table = {table: String}
  GROUP BY ALL
  UNION ALL
  SELECT ${REPLICA}, 0, 0, 0, 0, countIf(NOT is_done OR latest_fail_reason != ''), 0
  FROM ${where.everywhere('system', 'mutations')}
  WHERE database = {database: String} AND table = {table: String}
  GROUP BY ALL
  UNION ALL
  SELECT ${REPLICA}, 0, 0, 0, 0, 0, count()
  FROM ${where.everywhere('system', 'dropped_tables')}
  WHERE database = {database: String}
  GROUP BY ALL
)
GROUP BY replica
ORDER BY replica`;

type HiddenPlaces = Omit<ResidueCheck, 'table' | 'rawRows'>;

async function residue(clickhouse: ClickHouse, where: Topology, batch: string, doneAtS: number): Promise<Residue> {
  const judged: Judged = { batch, doneAtS };
  const { registered, isIntact } = await queueState(clickhouse, where, batch);
  const chunks = Math.min(CHUNKS_MAX, Math.max(1, Math.ceil(registered / SUBJECTS_PER_CHUNK)));
  const rowsLeft = await countChunks(clickhouse, where, judged, chunks);
  const checks: ResidueCheck[] = [];
  for (const name of SUBJECT_TABLES) {
    const table = where.local(name);
    const places = await clickhouse.rows<HiddenPlaces>(
      SYSTEM_SPEAKER,
      { name: `nothing hidden in ${name}`, sql: NOTHING_HIDDEN(where), settings: RAW },
      { doneAtS, database: clickhouse.database, table },
    );
    for (const { replica, ...counts } of places) {
      checks.push({ table: name, replica, rawRows: rowsLeft.get(`${name} ${replica}`) ?? 0, ...counts });
    }
  }
  const clean = isIntact && checks.length > 0 && checks.every(isZero);
  if (!clean) return { clean, queueIntact: isIntact, checks, verifiedBy: null };
  const rows = chunks === 1 ? checks.map(evidenceOfRows) : [];
  await putEvidence(clickhouse, judged, [...rows, ...checks.flatMap(evidenceOfPlaces)]);
  return { clean, queueIntact: isIntact, checks, verifiedBy: await evidenceBy(clickhouse, judged) };
}

/** @returns rows left by `table replica`, where there are any */
async function countChunks(
  clickhouse: ClickHouse,
  where: Topology,
  judged: Judged,
  chunks: number,
): Promise<ReadonlyMap<string, number>> {
  const done = await countedToZero(clickhouse, judged, RAW_ROWS, chunks);
  const left = new Map<string, number>();
  for (const name of SUBJECT_TABLES) {
    const sql = ROWS_LEFT(where, clickhouse.database, where.local(name), shapeOf(name).perSubject);
    for (let chunk = 0; chunk < chunks; chunk++) {
      if (done.has(`${name} ${chunk}`)) continue;
      const [from, to] = [Math.floor((chunk * 256) / chunks), Math.floor(((chunk + 1) * 256) / chunks) - 1];
      const rows = await clickhouse.rows<{ replica: string; found: number }>(
        SYSTEM_SPEAKER,
        { name: `rows left in ${name}`, sql, settings: RAW },
        { batch: judged.batch, from, to },
      );
      for (const { replica, found } of rows) {
        const key = `${name} ${replica}`;
        if (found > 0) left.set(key, (left.get(key) ?? 0) + found);
      }
      // One chunk is counted again as fast as it is noted, and a caller that waits for parts to go asks often.
      if (chunks === 1) continue;
      const counted = rows.map((row) => ({ table: name, ...row, check: RAW_ROWS, chunk, chunks }));
      await putEvidence(clickhouse, judged, counted);
    }
  }
  return left;
}

const evidenceOfRows = ({ table, replica, rawRows }: ResidueCheck): EvidenceRow => ({
  table,
  replica,
  check: RAW_ROWS,
  chunk: 0,
  chunks: 1,
  found: rawRows,
});

function evidenceOfPlaces({ table, replica, rawRows: _counted, ...places }: ResidueCheck): EvidenceRow[] {
  return Object.entries(places).map(([check, found]) => ({ table, replica, check, chunk: 0, chunks: 1, found }));
}

/** Counted by reference to a queue that lost subjects, any table looks clean. */
async function queueState(clickhouse: ClickHouse, where: Topology, batch: string) {
  const [row] = await clickhouse.rows<{ registered: number }>(
    SYSTEM_SPEAKER,
    {
      name: 'registered subjects',
      sql: `SELECT max(found) AS registered FROM erase_found WHERE batch = {batch: String} AND table_name = 'erase_queue'`,
    },
    { batch },
  );
  const registered = row?.registered ?? 0;
  const queued = await queuedEverywhere(clickhouse, where, batch);
  return { registered: Math.max(registered, queued), isIntact: queued > 0 && queued >= registered };
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

async function presentAmong(
  clickhouse: ClickHouse,
  where: Topology,
  tenant: TenantId,
  subjectIds: readonly string[],
): Promise<string[]> {
  const present = new Set<string>();
  for (const table of SUBJECT_TABLES) {
    for (const subjects of chunks(subjectIds)) {
      const rows = await clickhouse.rows<{ subjectId: string }>(
        tenant,
        {
          name: `who of some is in ${table}`,
          sql: `
SELECT DISTINCT toString(UUIDNumToString(subject_id)) AS subjectId
FROM ${where.everywhere(clickhouse.database, where.local(table))} ${shapeOf(table).perSubject}
WHERE tenant = {tenant: UInt32}
  AND subject_id GLOBAL IN (SELECT UUIDStringToNum(arrayJoin({subjects: Array(String)})))`,
          settings: { ...RAW, ...UNLOGGED },
        },
        { tenant, subjects },
      );
      for (const { subjectId } of rows) present.add(subjectId);
    }
  }
  return [...present];
}

async function subjectsIn(
  clickhouse: ClickHouse,
  where: Topology,
  tenant: TenantId,
  table: SubjectTable,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await clickhouse.rows<{ subjectId: string }>(
    tenant,
    {
      name: `everybody in ${table}`,
      sql: `
SELECT DISTINCT toString(UUIDNumToString(subject_id)) AS subjectId, subject_id
FROM ${where.everywhere(clickhouse.database, where.local(table))} ${shapeOf(table).perSubject}
WHERE tenant = {tenant: UInt32} AND subject_id > UUIDStringToNum({after: String})
ORDER BY subject_id
LIMIT {limit: UInt32}`,
      settings: { ...RAW, ...UNLOGGED, optimize_distinct_in_order: 1, optimize_read_in_order: 1 },
    },
    { tenant, after: after ?? NIL, limit },
  );
  return rows.map(({ subjectId }) => subjectId);
}

/** Before every random id. */
const NIL = '00000000-0000-0000-0000-000000000000';

async function detachedParts(clickhouse: ClickHouse, where: Topology): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const table of SUBJECT_TABLES) {
    const [row] = await clickhouse.rows<{ parts: number }>(
      SYSTEM_SPEAKER,
      {
        name: `detached parts of ${table}`,
        sql: `
SELECT count() AS parts FROM ${where.everywhere('system', 'detached_parts')}
WHERE database = {database: String} AND table = {table: String}`,
      },
      { database: clickhouse.database, table: where.local(table) },
    );
    found[table] = row?.parts ?? 0;
  }
  return found;
}
