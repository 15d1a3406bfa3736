import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { VestigeError } from '@vestige/core/errors';

/**
 * Holds a folder for this process alone.
 *
 * The lock is the one SQLite takes on a file (`fcntl`), so the kernel lets go of it when the process dies, however it
 * dies: a lock file with a process number in it would have to be doubted after every kill -9. The number is written
 * beside it for the error message only.
 *
 * @param waitMs how long to wait for a holder that is just going away, e.g. the engine of a parent that was killed
 * @throws VestigeError conflict when somebody else holds it, misconfigured when it cannot be made or written
 */
export function lockFolder(folder: string, waitMs = 0): { release(): void } {
  makeFolder(folder);
  const ownerFile = join(folder, 'lock.owner');
  const file = new DatabaseSync(join(folder, 'lock'), { timeout: waitMs });
  try {
    file.exec('BEGIN EXCLUSIVE');
  } catch {
    file.close();
    throw new VestigeError(
      'conflict',
      `The data folder ${folder} is in use by another Vestige process${ownerOf(ownerFile)}. Stop that process, or choose another folder with VESTIGE_DATA_DIR.`,
      { folder },
    );
  }
  writeFileSync(ownerFile, `${process.pid}\n`, { mode: 0o600 });
  return {
    release() {
      if (file.isOpen) file.close();
    },
  };
}

/** @throws VestigeError misconfigured when this user can neither make nor write it */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK);
  } catch {
    throw new VestigeError(
      'misconfigured',
      `The data folder ${folder} cannot be made or written. Change its owner, or set VESTIGE_DATA_DIR.`,
      { folder },
    );
  }
}

function ownerOf(ownerFile: string): string {
  try {
    return ` (pid ${Number.parseInt(readFileSync(ownerFile, 'utf8'), 10)})`;
  } catch {
    return '';
  }
}
