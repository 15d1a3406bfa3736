import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isVestigeError } from '@vestige/core/errors';
import { migrateClickHouse } from '@vestige/migrations/clickhouse';
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from '../clickhouse/embedded.ts';
import { readUpConfig, type UpConfig } from '../config.ts';
import { clickHouseFindings } from './clickhouse.ts';
import { logFindings } from './collector-log.ts';
import { bad, type Finding } from './finding.ts';
import { dataFolder, diskFinding, libraryFinding, nodeFinding, portFinding } from './machine.ts';
import { type ExaminedProcess, postgresFindings } from './postgres.ts';

/**
 * Examines this machine and the databases that the settings name. Changes nothing: without `CLICKHOUSE_URL` it tries an
 * embedded engine in a temporary folder, as the real one may be in use.
 *
 * @param process whose login `DATABASE_URL` is
 */
export async function examine(
  readConfig: () => UpConfig = readUpConfig,
  process: ExaminedProcess = 'api',
): Promise<Finding[]> {
  let config: UpConfig;
  try {
    config = readConfig();
  } catch (error) {
    if (!isVestigeError(error)) throw error;
    return [nodeFinding(), bad('settings', error.message, 'Correct these and ask again.')];
  }
  const { api, collector } = config;
  return [
    nodeFinding(),
    ...(config.clickhouse === null || config.postgres === null ? [await diskFinding(dataFolder(config.dataDir))] : []),
    ...(await logFindings({ logDir: collector.logDir, bytesMax: collector.logBytesMax }, Date.now())),
    await portFinding('the collector', collector.host, collector.port, 'VESTIGE_COLLECTOR_PORT'),
    ...(collector.grpcPort === null
      ? []
      : [await portFinding('gRPC', collector.host, collector.grpcPort, 'VESTIGE_COLLECTOR_GRPC_PORT')]),
    await portFinding('the API', api.host, api.port, 'VESTIGE_API_PORT'),
    ...(config.clickhouse === null ? await embeddedFindings() : await clickHouseFindings(config.clickhouse)),
    ...(config.postgres === null ? [] : await postgresFindings(config.postgres.url, config.postgres.admin, process)),
  ];
}

async function embeddedFindings(): Promise<Finding[]> {
  const library = libraryFinding();
  if (library.state !== 'good') return [library];
  const dataDir = await mkdtemp(join(tmpdir(), 'vestige-doctor-'));
  try {
    const engine = await startEmbeddedClickHouse({ dataDir });
    try {
      await migrateClickHouse({ url: engine.url('admin') });
      return [library, ...(await clickHouseFindings({ admin: engine.url('admin'), urls: urlsOf(engine) }))];
    } finally {
      await engine.stop();
    }
  } catch (error) {
    const says = isVestigeError(error) ? error.message : 'The embedded ClickHouse does not start.';
    return [library, bad('clickhouse', says, 'Set CLICKHOUSE_URL to a ClickHouse server instead.')];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

const urlsOf = ({ url }: Pick<EmbeddedClickHouse, 'url'>) => ({
  collector: url('collector'),
  api: url('api'),
  eraser: url('eraser'),
  verifier: url('verifier'),
});
