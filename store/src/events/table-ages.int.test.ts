import { setTimeout as sleep } from 'node:timers/promises';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import { openTelemetryVerifier } from './clickhouse-verifier.ts';
import { AGED_TABLES } from './table-ages.ts';

let engine: TestClickHouse;
let verifier: ReturnType<typeof openTelemetryVerifier>;
let admin: ReturnType<typeof openClickHouse>;
beforeAll(async () => {
  engine = await startTestClickHouse();
  verifier = openTelemetryVerifier({ url: engine.url('verifier') });
  admin = openClickHouse(engine.url('admin'));
});
afterAll(async () => {
  await admin?.close();
  await verifier?.close();
  await engine?.stop();
});

const run = (sql: string) => admin.run(SYSTEM_SPEAKER, { name: 'test', sql }, {});
const ask = <Row>(sql: string) => admin.rows<Row>(SYSTEM_SPEAKER, { name: 'test', sql }, {});
const ageOf = async (table: keyof typeof AGED_TABLES) =>
  (await verifier.ages()).find(({ place }) => place === `clickhouse.${table}`);
/** Whole days: rows are received at midnight, and noon rounds up. */
const daysAgo = (date: Date | null | undefined) => Math.floor((Date.now() - (date?.getTime() ?? 0)) / 86_400_000);
const TABLES = `
  SELECT name, partition_key AS partitions, engine_full AS settings FROM system.tables
  WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree') AND name NOT LIKE '%migration%'`;

test('every table that keeps rows has a kind, and a period after which they leave', async () => {
  const tables = await ask<{ name: string }>(TABLES);
  // The queue is emptied by the erasure that filled it.
  const kept = tables.map(({ name }) => name).filter((name) => name !== 'erase_queue');
  expect(kept.toSorted()).toEqual(Object.keys(AGED_TABLES).toSorted());
  for (const { place, limitDays } of await verifier.ages())
    expect([place, limitDays]).toEqual([place, place === 'clickhouse.rejected_spans' ? 30 : 400]);
});

test('telemetry leaves by whole parts: every table of it is cut by time and told to drop parts only', async () => {
  const evidence = ['erase_queue', 'erase_found', 'erase_evidence'];
  const telemetry = (await ask<{ name: string; partitions: string; settings: string }>(TABLES)).filter(
    ({ name }) => !evidence.includes(name),
  );
  expect(telemetry.length).toBeGreaterThan(5);
  const wrong = telemetry.filter(
    ({ partitions, settings }) => partitions === '' || !settings.includes('ttl_only_drop_parts = 1'),
  );
  expect(wrong).toEqual([]);
});

test('what should have left is counted while it is there, and leaves as a part; a part with one living row stays whole', async () => {
  await run('SYSTEM STOP MERGES touches');
  await put('2024-01-05', [450, 450]);
  await put('2024-03-05', [450, 0]);
  const before = await ageOf('touches');
  expect(before).toMatchObject({ class: 'person_links', limitDays: 400, overdue: 1 });
  expect(daysAgo(before?.oldest)).toBe(450);

  await run('SYSTEM START MERGES touches');
  for (let round = 0; round < 600 && (await ageOf('touches'))?.overdue !== 0; round++) await sleep(50);
  expect(await ageOf('touches')).toMatchObject({ overdue: 0 });
  const rows = await ask<{ month: number; rows: number }>(
    'SELECT toUInt32(toYYYYMM(ts)) AS month, toUInt32(count()) AS rows FROM touches GROUP BY month',
  );
  expect(rows).toEqual([{ month: 202403, rows: 2 }]);
});

/** Rows of one insert, a second apart, received that many days ago. */
const put = (day: string, receivedDaysAgo: readonly number[]) =>
  run(
    `INSERT INTO touches (tenant, subject_id, ts, received_on)
     SELECT 1, UUIDStringToNum('00000000-0000-4000-8000-000000000001'), toDateTime64('${day} 12:00:00', 9) + number,
       today() - [${receivedDaysAgo.join(', ')}][number + 1]
     FROM numbers(${receivedDaysAgo.length})`,
  );
