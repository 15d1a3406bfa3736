import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes a file that only this user can read (0600), whole or not at all. */
export function writePrivateFile(file: string, content: string): void {
  renameSync(temporaryFor(file, content), file);
}

/** Writes it unless it is there already: of several processes starting at once one wins, and all read its content. */
export function createPrivateFile(file: string, content: string): void {
  const temporary = temporaryFor(file, content);
  try {
    linkSync(temporary, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(temporary);
  }
}

function temporaryFor(file: string, content: string): string {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.new`;
  writeFileSync(temporary, content, { mode: 0o600 });
  return temporary;
}
