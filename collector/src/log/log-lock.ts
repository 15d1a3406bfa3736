import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { VestigeError } from '@vestige/core/errors';

/**
 * Holds the log's folder for this process alone: two writers would take each other's segments for their own.
 *
 * The lock is the one SQLite takes on a file (`fcntl`), so the kernel lets go of it when the process dies, however it
 * dies: a lock file with a process number in it would have to be doubted after every kill -9.
 *
 * @throws VestigeError `conflict` when another process holds it, `misconfigured` when the folder cannot be made or written
 */
export function lockLogFolder(folder: string): { release(): void } {
  const ownerFile = join(folder, 'lock.owner');
  let file: DatabaseSync;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    file = new DatabaseSync(join(folder, 'lock'));
  } catch {
    throw unusable(folder);
  }
  try {
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (!isBusy(error)) throw unusable(folder);
    throw new VestigeError(
      'conflict',
      `The log folder ${folder} is in use by another collector${ownerOf(ownerFile)}. Give each collector a folder of its own with VESTIGE_COLLECTOR_LOG_DIR.`,
      { folder },
    );
  }
  writeOwner(ownerFile);
  return {
    release() {
      if (file.isOpen) file.close();
    },
  };
}

function unusable(folder: string): VestigeError {
  const how = 'Change its owner, or set VESTIGE_COLLECTOR_LOG_DIR.';
  return new VestigeError('misconfigured', `The log folder ${folder} cannot be made or written. ${how}`, { folder });
}

/** `SQLITE_BUSY`. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}

/** For the sentence above only: on a full disk there is none, and the collector starts all the same. */
function writeOwner(ownerFile: string): void {
  try {
    writeFileSync(ownerFile, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    return;
  }
}

function ownerOf(ownerFile: string): string {
  try {
    return ` (pid ${Number.parseInt(readFileSync(ownerFile, 'utf8'), 10)})`;
  } catch {
    return '';
  }
}
