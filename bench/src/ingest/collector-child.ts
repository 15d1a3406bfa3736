import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCollectorConfig } from '@vestige/collector/config';
import { startCollector } from '@vestige/collector/server';
import { Secret } from '@vestige/core/secret';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { postgresAliasStore } from '@vestige/store/control/postgres-alias-store';
import { postgresRegistryStore } from '@vestige/store/control/postgres-registry-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import { openEventStore } from '@vestige/store/events/clickhouse-event-store';
import { pino } from 'pino';
import { serveUntilToldToStop } from './contender.ts';

/**
 * The collector as it runs in production, alone in this process, but for PGlite where no Postgres server was given
 * (`TEST_DATABASE_URL`).
 */
export interface CollectorSetup {
  readonly writeUrl: string;
  readonly readUrl: string;
  /** Settings on top of the defaults, by the names of environment variables. */
  readonly settings: Readonly<Record<string, string>>;
}

const setup = JSON.parse(process.argv[2] ?? '{}') as CollectorSetup;
const postgres = await openTestPostgres();
const events = openEventStore({ writeUrl: new Secret(setup.writeUrl), readUrl: new Secret(setup.readUrl) });
const tenants = postgresTenantStore(postgres.db);
const logDir = mkdtempSync(join(tmpdir(), 'vestige-bench-log-'));
const config = readCollectorConfig({
  VESTIGE_COLLECTOR_HOST: '127.0.0.1',
  VESTIGE_COLLECTOR_PORT: '0',
  VESTIGE_COLLECTOR_GRPC_PORT: '0',
  VESTIGE_COLLECTOR_LOG_DIR: logDir,
  ...setup.settings,
});
const collector = await startCollector(config, {
  events,
  aliases: postgresAliasStore(postgres.db),
  tenants,
  registry: postgresRegistryStore(postgres.db),
  log: pino({ level: 'warn' }, process.stderr),
});
const tenant = await tenants.ensureTenant('bench');
const { secret } = await tenants.createKey(tenant.id, { name: 'bench', scopes: ['ingest'], expiresAt: null });

await serveUntilToldToStop({
  url: collector.url,
  key: secret.reveal(),
  postgresDatabase: await databaseName(),
});
await collector.close();
await events.close();
await postgres.close();
rmSync(logDir, { recursive: true });

/** Null for PGlite, which is part of this process and of its CPU time. */
async function databaseName(): Promise<string | null> {
  const rows = await postgres.db.orm.execute('SELECT current_database() AS name');
  return Array.isArray(rows) ? String((rows[0] as { name: string }).name) : null;
}
