import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clickHouseLibrary } from '@vestige/stack/clickhouse/library';
import { runClickHouseLocal, SERVE_UNTIL_STDIN_CLOSES } from '@vestige/stack/clickhouse/run-library';
import { renderXml } from '@vestige/stack/clickhouse/xml';

/** The process behind `scratch-clickhouse.ts`. Arguments: data folder, HTTP port, native port. */
const [dataDir = '', httpPort = '', nativePort = ''] = process.argv.slice(2);
const config = join(dataDir, 'config.xml');
const clickhouse = {
  logger: { level: 'none' },
  listen_host: '127.0.0.1',
  http_port: httpPort,
  tcp_port: nativePort,
  background_pool_size: 16,
  background_merges_mutations_concurrency_ratio: 2,
  database_atomic_delay_before_drop_table_sec: 2,
};
writeFileSync(config, renderXml({ clickhouse }));
runClickHouseLocal(clickHouseLibrary(), [`--path=${dataDir}`, `--config-file=${config}`, ...SERVE_UNTIL_STDIN_CLOSES]);
