import { VestigeError } from '@vestige/core/errors';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
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
const PATIENTLY = { timeout: 60_000, interval: 20 };
const sourceless = (runId: string) => lineageEvent({ runId, outputs: ['store:b'] });

test('nobody waits for a count of very many: it is said that there is none yet, then how old it is', async () => {
  const tenant = newTenant();
  await store.appendLineageEvents(tenant, [sourceless('a')]);
  let nowMs = 1_000_000;
  // A clock that goes on by a second whenever it is looked at, and one row is very many.
  const slow = new RunsWithoutInputs(reader, () => (nowMs += 1_000), { quickRowsMax: 0, waitMs: 0 });
  /** Asks again until as many are counted. */
  const counted = (runs: number) => vi.waitUntil(async () => (await slow.count(tenant, EVER)).runs === runs, PATIENTLY);
  expect(await slow.count(tenant, EVER)).toEqual({ runs: null, asOfMs: null });
  await counted(1);
  const firstMs = nowMs;
  await store.appendLineageEvents(tenant, [sourceless('b')]);
  const old = await slow.count(tenant, EVER);
  expect(old.runs).toBe(1);
  expect(old.asOfMs).toBeGreaterThan(1_000_000);
  expect(old.asOfMs).toBeLessThan(firstMs);
  nowMs += 3_600_000;
  // The old count again, while a new one is taken.
  expect((await slow.count(tenant, EVER)).runs).toBe(1);
  await counted(2);
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

test('a count that was begun hours ago and ends now is told as of when it began', async () => {
  const tenant = newTenant();
  await store.appendLineageEvents(tenant, ['a', 'b', 'c', 'd'].map(sourceless));
  let [nowMs, isAway] = [1_000_000, true];
  const shaky: ClickHouse = {
    ...reader,
    rows: (speaker, statement, params, signal) =>
      isAway && params['after'] === 'c'
        ? Promise.reject(new VestigeError('store_unavailable', 'away'))
        : reader.rows(speaker, statement, params, signal),
  };
  const counts = new RunsWithoutInputs(shaky, () => nowMs, { rowsPerStatement: 2, quickRowsMax: 0 });
  await expect(counts.count(tenant, EVER)).rejects.toMatchObject({ code: 'store_unavailable' });
  [nowMs, isAway] = [nowMs + 3 * 3_600_000, false];
  await store.appendLineageEvents(tenant, [sourceless('aa')]);
  expect(await counts.count(tenant, EVER)).toEqual({ runs: 4, asOfMs: 1_000_000 });
});

test('whoever asks while a quick count is under way has one that began after they had asked', async () => {
  const tenant = newTenant();
  await store.appendLineageEvents(tenant, [sourceless('a')]);
  let nowMs = 1_000_000;
  const [read, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const held: ClickHouse = {
    ...reader,
    rows: async (speaker, statement, params, signal) => {
      const rows = await reader.rows<never>(speaker, statement, params, signal);
      if (params['until'] === '') {
        read.resolve();
        await told.promise;
      }
      return rows;
    },
  };
  const counts = new RunsWithoutInputs(held, () => nowMs);
  const first = counts.count(tenant, EVER);
  await read.promise;
  nowMs += 10;
  await store.appendLineageEvents(tenant, [sourceless('b')]);
  const second = counts.count(tenant, EVER);
  told.resolve();
  expect(await first).toEqual({ runs: 1, asOfMs: null });
  expect(await second).toEqual({ runs: 2, asOfMs: null });
});

test('a count that fails on the way goes on where it was, and is the same as one in a single statement', async () => {
  const tenant = newTenant();
  const runs = ['a', 'b', 'c', 'd', 'e'].map(sourceless);
  const withInput = lineageEvent({ runId: 'c', inputs: ['store:a'] });
  await store.appendLineageEvents(tenant, [...runs, withInput, lineageEvent({ runId: 'é', outputs: ['store:b'] })]);
  const until: unknown[] = [];
  let isAway = true;
  const shaky: ClickHouse = {
    ...reader,
    rows: (speaker, statement, params, signal) => {
      until.push(params['until']);
      if (isAway && until.length === 3) return Promise.reject(new VestigeError('store_unavailable', 'away'));
      return reader.rows(speaker, statement, params, signal);
    },
  };
  // Seven rows, so three stretches: the plan, the first of them, the second that fails; then the second and the third.
  const counts = new RunsWithoutInputs(shaky, () => 1_000_000, { rowsPerStatement: 3 });
  await expect(counts.count(tenant, EVER)).rejects.toMatchObject({ code: 'store_unavailable' });
  isAway = false;
  expect(await counts.count(tenant, EVER)).toEqual({ runs: 5, asOfMs: null });
  expect(until).toEqual([undefined, 'c', 'd', 'd', '']);
  expect(await new RunsWithoutInputs(reader, () => 1_000_000).count(tenant, EVER)).toEqual({ runs: 5, asOfMs: null });
});

test('who stops waits for no statement', async () => {
  const tenant = newTenant();
  const asked = Promise.withResolvers<void>();
  // Ten minutes, a row a second: longer than this test may take.
  const sql = 'SELECT sleepEachRow(1) FROM system.numbers LIMIT 600 SETTINGS max_block_size = 1';
  const slow: ClickHouse = {
    ...reader,
    rows: (speaker, { name }, _params, signal) => {
      const answer = reader.rows<never>(speaker, { name, sql, settings: { max_execution_time: 100 } }, {}, signal);
      asked.resolve();
      return answer;
    },
  };
  const counts = new RunsWithoutInputs(slow, () => 1_000_000, { waitMs: 0 });
  expect(await counts.count(tenant, EVER)).toEqual({ runs: null, asOfMs: null });
  await asked.promise;
  await counts.stop();
  await expect(counts.count(tenant, EVER)).rejects.toMatchObject({ code: 'store_unavailable' });
});
