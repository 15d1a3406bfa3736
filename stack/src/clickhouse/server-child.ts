import { join } from 'node:path';
import { lockFolder } from '../folder-lock.ts';
import { writePrivateFile } from '../private-file.ts';
import { embeddedPasswords } from './credentials.ts';
import { runClickHouseLocal, SERVE_UNTIL_STDIN_CLOSES } from './run-library.ts';
import { serverConfigFile } from './server-config.ts';
import { embeddedUsersFile } from './users-file.ts';

/**
 * The process that is the embedded ClickHouse: `clickhouse-local` of libchdb, told to listen like a server.
 *
 * It serves until its standard input closes, also when the parent is killed. It holds the folder lock itself, because it
 * may outlive a killed parent by a moment, and writes its configuration only under that lock.
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

runClickHouseLocal(library, [`--path=${dataDir}`, `--config-file=${configFile}`, ...SERVE_UNTIL_STDIN_CLOSES]);
lock.release();
