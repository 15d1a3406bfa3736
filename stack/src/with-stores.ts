import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { VestigeError } from '@vestige/core/errors';
import type { Tenant } from '@vestige/store/control/tenant-store';
import { openStores, type Stores } from '@vestige/store/open';
import type { DatabaseConfig } from '@vestige/store/postgres';
import { startEmbeddedClickHouse } from './clickhouse/embedded.ts';
import { type RestoreConfig, readRestoreConfig } from './config.ts';
import { openPglite } from './postgres/embedded.ts';

/** All stores, for a command that works on an installation that rests. */
export interface OpenedStores {
  readonly tenants: readonly Tenant[];
  readonly stores: Stores;
  /** Names of frozen copies in the data folder of the embedded engine; of a server of one's own nothing is known. */
  frozenCopies(): Promise<string[]>;
}

/**
 * Opens the databases that the settings name, else the embedded ones, and closes them after `work`.
 *
 * @param tenantName null for all tenants
 * @throws VestigeError `not_found` for an unknown tenant, `conflict` while another process holds the embedded engines
 */
export async function withStores<T>(
  tenantName: string | null,
  work: (opened: OpenedStores) => Promise<T>,
  config: RestoreConfig = readRestoreConfig(),
): Promise<T> {
  const closers: (() => Promise<void> | void)[] = [];
  try {
    const { urls, dataDir } = await clickHouseOf(config, closers);
    const stores = await openStores({
      clickhouse: urls,
      ...(config.cluster !== undefined && { cluster: config.cluster }),
      postgres: await postgresOf(config, closers),
    });
    closers.push(stores.close);
    const all = await stores.tenants.tenants();
    const tenants = tenantName === null ? all : all.filter(({ name }) => name === tenantName);
    if (tenantName !== null && tenants.length === 0)
      throw new VestigeError('not_found', 'There is no tenant of that name.');
    const frozenCopies = () => (dataDir === null ? Promise.resolve([]) : copiesIn(join(dataDir, 'shadow')));
    return await work({ tenants, stores, frozenCopies });
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

/** `increment.txt` counts them and is none. */
async function copiesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function clickHouseOf(config: RestoreConfig, closers: (() => Promise<void> | void)[]) {
  if (config.clickhouse !== null) return { urls: config.clickhouse, dataDir: null };
  const dataDir = join(config.dataDir, 'clickhouse');
  const engine = await startEmbeddedClickHouse({ dataDir });
  closers.push(engine.stop);
  const urls = {
    collector: engine.url('collector'),
    api: engine.url('api'),
    eraser: engine.url('eraser'),
    verifier: engine.url('verifier'),
  };
  return { urls, dataDir };
}

async function postgresOf(
  { databaseUrl, dataDir }: RestoreConfig,
  closers: (() => Promise<void> | void)[],
): Promise<DatabaseConfig> {
  if (databaseUrl !== null) return { kind: 'url', url: databaseUrl };
  const { client, release } = await openPglite(join(dataDir, 'postgres'));
  closers.push(release);
  return { kind: 'pglite-client', client };
}
