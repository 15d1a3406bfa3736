import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../..');
/** No test runs longer; a child that hangs must not outlive it. */
const RUN_MS_MAX = 180_000;

export interface LoggedChild {
  /** @returns its exit code */
  readonly exited: Promise<number | null>;
  stop(): Promise<void>;
}

/** A Node process whose whole output becomes a log file. */
export function startLogged(
  args: readonly string[],
  logFile: string,
  env: Readonly<Record<string, string>> = {},
): LoggedChild {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_MS_MAX,
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
  const exited = once(child, 'close').then(([code]) => {
    log.end();
    return code as number | null;
  });
  return {
    exited,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
