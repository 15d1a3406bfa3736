import { openTestPostgres, startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import { openClickHouse, SYSTEM_SPEAKER } from '@vestige/store/clickhouse/client';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { openTestApi, type TestApi } from '../../testing/open-test-api.ts';

type TestPostgres = Awaited<ReturnType<typeof openTestPostgres>>;

export interface MonitoredApi {
  readonly api: TestApi;
  readonly engine: TestClickHouse;
  readonly db: TestPostgres['db'];
  /** Another one each time: what a test leaves behind is in no other test's way. */
  newTenant(): Promise<Tenant>;
  /** What no process of Vestige may do in ClickHouse, and somebody with a shell can. */
  admin(sql: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * The API on engines that the test reaches as well, below everything that Vestige itself would do.
 *
 * @param name of its tenants, each with a number
 */
export async function openMonitoredApi(name: string): Promise<MonitoredApi> {
  const engine = await startTestClickHouse();
  const postgres = await openTestPostgres();
  const api = await openTestApi({ clickhouse: engine, postgres });
  let tenants = 0;
  return {
    api,
    engine,
    db: postgres.db,
    newTenant() {
      tenants += 1;
      return api.deps.tenants.ensureTenant(`${name}-${tenants}`);
    },
    async admin(sql) {
      const clickhouse = openClickHouse(engine.url('admin'));
      await clickhouse.run(SYSTEM_SPEAKER, { name: 'test', sql }, {}).finally(() => clickhouse.close());
    },
    async close() {
      await api.close();
      await postgres.close();
      await engine.stop();
    },
  };
}
