import { clickHouseLibrary } from '@vestige/stack/clickhouse/library';
import { runClickHouseLocal, SERVE_UNTIL_STDIN_CLOSES } from '@vestige/stack/clickhouse/run-library';

/** One server of a test cluster. Arguments: data folder, configuration file. Ends when its standard input closes. */
const [dataDir = '', configFile = ''] = process.argv.slice(2);
runClickHouseLocal(clickHouseLibrary(), [
  `--path=${dataDir}`,
  `--config-file=${configFile}`,
  ...SERVE_UNTIL_STDIN_CLOSES,
]);
