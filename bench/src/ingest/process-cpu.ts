import { readdirSync, readFileSync } from 'node:fs';
import { VestigeError } from '@vestige/core/errors';

/** Linux counts CPU time of processes in hundredths of a second, whatever the kernel's own tick is. */
const US_PER_TICK = 10_000;

/**
 * CPU time (µs) that a process has used, all its threads, user and system, without its children.
 *
 * @throws VestigeError `unsupported_platform` where there is no `/proc`
 */
export function processCpuUs(pid: number): number {
  const { userTicks, systemTicks } = statOf(pid);
  return (userTicks + systemTicks) * US_PER_TICK;
}

/** Memory (MiB) a process holds now. */
export function processRssMb(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readProc(`/proc/${pid}/status`))?.[1];
  return Number(kib ?? 0) / 1024;
}

/** The server processes behind the connections to a Postgres database, by what they say in their process title. */
export function postgresBackends(database: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const title = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return title.startsWith('postgres:') && title.includes(` ${database} `);
      } catch {
        return false; // it ended between the two looks
      }
    });
}

function statOf(pid: number): { userTicks: number; systemTicks: number } {
  const text = readProc(`/proc/${pid}/stat`);
  // The second field is a name in parentheses that may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { userTicks: Number(fields[11]), systemTicks: Number(fields[12]) };
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new VestigeError('unsupported_platform', 'this benchmark reads CPU time from /proc, so it needs Linux');
  }
}
