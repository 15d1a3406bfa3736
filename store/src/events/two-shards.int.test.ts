import type { LineageEvent } from '@vestige/core/openlineage/lineage-event';
import { startTwoServers, type TwoServers } from '@vestige/e2e/cluster/two-servers';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClickHouse, SYSTEM_SPEAKER } from '../clickhouse/client.ts';
import { openEventStore } from './clickhouse-event-store.ts';
import type { EventStore, Window } from './event-store.ts';
import { lineageEvent } from './testing/lineage-events.ts';
import { newTenant, us } from './testing/spans.ts';

/**
 * Runs whose rows lie on two shards: statements that look for runs inside of a statement about runs ask each shard about its
 * own, and answer as one server does that has all of them.
 */

const RUNS = 40;
const DAY_S = 86_400;
const tenant = newTenant();
let cluster: TwoServers;
let engine: TestClickHouse;
let sharded: EventStore;
let whole: EventStore;

beforeAll(async () => {
  [cluster, engine] = await Promise.all([startTwoServers({ shards: 2 }), startTestClickHouse()]);
  [sharded, whole] = [cluster, engine].map((at) =>
    openEventStore({ writeUrl: at.url('collector'), readUrl: at.url('api') }),
  ) as [EventStore, EventStore];
  for (const store of [sharded, whole]) await store.appendLineageEvents(tenant, events());
});
afterAll(async () => {
  await Promise.all([sharded?.close(), whole?.close()]);
  await Promise.all([cluster?.stop(), engine?.stop()]);
});

/** A run every quarter of a day; some tell their tables at the end alone, some never end, some do not say from what. */
function events(): LineageEvent[] {
  return Array.from({ length: RUNS }, (_, n) => {
    const at = (n * DAY_S) / 4;
    const run = { runId: `run-${n}`, job: `job:nightly/${n % 3}`, startUs: us(at) };
    const inputs = n % 5 === 0 ? [] : [`store:in-${n % 4}`];
    const tables = { inputs, outputs: [`store:out-${n % 4}`] };
    const begun = lineageEvent({ ...run, state: 'start', atUs: us(at), ...(n % 7 === 0 ? tables : {}) });
    const ended = lineageEvent({ ...run, state: 'complete', atUs: us(at + DAY_S), ...tables });
    return n % 7 === 0 ? [begun] : [begun, ended];
  }).flat();
}

async function runsAt(store: EventStore, nodes: readonly string[], window: Window) {
  const { any, read } = await store.runsAt(tenant, nodes, window);
  return { any, read: read.toSorted() };
}

const windows: [string, Window][] = [
  ['all of them', { fromUs: null, toUs: null }],
  ['an hour among them', { fromUs: us(3 * DAY_S), toUs: us(3 * DAY_S + 3_600) }],
  ['a week, with runs that never said that they ended', { fromUs: us(6 * DAY_S), toUs: us(13 * DAY_S) }],
];

test('the rows of a run lie on one shard, and those of all runs on both', async () => {
  const admin = openClickHouse(cluster.url('admin'));
  const sql = `SELECT uniqExact(shard) AS shards, max(of_run) AS most FROM (
    SELECT _shard_num AS shard, uniqExact(_shard_num) OVER (PARTITION BY run_id) AS of_run
    FROM run_datasets WHERE tenant = ${tenant})`;
  const rows = await admin.rows(SYSTEM_SPEAKER, { name: 'test', sql }, {}).finally(() => admin.close());
  expect(rows).toEqual([{ shards: 2, most: 1 }]);
});

describe.each(windows)('in a window of %s', (_name, window) => {
  test.each<[string, (store: EventStore) => Promise<unknown>]>([
    ['jobs and datasets of runs that were going on', (store) => store.nodesOfRuns(tenant, window, 100)],
    ['runs at a dataset', (store) => runsAt(store, ['store:out-1', 'store:in-2'], window)],
    ['runs of a job', (store) => runsAt(store, ['job:nightly/1'], window)],
    ['what jobs did', (store) => store.jobFlows(tenant, window, 100)],
    [
      'runs that do not say from what they wrote',
      async (store) => (await store.gaps(tenant, window)).runsWithoutInputs,
    ],
  ])('%s are those of one server', async (_what, ask) => {
    const answer = await ask(whole);
    expect(await ask(sharded)).toEqual(answer);
    expect(JSON.stringify(answer)).toMatch(/store:|"any":true|[1-9]/);
  });
});

test('sources and edges of datasets are those of one server', async () => {
  const needs = { traces: [], jumps: [], linksTo: [], datasets: ['store:in-1', 'store:in-2'] };
  const limits = { spansMax: 100, hitsPerKeyMax: 100 };
  for (const store of [sharded, whole]) {
    expect((await store.sourcesOf(tenant, ['store:out-1'], 100)).rows.toSorted()).toEqual(['store:in-1']);
  }
  const { datasets } = await whole.facts(tenant, needs, limits);
  expect((await sharded.facts(tenant, needs, limits)).datasets).toEqual(datasets);
  expect(datasets.length).toBeGreaterThan(10);
});
