import { join } from 'node:path';
import { VestigeError } from '@vestige/core/errors';
import type { Secret } from '@vestige/core/secret';
import { migrateClickHouse } from '@vestige/migrations/clickhouse';
import { migratePostgres } from '@vestige/migrations/postgres';
import { postgresSession } from '@vestige/migrations/postgres-session';
import type { StoresConfig } from '@vestige/store/open';
import type { Logger } from 'pino';
import type { EmbeddedClickHouse } from './clickhouse/embedded.ts';
import { superviseClickHouse } from './clickhouse/supervised.ts';
import type { UpConfig } from './config.ts';
import { openEmbeddedPostgres } from './postgres/embedded.ts';

/** Both databases, migrated: embedded ones, or servers given by URL. */
export interface Engines {
  readonly stores: StoresConfig;
  /** Null when ClickHouse was given by URL. */
  readonly clickhouse: EmbeddedClickHouse | null;
  /** After the stores were closed. */
  stop(): Promise<void>;
}

type EngineConfig = Pick<UpConfig, 'dataDir' | 'clickhouse' | 'clickhousePorts' | 'postgres'>;

/**
 * Starts and migrates both at once, as each takes about a second the first time.
 *
 * @param onLost when the embedded ClickHouse died and could not be started again
 * @throws VestigeError of whichever failed first; the other one is stopped
 */
export async function startEngines(
  config: EngineConfig,
  log: Logger,
  onLost: (error: unknown) => void,
): Promise<Engines> {
  const [clickhouse, postgres] = await Promise.allSettled([
    startClickHouse(config, log, onLost),
    startPostgres(config, log),
  ]);
  if (clickhouse.status === 'fulfilled' && postgres.status === 'fulfilled') {
    return {
      stores: { ...clickhouse.value.stores, postgres: postgres.value.database },
      clickhouse: clickhouse.value.engine,
      async stop() {
        postgres.value.release();
        await clickhouse.value.engine?.stop();
      },
    };
  }
  if (clickhouse.status === 'fulfilled') await clickhouse.value.engine?.stop();
  if (postgres.status === 'fulfilled') await postgres.value.abandon();
  throw clickhouse.status === 'rejected'
    ? clickhouse.reason
    : postgres.status === 'rejected'
      ? postgres.reason
      : unreachable();
}

async function startClickHouse(config: EngineConfig, log: Logger, onLost: (error: unknown) => void) {
  const applied = (migration: string) => log.debug({ migration }, 'applied to ClickHouse');
  if (config.clickhouse !== null) {
    const { urls, admin, cluster } = config.clickhouse;
    await migrateClickHouse({ url: admin, cluster }, applied);
    return { engine: null, stores: { clickhouse: urls, ...(cluster !== undefined && { cluster }) } };
  }
  const engine = await superviseClickHouse(
    { dataDir: join(config.dataDir, 'clickhouse'), ...config.clickhousePorts },
    { onCrash: (attempt) => log.error({ attempt }, 'the embedded ClickHouse ended; starting it again'), onLost },
  );
  try {
    await migrateClickHouse({ url: engine.url('admin') }, applied);
  } catch (error) {
    await engine.stop();
    throw error;
  }
  const urls: Record<'collector' | 'api' | 'eraser' | 'verifier', Secret> = {
    collector: engine.url('collector'),
    api: engine.url('api'),
    eraser: engine.url('eraser'),
    verifier: engine.url('verifier'),
  };
  return { engine, stores: { clickhouse: urls } };
}

async function startPostgres(config: EngineConfig, log: Logger) {
  const applied = (migration: string) => log.debug({ migration }, 'applied to Postgres');
  if (config.postgres !== null) {
    const owner = await postgresSession(config.postgres.admin);
    await migratePostgres(owner, applied).finally(() => owner.close());
    return {
      database: { kind: 'url', url: config.postgres.url } as const,
      release: () => {},
      abandon: async () => {},
    };
  }
  const { client, release } = await openEmbeddedPostgres(join(config.dataDir, 'postgres'), applied);
  return {
    database: { kind: 'pglite-client', client } as const,
    release,
    abandon: () => client.close().finally(release),
  };
}

function unreachable(): never {
  throw new VestigeError('internal', 'engines neither started nor failed');
}
