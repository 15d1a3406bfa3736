import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type JsonCaller, shaped } from '../http/json-call.ts';
import { ConnectorError } from '../kit.ts';

/**
 * Makes deleted documents leave the files of an index.
 *
 * A force-merge alone leaves them (seen on OpenSearch 2.19.1): a shard keeps deleted documents for as long as a retention
 * lease says that a copy of it may still have to replay them, and the merge writes them into the new segment. Leases move
 * on with a flush, after up to 30 seconds. And the merged-away segment stays on disk until a refresh lets go of it. So:
 * flush, wait until every lease is past the deletion, flush, merge, refresh.
 */
export async function dropDeleted(call: JsonCaller, index: string): Promise<void> {
  const path = `/${encodeURIComponent(index)}`;
  await onEveryShard(call, `${path}/_flush?force=true&wait_if_ongoing=true`);
  const deletedBy = await shardsOf(call, path);
  const until = performance.now() + LEASES_MS_MAX;
  while (!(await shardsOf(call, path)).every((shard) => isPast(shard, deletedBy))) {
    if (performance.now() > until) {
      const text = `opensearch: a copy of ${index} may still need deleted documents; they were not merged away.`;
      throw new ConnectorError('retryable', 'deleted_not_merged', text);
    }
    await sleep(LEASES_POLL_MS);
  }
  await onEveryShard(call, `${path}/_flush?force=true&wait_if_ongoing=true`);
  await onEveryShard(call, `${path}/_forcemerge?max_num_segments=1&flush=true`);
  await onEveryShard(call, `${path}/_refresh`);
}

/** Four times the default interval at which leases are renewed. */
const LEASES_MS_MAX = 120_000;
const LEASES_POLL_MS = 500;

const Stats = z.object({
  indices: z.record(
    z.string(),
    z.object({
      shards: z.record(
        z.string(),
        z.array(
          z.object({
            seq_no: z.object({ max_seq_no: z.int() }),
            retention_leases: z.object({ leases: z.array(z.object({ retaining_seq_no: z.int() })) }),
          }),
        ),
      ),
    }),
  ),
});

interface ShardCopy {
  /** Index and number of the shard. */
  readonly shard: string;
  readonly lastOperation: number;
  /** Operations from here on are kept, deleted documents included. */
  readonly keptFrom: number;
}

async function shardsOf(call: JsonCaller, path: string): Promise<ShardCopy[]> {
  const fields = 'indices.*.shards.*.seq_no.max_seq_no,indices.*.shards.*.retention_leases.leases.retaining_seq_no';
  const answer = await call('GET', `${path}/_stats?level=shards&filter_path=${fields}`);
  const { indices } = shaped(call, answer, Stats);
  return Object.entries(indices).flatMap(([index, { shards }]) =>
    Object.entries(shards).flatMap(([number, copies]) =>
      copies.map(({ seq_no, retention_leases }) => ({
        shard: `${index}/${number}`,
        lastOperation: seq_no.max_seq_no,
        keptFrom: Math.min(Number.POSITIVE_INFINITY, ...retention_leases.leases.map((lease) => lease.retaining_seq_no)),
      })),
    ),
  );
}

function isPast({ shard, keptFrom }: ShardCopy, before: readonly ShardCopy[]): boolean {
  return before.filter((copy) => copy.shard === shard).every(({ lastOperation }) => keptFrom > lastOperation);
}

const Shards = z.object({ _shards: z.object({ failed: z.int() }) });

async function onEveryShard(call: JsonCaller, path: string): Promise<void> {
  const answer = shaped(call, await call('POST', path), Shards);
  if (answer._shards.failed > 0)
    throw new ConnectorError('retryable', 'partial_answer', 'opensearch: some shards did not answer.');
}
