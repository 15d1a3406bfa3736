import { join } from 'node:path';
import { DataType, load, open } from 'ffi-rs';
import { lockFolder } from '../folder-lock.ts';
import { writePrivateFile } from '../private-file.ts';
import { embeddedPasswords } from './credentials.ts';
import { serverConfigFile } from './server-config.ts';
import { embeddedUsersFile } from './users-file.ts';

/**
 * The process that is the embedded ClickHouse: `clickhouse-local` of libchdb, told to listen like a server.
 *
 * Its last statement reads standard input to the end, so it serves until that closes, also when the parent is killed.
 * It holds the folder lock itself, because it may outlive a killed parent by a moment, and writes its configuration
 * only under that lock. `ffi-rs` and not `koffi`, whose private stack trips ClickHouse's stack check.
 *
 * Arguments: library, data folder, HTTP port, native port, milliseconds to wait for the folder. Exit code 75 is
 * "somebody else has this folder" (`embedded.ts`).
 */
const [library = '', dataDir = '', httpPort, nativePort, lockWaitMs] = process.argv.slice(2);

let lock: { release(): void };
try {
  lock = lockFolder(dataDir, Number(lockWaitMs));
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : 'locked');
  process.exit(75);
}

const usersFile = join(dataDir, 'users.xml');
const configFile = join(dataDir, 'config.xml');
writePrivateFile(usersFile, embeddedUsersFile(embeddedPasswords(dataDir)));
writePrivateFile(
  configFile,
  serverConfigFile({ httpPort: Number(httpPort), nativePort: Number(nativePort), usersFile }),
);

// FROM before SELECT, as ClickHouse allows.
const argv = [
  'clickhouse-local',
  `--path=${dataDir}`,
  `--config-file=${configFile}`,
  '--input-format=LineAsString',
  '--structure=l String',
  '--table=hold',
  '--query=SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; FROM hold SELECT count() FORMAT Null',
];
open({ library: 'chdb', path: library });
load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [argv.length, argv],
});
lock.release();
