import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrateClickHouse } from '@vestige/migrations/clickhouse';
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from '@vestige/stack/clickhouse/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEventStore } from './clickhouse-event-store.ts';
import { newTenant, ns, tagged } from './testing/spans.ts';

const EVERYTHING = { fromUs: null, toUs: null };
const KILLS = 3;
const SPANS_PER_BATCH = 200;

let dataDir: string;
let engine: EmbeddedClickHouse;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'vestige-clickhouse-'));
  engine = await startEmbeddedClickHouse({ dataDir });
  await migrateClickHouse({ url: engine.url('admin') });
});
afterAll(async () => {
  await engine?.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

test('over kill -9 of the engine, every acknowledged span is stored and none twice', async () => {
  const tenant = newTenant();
  const subject = randomUUID();
  let sent = 0;

  for (let kill = 0; kill < KILLS; kill++) {
    const store = openEventStore({ writeUrl: engine.url('collector'), readUrl: engine.url('api') });
    const { pid } = engine;
    const killed = sleep(150 + 90 * kill).then(() => process.kill(pid, 'SIGKILL'));
    let unacknowledged: ReturnType<typeof batch> | null = null;
    while (unacknowledged === null) {
      const next = batch(subject, sent);
      await store.append(tenant, next).then(
        () => {
          sent += SPANS_PER_BATCH;
        },
        () => {
          unacknowledged = next;
        },
      );
    }
    await killed;
    await engine.exited;
    await store.close();

    engine = await startEmbeddedClickHouse({ dataDir });
    const restarted = openEventStore({ writeUrl: engine.url('collector'), readUrl: engine.url('api') });
    // Nobody yet, when the engine was killed before its first answer.
    expect((await restarted.subjectSummary(tenant, [subject]))?.spans ?? 0).toBeGreaterThanOrEqual(sent);
    await restarted.append(tenant, unacknowledged);
    sent += SPANS_PER_BATCH;
    expect((await restarted.subjectSummary(tenant, [subject]))?.spans).toBe(sent);
    expect(await restarted.watermarks(tenant, EVERYTHING)).toMatchObject([{ missingSeq: 0 }]);
    await restarted.close();
  }
});

/** Spans numbered on from `first`, over two days and with three kinds of rows besides. */
function batch(subject: string, first: number) {
  const spans = Array.from({ length: SPANS_PER_BATCH }, (_, index) =>
    tagged([subject], {
      startNs: ns((index % 2) * 86_400 + first + index),
      seq: first + index,
      instance: 'one',
      conversation: 'c',
    }),
  );
  return { spans };
}
