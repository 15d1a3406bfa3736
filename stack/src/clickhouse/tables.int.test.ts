import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { diagnoseClickHouse } from '@vestige/migrations/diagnose-clickhouse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ERASE_FOUND, ERASE_QUEUE, TENANT_TABLES } from './tables.ts';

let clickhouse: TestClickHouse;
beforeAll(async () => {
  clickhouse = await startTestClickHouse();
});
afterAll(() => clickhouse.stop());

test('every table with tenant rows is listed, so that none is without a row policy', async () => {
  const { tables, guardedTables } = await diagnoseClickHouse(clickhouse.url('admin'), 'api');
  const withTenant = tables.filter(({ create }) => /\btenant\b/.test(create)).map(({ name }) => name);
  const notForTheApi: readonly string[] = [ERASE_QUEUE];

  expect(withTenant.filter((name) => !notForTheApi.includes(name)).toSorted()).toEqual([...TENANT_TABLES].toSorted());
  expect(guardedTables.toSorted()).toEqual([...TENANT_TABLES].toSorted());
  expect(tables.map(({ name }) => name)).toContain(ERASE_FOUND);
});
