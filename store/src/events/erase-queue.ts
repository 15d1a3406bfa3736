import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { type ClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import { RowBinaryWriter } from '../clickhouse/row-binary.ts';
import { REPLICA, type Topology } from './topology.ts';

/** The queue of an erasure batch: who is to be erased, said once, so that no statement has to name anybody. */

/** The only value of an erasure that stays readable in `system.mutations`, so it must say nothing: a random id. */
export function batchId(batch: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(batch)) return batch;
  throw new VestigeError('bad_request', 'An erasure batch is named by up to 64 letters, digits, _ and -');
}

const SHARDS = `SELECT max(shard_num) AS shards FROM system.clusters WHERE cluster = {cluster: String}`;

/** On a cluster every shard gets all subjects, because a mutation looks them up where it runs. */
export async function fillQueue(
  clickhouse: ClickHouse,
  where: Topology,
  batch: string,
  tenant: TenantId,
  subjectIds: readonly string[],
): Promise<void> {
  if (subjectIds.length === 0) return;
  const shards = await shardsOf(clickhouse, where);
  const writer = new RowBinaryWriter();
  for (let shard = 0; shard < shards; shard++) {
    for (const subjectId of new Set(subjectIds)) {
      writer.string(batch);
      writer.u32(tenant);
      writer.hex(subjectId.replaceAll('-', ''), 16);
      writer.u32(shard);
    }
  }
  const body = writer.bytes();
  await clickhouse.insert(SYSTEM_SPEAKER, {
    table: 'erase_queue',
    columns: ['batch', 'tenant', 'subject_id', 'shard'],
    body,
  });
}

async function shardsOf(clickhouse: ClickHouse, where: Topology): Promise<number> {
  if (where.cluster === null) return 1;
  const [row] = await clickhouse.rows<{ shards: number }>(
    SYSTEM_SPEAKER,
    { name: 'shards', sql: SHARDS },
    { cluster: where.cluster },
  );
  if (row === undefined || row.shards === 0) {
    throw new VestigeError('misconfigured', 'ClickHouse knows no cluster of the configured name');
  }
  return row.shards;
}

/**
 * Subjects of the batch in the queue of the replica that has the fewest: a replica that has not caught up would rewrite
 * nothing and call itself done. 0 when the queue is empty somewhere.
 */
export async function queuedEverywhere(clickhouse: ClickHouse, where: Topology, batch: string): Promise<number> {
  const [row] = await clickhouse.rows<{ fewest: number }>(
    SYSTEM_SPEAKER,
    {
      name: 'queued subjects',
      sql: `
SELECT min(subjects) AS fewest
FROM (
  SELECT replica, sum(queued) AS subjects
  FROM (
    SELECT ${REPLICA} AS replica, toUInt64(0) AS queued FROM ${where.everywhere('system', 'one')}
    UNION ALL
    SELECT ${REPLICA} AS replica, uniqExact(tenant, subject_id) AS queued
    FROM ${where.everywhere(clickhouse.database, where.local('erase_queue'))}
    WHERE batch = {batch: String}
    GROUP BY replica
  )
  GROUP BY replica
)`,
    },
    { batch },
  );
  return row?.fewest ?? 0;
}
