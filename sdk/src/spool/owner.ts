import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * Who a spool folder belongs to, and whether that process still lives. Node has no file locks, so the answer comes
 * from what the operating system knows of the process, and from a heartbeat where it cannot know (another host).
 */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When the process began, in the kernel's ticks: tells it from a later one with the same pid. '' where unknown. */
  readonly startTicks: string;
  /**
   * In which namespace the pid and the ticks are told: containers of one pod share a host name and often a folder, and each
   * has a process 1. Undefined where unknown.
   */
  readonly pids?: string;
}

export const OWNER_FILE = 'owner.json';
export const HEARTBEAT_MS = 10_000;
/** A process on another host that has not touched its file for so long is taken for dead. */
export const SILENT_MS = 600_000;

export function self(): Owner {
  const pids = pidNamespace();
  return {
    host: hostname(),
    pid: process.pid,
    startTicks: readProcess('self')?.startTicks ?? '',
    ...(pids === undefined ? {} : { pids }),
  };
}

/** @returns false also for a folder without an owner file: its process has closed it */
export function isAlive(folder: string, nowMs: number): boolean {
  const path = join(folder, OWNER_FILE);
  let owner: Owner;
  let beatMs: number;
  try {
    owner = JSON.parse(readFileSync(path, 'utf8'));
    beatMs = statSync(path).mtimeMs;
  } catch {
    return false;
  }
  const beating = nowMs - beatMs < SILENT_MS;
  if (owner.host !== hostname() || owner.pids !== pidNamespace()) return beating;
  if (!exists(owner.pid)) return false;
  const seen = readProcess(String(owner.pid));
  if (seen === null || owner.startTicks === '') return beating;
  return !seen.zombie && seen.startTicks === owner.startTicks;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Linux only. */
function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}

/** Linux only: fields 3 and 22 of `/proc/<pid>/stat`, counted after the command name, which may hold anything. */
function readProcess(pid: string): { startTicks: string; zombie: boolean } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const after = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { zombie: after[0] === 'Z', startTicks: after[19] ?? '' };
  } catch {
    return null;
  }
}
