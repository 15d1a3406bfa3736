import type { TenantId } from '@vestige/core/ids';
import { openTestPostgres, startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';
import type { Finding } from '@vestige/store/control/finding-store';
import { postgresAliasStore } from '@vestige/store/control/postgres-alias-store';
import { postgresFindingStore } from '@vestige/store/control/postgres-finding-store';
import { postgresRegistryStore } from '@vestige/store/control/postgres-registry-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { openEventStore } from '@vestige/store/events/clickhouse-event-store';
import { pino } from 'pino';
import { type CollectorConfig, readCollectorConfig } from '../config.ts';
import { type Collector, type CollectorDeps, startCollector } from '../server.ts';

/** A collector on real engines, with two tenants and an ingest key for each. */
export interface RunningCollector extends Collector {
  readonly deps: CollectorDeps;
  readonly config: CollectorConfig;
  readonly tenant: Tenant;
  readonly key: string;
  readonly rival: { readonly tenant: Tenant; readonly key: string };
  /** The engine beside the collector: its logins, its folder, its process. */
  readonly clickhouse: Pick<TestClickHouse, 'url' | 'dataDir' | 'pid'>;
  clickhouseUrl: TestClickHouse['url'];
  /** What this collector has found that a person must look at, oldest first. */
  findings(tenant: TenantId): Promise<Finding[]>;
  /** Ends the engine behind the collector's back. */
  stopClickHouse(): Promise<void>;
  stopPostgres(): Promise<void>;
  /** Everything the collector logged, as text. */
  logged(): string;
  metrics(): Promise<string>;
}

/**
 * It acknowledges when ClickHouse has the rows, unless a test says otherwise: what was answered with 200 can be read.
 *
 * @param ownRole as in production, as `vestige_collector`; needs a server in TEST_DATABASE_URL
 */
export async function startRunningCollector(
  overrides: Partial<CollectorConfig> = {},
  ownRole = false,
): Promise<RunningCollector> {
  const [clickhouse, postgres] = await Promise.all([startTestClickHouse(), openTestPostgres()]);
  const db = ownRole ? await postgres.as('collector') : postgres.db;
  const stopClickHouse = once(() => clickhouse.stop());
  const stopPostgres = once(() => postgres.close());
  const lines: string[] = [];
  const events = openEventStore({ writeUrl: clickhouse.url('collector'), readUrl: clickhouse.url('api') });
  const findings = postgresFindingStore(postgres.db);
  const deps: CollectorDeps = {
    events,
    aliases: postgresAliasStore(db),
    tenants: postgresTenantStore(db),
    registry: postgresRegistryStore(db),
    log: pino({ level: 'debug' }, { write: (line: string) => lines.push(line) }),
  };
  const own = { host: '127.0.0.1', port: 0, grpcPort: 0, ackMode: 'store' } as const;
  const config = { ...readCollectorConfig({}), ...own, ...overrides };
  const collector = await startCollector(config, deps);
  // What the operator does is done as the application, also where the collector has a role of its own.
  const tenants = postgresTenantStore(postgres.db);
  const keyOf = async (tenant: Tenant) =>
    (await tenants.createKey(tenant.id, { name: 'test', scopes: ['ingest'], expiresAt: null })).secret.reveal();
  const tenant = await tenants.ensureTenant('acme');
  const rival = await tenants.ensureTenant('rival');
  return {
    url: collector.url,
    grpcUrl: collector.grpcUrl,
    deps,
    config,
    tenant,
    key: await keyOf(tenant),
    rival: { tenant: rival, key: await keyOf(rival) },
    clickhouse,
    clickhouseUrl: clickhouse.url,
    findings: (of) => findings.findings(of, { after: null, limit: 100 }),
    stopClickHouse,
    stopPostgres,
    logged: () => lines.join(''),
    metrics: async () => (await fetch(`${collector.url}/metrics`)).text(),
    async close() {
      await collector.close();
      await events.close();
      await Promise.all([stopClickHouse(), stopPostgres()]);
    },
  };
}

function once<T>(run: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null;
  return () => {
    result ??= run();
    return result;
  };
}
