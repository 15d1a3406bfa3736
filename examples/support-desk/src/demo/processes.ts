import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { type DeskConfig, environmentOf } from '../config.ts';

/** What a process of the application says of its telemetry when it ends. */
export interface SdkStats {
  readonly ended: number;
  readonly lost: number;
}

export interface RunningProcess {
  readonly port: number;
  readonly child: ChildProcess;
  /** SIGTERM; the process flushes its spool and says what it had. */
  stop(): Promise<SdkStats>;
}

const START_MS = 30_000;

/**
 * Starts one process of the application and waits until it listens.
 *
 * @param entry file name beside this folder, e.g. `desk.ts`
 * @param logFile its standard output and error, kept so that they can be searched for identifiers
 */
export async function startProcess(entry: string, config: DeskConfig, logFile: string): Promise<RunningProcess> {
  const child = launch(entry, config, logFile);
  let stats: SdkStats = { ended: 0, lost: 0 };
  child.on('message', (message: { stats?: SdkStats }) => {
    if (message.stats) stats = message.stats;
  });
  const port = await new Promise<number>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`${entry} did not start within ${START_MS} ms; see ${logFile}`)),
      START_MS,
    );
    child.once('exit', (code) => reject(new Error(`${entry} ended with ${code}; see ${logFile}`)));
    child.on('message', (message: { port?: number }) => {
      if (message.port === undefined) return;
      clearTimeout(late);
      resolve(message.port);
    });
  });
  child.removeAllListeners('exit');
  return {
    port,
    child,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      return stats;
    },
  };
}

/** Runs a process of the application to its end. @throws when it fails */
export async function runProcess(entry: string, config: DeskConfig, logFile: string): Promise<void> {
  const child = launch(entry, config, logFile);
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${entry} ended with ${code}; see ${logFile}`);
}

function launch(entry: string, config: DeskConfig, logFile: string): ChildProcess {
  const child = fork(path.join(import.meta.dirname, '..', entry), {
    env: environmentOf(config),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  child.once('exit', () => log.end());
  return child;
}
