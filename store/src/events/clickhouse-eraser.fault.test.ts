import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrateClickHouse } from '@vestige/migrations/clickhouse';
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from '@vestige/stack/clickhouse/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTelemetryEraser } from './clickhouse-eraser.ts';
import { openEventStore } from './clickhouse-event-store.ts';
import { openTelemetryVerifier } from './clickhouse-verifier.ts';
import { filesHolding, formsOfSubject } from './testing/byte-search.ts';
import { newTenant, ns, tagged } from './testing/spans.ts';

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

const PEOPLE = 40;
const MONTHS = 12;

test('an erasure that is killed at any moment ends, run again, with no byte left and the first count', async () => {
  const tenant = newTenant();
  for (const killAfterMs of [0, 5, 20, 60, 150]) {
    const people = Array.from({ length: PEOPLE }, () => randomUUID());
    const batch = randomUUID();
    const store = openEventStore({ writeUrl: engine.url('collector'), readUrl: engine.url('api') });
    const months = Array.from({ length: MONTHS }, (_, month) => month);
    await store.append(tenant, {
      spans: months.flatMap((month) => people.map((person) => tagged([person], { startNs: ns(month * 31 * 86_400) }))),
    });
    await store.close();

    const first = openTelemetryEraser({ url: engine.url('eraser') });
    await first.enqueue(batch, tenant, people);
    const interrupted = first.erase(batch).catch(() => null);
    await sleep(killAfterMs);
    process.kill(engine.pid, 'SIGKILL');
    await Promise.all([interrupted, engine.exited]);
    await first.close();

    engine = await startEmbeddedClickHouse({ dataDir });
    const eraser = openTelemetryEraser({ url: engine.url('eraser') });
    const verifier = openTelemetryVerifier({ url: engine.url('verifier') });
    const { foundRows, doneAtS } = await eraser.erase(batch);
    expect([killAfterMs, foundRows]).toEqual([killAfterMs, { touches: PEOPLE * MONTHS, rejected_spans: 0 }]);
    const deadline = performance.now() + 30_000;
    // One reading counts, as for a request: an emptied part that the engine drops within the second of `doneAtS`, after a
    // clean one, counts as replaced no later than the erasure for another second.
    let residue = await verifier.residue(batch, doneAtS);
    while (!residue.clean && performance.now() < deadline) {
      await sleep(200);
      residue = await verifier.residue(batch, doneAtS);
    }
    expect(residue).toMatchObject({ clean: true });
    await eraser.finish(batch);
    expect(await filesHolding(dataDir, people.slice(0, 10).flatMap(formsOfSubject))).toEqual([]);
    await Promise.all([eraser.close(), verifier.close()]);
  }
});
