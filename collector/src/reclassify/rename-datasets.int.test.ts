import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { type ClickHouse, openClickHouse, SYSTEM_SPEAKER } from '@vestige/store/clickhouse/client';
import { openEventStore } from '@vestige/store/events/clickhouse-event-store';
import { type DatasetNames, openDatasetNames } from '@vestige/store/events/dataset-names';
import type { EventStore } from '@vestige/store/events/event-store';
import { type DrawnEvent, lineageEvent } from '@vestige/store/events/testing/lineage-events';
import { newTenant, us } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { renameDatasets } from './rename-datasets.ts';

let clickhouse: TestClickHouse;
let admin: ClickHouse;
let events: EventStore;
let names: DatasetNames;
let tenant = newTenant();

beforeAll(async () => {
  clickhouse = await startTestClickHouse();
  admin = openClickHouse(clickhouse.url('admin'));
  const urls = { writeUrl: clickhouse.url('collector'), readUrl: clickhouse.url('api') };
  events = openEventStore(urls);
  names = openDatasetNames(urls);
});
afterAll(async () => {
  await Promise.all([admin, events, names].map((each) => each?.close()));
  await clickhouse?.stop();
});
beforeEach(() => {
  tenant = newTenant();
});

const CRM = 'store:postgres://db:5432/shop.public.users';
const [OLD, PRESENT] = [
  'store:snowflake://ACME-PROD/shop.public.users',
  'store:snowflake://acme-prod/SHOP.PUBLIC.USERS',
];
const FOLDER = 'store:hdfs://nn:8020/lake/users';
const PARTITIONS = [`${FOLDER}/dt=2026-11-21`, `${FOLDER}/dt=2026-11-22`] as const;
const MART = 'store:bigquery/shop.crm.people';

const [LOAD, PASS] = ['job:nightly/load', 'job:nightly/pass'];
let runs = 0;
/** Of one run each, as an older version stored them: without a state, and under the names of then. */
const told = (...drawn: readonly DrawnEvent[]) =>
  events.appendLineageEvents(
    tenant,
    drawn.map((event) => {
      runs += 1;
      return lineageEvent({ runId: `run-${runs}`, job: LOAD, ...event });
    }),
  );
const edges = async (...datasets: string[]) => {
  const want = { traces: [], jumps: [], linksTo: [], datasets };
  const found = await events.facts(tenant, want, { spansMax: 10, hitsPerKeyMax: 10 });
  return found.datasets.map(({ input, output, lifecycle }) => [input, output, lifecycle]);
};
const rename = () => renameDatasets(names, tenant, 2);
const ask = <Row>(sql: string) => admin.rows<Row>(SYSTEM_SPEAKER, { name: 'test', sql }, { tenant });

test('a way that was told under old names is found from the present ones, all along', async () => {
  await told({ inputs: [CRM], outputs: [OLD] }, { inputs: [OLD], outputs: ['store:bigquery:/shop.crm.people'] });
  expect(await edges(PRESENT)).toEqual([]);
  // What is reached is called by its present name before anything was written.
  expect(await edges(CRM)).toEqual([[CRM, PRESENT, '']]);
  expect(await rename()).toBe(2);
  expect(await edges(CRM)).toEqual([[CRM, PRESENT, '']]);
  expect(await edges(PRESENT)).toEqual([[PRESENT, MART, '']]);
});

test('a run that came since reads on from what an older one wrote', async () => {
  await told({ inputs: [CRM], outputs: [PARTITIONS[0]] }, { inputs: [FOLDER], outputs: [MART], state: 'complete' });
  await rename();
  expect(await edges(CRM)).toEqual([[CRM, FOLDER, '']]);
  expect(await edges(FOLDER)).toEqual([[FOLDER, MART, '']]);
});

test('an old change of a partition leaves its folder full, and one of a table is its end', async () => {
  await told(
    { kind: 'dataset', job: '', outputs: [PARTITIONS[0]], lifecycle: 'drop' },
    { kind: 'dataset', job: '', outputs: [OLD], lifecycle: 'drop' },
  );
  await rename();
  expect((await edges(FOLDER)).filter(([, , lifecycle]) => lifecycle !== '')).toEqual([]);
  expect(await edges(PRESENT)).toEqual([[PRESENT, '', 'drop']]);
});

test('a partition that was renamed was read from its folder, which is not gone', async () => {
  const output = { side: 'output', node: MART, lifecycle: '', columns: null, categories: [] } as const;
  await told({ kind: 'dataset', job: '', datasets: [{ ...output, renamedFrom: PARTITIONS[0] }] });
  await rename();
  expect(await edges(FOLDER)).toEqual([[FOLDER, MART, '']]);
});

test('two partitions of one event keep all that was told of either', async () => {
  const part = (node: string, category: string) =>
    ({ side: 'output', node, lifecycle: '', renamedFrom: '', columns: null, categories: [category] }) as const;
  await told({ datasets: [part(PARTITIONS[0], 'pii.email'), part(PARTITIONS[1], 'pii.phone')] });
  await rename();
  const { rows } = await events.jobFlows(tenant, { fromUs: null, toUs: null }, 10);
  expect(rows).toMatchObject([{ node: FOLDER, side: 'output', runs: 1, categories: ['pii.email', 'pii.phone'] }]);
});

test('who was affected is searched along present names', async () => {
  await told({ inputs: [OLD], outputs: [MART], job: PASS, atUs: us(5) });
  const during = { fromUs: us(0), toUs: us(10) };
  expect((await events.runsAt(tenant, [PRESENT], during)).any).toBe(false);
  await rename();
  expect(await events.runsAt(tenant, [PRESENT], during)).toEqual({ any: true, read: [PRESENT] });
  expect((await events.sourcesOf(tenant, [MART], 10)).rows).toEqual([PRESENT]);
  expect((await events.nodesOfRuns(tenant, during, 10)).rows.toSorted()).toEqual([PASS, MART, PRESENT].sort());
});

test('what is written again leaves on the day on which its row does, and nothing is written twice', async () => {
  await told({ inputs: [OLD], outputs: [PARTITIONS[0]] }, { inputs: [CRM], outputs: [MART] });
  const tables = ['run_datasets', 'run_datasets_by_node'];
  for (const table of tables) {
    await admin.run(
      SYSTEM_SPEAKER,
      {
        name: 'test',
        sql: `ALTER TABLE ${table} UPDATE received_on = '2026-01-02' WHERE tenant = {tenant: UInt32}`,
        settings: { mutations_sync: '2' },
      },
      { tenant },
    );
  }
  const rowsOf = (table: string) =>
    ask<Record<string, unknown>>(`SELECT * FROM ${table} FINAL WHERE tenant = {tenant: UInt32} ORDER BY ALL`);
  expect(await rename()).toBe(2);
  const once = await Promise.all(tables.map(rowsOf));
  expect(once.map((rows) => rows.length)).toEqual([6, 6]);
  expect(new Set(once.flat().map((row) => row['received_on']))).toEqual(new Set(['2026-01-02']));
  await rename();
  expect(await Promise.all(tables.map(rowsOf))).toEqual(once);
});

test('runs whose events told a state have the names of today, and are not looked at', async () => {
  await told({ inputs: [OLD], outputs: [MART], state: 'complete' });
  expect(await rename()).toBe(0);
});
