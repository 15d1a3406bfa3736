import { DataType, load, open } from 'ffi-rs';
import { lockFolder } from '../folder-lock.ts';

/**
 * The process that is the embedded ClickHouse: `clickhouse-local` of libchdb, told to listen like a server.
 *
 * Its last statement reads standard input to the end, so it serves until that closes, also when the parent is killed.
 * It holds the folder lock itself, because it may outlive a killed parent by a moment. `ffi-rs` and not `koffi`, whose
 * private stack trips ClickHouse's stack check.
 *
 * Arguments: library, data folder, configuration file, milliseconds to wait for the folder.
 */
const [library, dataDir, configFile, lockWaitMs] = process.argv.slice(2);
if (library === undefined || dataDir === undefined || configFile === undefined) process.exit(64);

/** Exit code that tells the parent "somebody else has this folder". */
const LOCKED = 75;

try {
  lockFolder(dataDir, Number(lockWaitMs));
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : 'locked');
  process.exit(LOCKED);
}

const argv = [
  'clickhouse-local',
  `--path=${dataDir}`,
  `--config-file=${configFile}`,
  '--input-format=LineAsString',
  '--structure=l String',
  '--table=hold',
  '--query=SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; SELECT count() FROM hold FORMAT Null',
];
open({ library: 'chdb', path: library });
load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
});
