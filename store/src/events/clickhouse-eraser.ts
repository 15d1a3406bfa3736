import { setTimeout as sleep } from 'node:timers/promises';
import { VestigeError } from '@vestige/core/errors';
import type { Secret } from '@vestige/core/secret';
import { type ClickHouse, openClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import { RowBinaryWriter } from '../clickhouse/row-binary.ts';
import { MUTATION_SETTINGS } from '../clickhouse/settings.ts';
import { batchId, fillQueue, queuedEverywhere } from './erase-queue.ts';
import { inGroups } from './in-groups.ts';
import { SUBJECT_TABLES, type SubjectTable, shapeOf } from './subject-tables.ts';
import type { EraseProgress, TelemetryEraser } from './telemetry-eraser.ts';
import { type Topology, topology } from './topology.ts';

export interface EraserConfig {
  /** Login `eraser`. */
  readonly url: Secret;
  readonly cluster?: string | undefined;
  /** How long one call waits for the engine before it fails with `store_unavailable`; the next call waits on. */
  readonly waitMsMax?: number;
}

const WAIT_MS_MAX = 10 * 60_000;
const POLL_MS = 100;

export function openTelemetryEraser(config: EraserConfig): TelemetryEraser & { close(): Promise<void> } {
  const clickhouse = openClickHouse(config.url);
  const where = topology(config.cluster);
  const engine: Engine = {
    clickhouse,
    where,
    waitMsMax: config.waitMsMax ?? WAIT_MS_MAX,
    rewrite: inGroups((batches) => rewrite(engine, batches)),
  };
  return {
    enqueue: async (batch, tenant, subjectIds) => fillQueue(clickhouse, where, batchId(batch), tenant, subjectIds),
    erase: async (batch) => erase(engine, batchId(batch)),
    finish: async (batch) => finish(engine, batchId(batch)),
    async login() {
      const sql = 'SELECT currentUser() AS login';
      const [row] = await clickhouse.rows<{ login: string }>(SYSTEM_SPEAKER, { name: 'own login', sql }, {});
      return row?.login ?? '';
    },
    close: () => clickhouse.close(),
  };
}

interface Engine {
  readonly clickhouse: ClickHouse;
  readonly where: Topology;
  readonly waitMsMax: number;
  /** Rewrites every table once, for all batches that wait for it together. */
  readonly rewrite: (batch: string) => Promise<void>;
}

/**
 * One rewrite per table, shared with the batches that are ready at the same moment: a rewrite costs what the parts
 * weigh, however many people leave with it.
 *
 * Run again after a crash it first waits for a rewrite that is still going, then rewrites once more: rows that were
 * written in between are newer than the first mutation, and a mutation never touches newer parts.
 */
async function erase(engine: Engine, batch: string): Promise<EraseProgress> {
  const before = await recorded(engine, batch);
  const queued = await queuedEverywhere(engine.clickhouse, engine.where, batch);
  const registered = before['erase_queue'] ?? 0;
  if (queued === 0 && registered === 0)
    throw new VestigeError('not_found', 'Nobody is queued under this erasure batch');
  // Emptied by `finish`: what was found is known, and there is nothing left to do.
  if (queued === 0) return { foundRows: foundRows(before), doneAtS: await engineClock(engine) };
  if (queued < registered) {
    throw new VestigeError('store_unavailable', 'A replica does not have the whole erasure queue', {
      queued,
      registered,
    });
  }
  await record(engine, batch, 'erase_queue', queued);

  for (const table of SUBJECT_TABLES) {
    await untilRewritten(engine, batch, table);
    await record(engine, batch, table, await countQueued(engine, batch, table));
  }
  await engine.rewrite(batch);
  return { foundRows: foundRows(await recorded(engine, batch)), doneAtS: await engineClock(engine) };
}

/** A mutation reads its queue when it runs, part by part; emptying it before would make it match nothing (CH9). */
async function rewrite(engine: Engine, batches: readonly string[]): Promise<void> {
  for (const table of SUBJECT_TABLES) {
    await engine.clickhouse.run(
      SYSTEM_SPEAKER,
      {
        name: `erase ${table}`,
        sql: `
ALTER TABLE ${engine.where.local(table)} ${engine.where.onCluster}
DELETE WHERE ${shapeOf(table).ofAny(`
  SELECT tenant, subject_id FROM ${engine.clickhouse.database}.${engine.where.local('erase_queue')} WHERE batch IN {batches: Array(String)}
`)}`,
        settings: MUTATION_SETTINGS,
      },
      { batches },
    );
  }
  // One statement names them all, so one of them finds it.
  const [any = ''] = batches;
  for (const table of SUBJECT_TABLES) await untilRewritten(engine, any, table);
}

/** Refuses while a queued subject is visible on any replica: without the queue nobody could count what is left. */
async function finish(engine: Engine, batch: string): Promise<void> {
  const { clickhouse, where } = engine;
  for (const table of SUBJECT_TABLES) {
    // Not through the `Distributed` table, which asks one replica for all.
    const copies = where.everywhere(clickhouse.database, where.local(table));
    const rows = await countQueued(engine, batch, table, copies);
    if (rows > 0)
      throw new VestigeError('conflict', 'Subjects of this erasure batch are still stored', { table, rows });
  }
  await engine.clickhouse.run(
    SYSTEM_SPEAKER,
    {
      name: 'empty erase queue',
      sql: `ALTER TABLE ${engine.where.local('erase_queue')} ${engine.where.onCluster} DROP PARTITION {batch: String}`,
    },
    { batch },
  );
  await until(
    engine,
    'The parts of the erasure queue are still on the disk',
    async () => (await queueParts(engine, batch)) === 0,
  );
}

// Numbers -------------------------------------------------------------------------------------------------------------

/** Rows of queued subjects, one per subject. `GLOBAL`: on a cluster the queue is read once and sent along. */
async function countQueued(engine: Engine, batch: string, table: SubjectTable, from: string = table): Promise<number> {
  const [row] = await engine.clickhouse.rows<{ found: number }>(
    SYSTEM_SPEAKER,
    {
      name: `count queued in ${table}`,
      sql: `
SELECT count() AS found FROM ${from} ${shapeOf(table).perSubject}
WHERE (tenant, subject_id) GLOBAL IN (SELECT DISTINCT tenant, subject_id FROM erase_queue WHERE batch = {batch: String})`,
      settings: { max_execution_time: 600 },
    },
    { batch },
  );
  return row?.found ?? 0;
}

/** The most that any attempt found: an attempt after a crash finds less, or nothing. */
async function recorded(engine: Engine, batch: string): Promise<Record<string, number>> {
  const rows = await engine.clickhouse.rows<{ table: string; most: number }>(
    SYSTEM_SPEAKER,
    {
      name: 'erasure found',
      sql: `SELECT table_name AS table, max(found) AS most FROM erase_found WHERE batch = {batch: String} GROUP BY table_name`,
    },
    { batch },
  );
  return Object.fromEntries(rows.map(({ table, most }) => [table, most]));
}

async function record(engine: Engine, batch: string, table: string, found: number): Promise<void> {
  const writer = new RowBinaryWriter(256);
  writer.string(batch);
  writer.string(table);
  writer.i64(BigInt(found));
  const body = writer.bytes();
  await engine.clickhouse.insert(SYSTEM_SPEAKER, {
    table: 'erase_found',
    columns: ['batch', 'table_name', 'found'],
    body,
  });
}

function foundRows(record: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(SUBJECT_TABLES.map((table) => [table, record[table] ?? 0]));
}

/**
 * The latest clock among the replicas: each stamps its parts by its own, and taking a later bound only makes the
 * verifier wait for parts that were clean already.
 */
async function engineClock(engine: Engine): Promise<number> {
  const [row] = await engine.clickhouse.rows<{ now: number }>(
    SYSTEM_SPEAKER,
    {
      name: 'engine clock',
      sql: `SELECT max(toUnixTimestamp(nowInBlock())) AS now FROM ${engine.where.everywhere('system', 'one')}`,
    },
    {},
  );
  return row?.now ?? 0;
}

// Waiting -------------------------------------------------------------------------------------------------------------

/** Until no replica has an open mutation of this batch on the table. `is_done` is no evidence; the verifier's count is. */
async function untilRewritten(engine: Engine, batch: string, table: string): Promise<void> {
  await until(engine, 'The engine is still rewriting parts', async () => {
    const [row] = await engine.clickhouse.rows<{ open: number; failing: number }>(
      SYSTEM_SPEAKER,
      {
        name: 'open erasures',
        sql: `
SELECT countIf(NOT is_done) AS open, countIf(NOT is_done AND latest_fail_reason != '') AS failing
FROM ${engine.where.everywhere('system', 'mutations')}
WHERE database = {database: String} AND table = {table: String} AND position(command, {batch: String}) > 0`,
      },
      { database: engine.clickhouse.database, table: engine.where.local(table), batch },
    );
    // Its reason would quote paths and statements; the operator finds it in system.mutations.
    if ((row?.failing ?? 0) > 0)
      throw new VestigeError('store_unavailable', 'A rewrite fails; see system.mutations', { table });
    return (row?.open ?? 0) === 0;
  });
}

async function queueParts(engine: Engine, batch: string): Promise<number> {
  const [row] = await engine.clickhouse.rows<{ parts: number }>(
    SYSTEM_SPEAKER,
    {
      name: 'parts of the erase queue',
      sql: `
SELECT count() AS parts FROM ${engine.where.everywhere('system', 'parts')}
WHERE database = {database: String} AND table = {table: String} AND partition = {batch: String}`,
    },
    { database: engine.clickhouse.database, table: engine.where.local('erase_queue'), batch },
  );
  return row?.parts ?? 0;
}

async function until(engine: Engine, sentence: string, done: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + engine.waitMsMax;
  while (!(await done())) {
    if (performance.now() > deadline) throw new VestigeError('store_unavailable', sentence);
    await sleep(POLL_MS);
  }
}
