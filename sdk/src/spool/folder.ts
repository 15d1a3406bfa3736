import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmdirSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, OWNER_FILE, self } from './owner.ts';

/**
 * The files of one process below the spool folder that several processes share:
 *
 * ```
 * <spoolDir>/<id>/owner.json              whose it is
 *                 <id>-00000001.journal   spans as they end, not yet compressed
 *                 <time>-<id>-…-<spans>.otlp.gz    durable and ready to send, oldest first by name
 *                 <same name>.dead        the collector will never take it; kept for a person to look at
 * ```
 *
 * Every file name is unique in the world, so a folder is taken over file by file with `rename`: of several successors
 * exactly one gets each file.
 */
export const READY = '.otlp.gz';
export const DEAD = '.dead';
export const JOURNAL = '.journal';
export const TEMPORARY = '.tmp';

export interface Folder {
  readonly id: string;
  readonly path: string;
}

/** Creates this process's own folder; it appears together with its owner file, so nobody takes it for an orphan. */
export function createFolder(spoolDir: string): Folder {
  const id = `${process.pid}-${randomBytes(6).toString('hex')}`;
  const path = join(spoolDir, id);
  const nascent = join(spoolDir, `.${id}`);
  mkdirSync(nascent, { recursive: true, mode: 0o700 });
  writeFileSync(join(nascent, OWNER_FILE), JSON.stringify(self()), { mode: 0o600 });
  renameSync(nascent, path);
  return { id, path };
}

export function beat(folder: Folder): void {
  const now = new Date();
  utimesSync(join(folder.path, OWNER_FILE), now, now);
}

/** Gives the folder up: removed if empty, otherwise an orphan that any other process may adopt at once. */
export function releaseFolder(folder: Folder): void {
  unlinkSync(join(folder.path, OWNER_FILE));
  if (readdirSync(folder.path).length === 0) rmdirSync(folder.path);
}

/**
 * Moves the files of dead processes into this one's folder.
 *
 * @returns where they are now
 */
export function adoptOrphans(spoolDir: string, own: Folder, nowMs: number): string[] {
  const adopted: string[] = [];
  for (const entry of readdirSync(spoolDir, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === own.id || entry.name.startsWith('.')) continue;
    const orphan = join(spoolDir, entry.name);
    if (!isAlive(orphan, nowMs)) adopted.push(...adopt(orphan, own));
  }
  return adopted;
}

function adopt(orphan: string, own: Folder): string[] {
  const adopted: string[] = [];
  for (const name of read(orphan)) {
    const path = join(orphan, name);
    try {
      if (name.endsWith(READY) || name.endsWith(DEAD) || name.endsWith(JOURNAL)) {
        const to = join(own.path, name);
        renameSync(path, to);
        adopted.push(to);
      } else if (name.endsWith(TEMPORARY)) {
        unlinkSync(path);
      }
    } catch {
      // Another successor was faster with this file.
    }
  }
  try {
    unlinkSync(join(orphan, OWNER_FILE));
  } catch {
    // It was released without one, or another successor was faster.
  }
  try {
    rmdirSync(orphan);
  } catch {
    // Not empty: something that is not ours lies there, and stays.
  }
  return adopted;
}

function read(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
