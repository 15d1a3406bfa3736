import { PGlite } from '@electric-sql/pglite';
import { Secret } from '@vestige/core/secret';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { migratedPgliteDump } from '@vestige/e2e/harness/pglite-dump';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStores } from './open.ts';

let clickhouse: TestClickHouse;
beforeAll(async () => {
  clickhouse = await startTestClickHouse();
});
afterAll(() => clickhouse.stop());

const urls = () => ({
  collector: clickhouse.url('collector'),
  api: clickhouse.url('api'),
  eraser: clickhouse.url('eraser'),
  verifier: clickhouse.url('verifier'),
});

test('all stores stand on their engines, and closing closes them all', async () => {
  const client = await PGlite.create({ loadDataDir: await migratedPgliteDump() });
  const stores = await openStores({ clickhouse: urls(), postgres: { kind: 'pglite-client', client } });
  const { id } = await stores.tenants.ensureTenant('acme');
  await Promise.all([stores.events.ping(), stores.tenants.ping()]);
  expect(await stores.registry.stores(id)).toEqual([]);
  expect(await stores.aliases.suppressionVersion(id)).toBe(0);
  expect(await stores.audit.entries(id, { afterIndex: -1, limit: 1 })).toEqual([]);
  expect(await stores.requests.openRequestsOf(id, [])).toEqual([]);
  expect(await stores.verifier.countSubject(id, [crypto.randomUUID()])).toBe(0);
  await stores.close();
  expect(client.closed).toBe(true);
});

test('a control database that is not there is told before anything else is opened', async () => {
  const url = new Secret('postgres://127.0.0.1:1/none');
  await expect(openStores({ clickhouse: urls(), postgres: { kind: 'url', url } })).rejects.toMatchObject({
    code: 'store_unavailable',
  });
});
