import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClickHouse, openClickHouse } from '../clickhouse/client.ts';
import { openEventStore } from './clickhouse-event-store.ts';
import type { EventStore } from './event-store.ts';
import { RunsWithoutInputs } from './runs-without-inputs.ts';
import { lineageEvent } from './testing/lineage-events.ts';
import { newTenant } from './testing/spans.ts';

let engine: TestClickHouse;
let store: EventStore;
let reader: ClickHouse;
beforeAll(async () => {
  engine = await startTestClickHouse();
  store = openEventStore({ writeUrl: engine.url('collector'), readUrl: engine.url('api') });
  reader = openClickHouse(engine.url('api'));
});
afterAll(async () => {
  await reader?.close();
  await store?.close();
  await engine?.stop();
});

const EVER = { fromUs: null, toUs: null };
const sourceless = (runId: string) => lineageEvent({ runId, outputs: ['store:b'] });

test('nobody waits for a count of very many: it is said that there is none yet, then how old it is', async () => {
  const tenant = newTenant();
  await store.appendLineageEvents(tenant, [sourceless('a')]);
  let nowMs = 1_000_000;
  // A clock that goes on by a second whenever it is looked at, and one row is very many.
  const slow = new RunsWithoutInputs(reader, () => (nowMs += 1_000), { quickRowsMax: 0, waitMs: 0 });
  expect(await slow.count(tenant, EVER)).toEqual({ runs: null, asOfMs: null });
  await slow.stop();
  await store.appendLineageEvents(tenant, [sourceless('b')]);
  expect(await slow.count(tenant, EVER)).toEqual({ runs: 1, asOfMs: 1_001_000 });
  nowMs += 3_600_000;
  // The old count again, while a new one is taken.
  expect((await slow.count(tenant, EVER)).runs).toBe(1);
  await slow.stop();
  expect((await slow.count(tenant, EVER)).runs).toBe(2);
});

test('what is soon counted is of now, every time, and of the tenant alone', async () => {
  const [tenant, other] = [newTenant(), newTenant()];
  const quick = new RunsWithoutInputs(reader, () => 1_000_000);
  for (const [at, runId] of ['a', 'b'].entries()) {
    await store.appendLineageEvents(tenant, [sourceless(runId)]);
    expect(await quick.count(tenant, EVER)).toEqual({ runs: at + 1, asOfMs: null });
  }
  expect(await quick.count(other, EVER)).toEqual({ runs: 0, asOfMs: null });
});
