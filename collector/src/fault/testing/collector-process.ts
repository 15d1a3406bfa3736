import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CollectorArgument } from './collector.main.ts';
import { type ServedStores, serveStores } from './remote-stores.ts';

const MAIN = fileURLToPath(new URL('./collector.main.ts', import.meta.url));

/** A collector in a process of its own, which may die at any moment. */
export interface CollectorProcess {
  /** Rejects when it ends before it listens, with all it said. */
  readonly url: Promise<string>;
  /** Code or signal it ended with. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly pid: number;
  running(): boolean;
  said(): string;
  kill9(): Promise<void>;
  /** Tells it to close, and waits until it has. */
  stop(): Promise<void>;
}

export function startCollectorProcess(
  argument: CollectorArgument,
  served: ServedStores,
  compileCacheDir: string,
): CollectorProcess {
  const child: ChildProcess = fork(MAIN, [JSON.stringify(argument)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Nothing is inherited, so that a setting of the developer cannot change the test.
    env: { NODE_COMPILE_CACHE: compileCacheDir },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  serveStores(child, served);
  let said = '';
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
  const url = new Promise<string>((resolve, reject) => {
    const hear = (text: string) => {
      said += text;
      const [, listening] = /^listening (\S+)$/m.exec(said) ?? [];
      if (listening !== undefined) resolve(listening);
    };
    child.stdout?.setEncoding('utf8').on('data', hear);
    child.stderr?.setEncoding('utf8').on('data', hear);
    void ended.then((how) => reject(new Error(`the collector ended (${how}) before it listened: ${said}`)));
  });
  url.catch(() => {});
  const running = () => child.exitCode === null && child.signalCode === null;
  return {
    url,
    ended,
    pid: child.pid ?? 0,
    running,
    said: () => said,
    async kill9() {
      if (running()) child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      if (running()) child.kill('SIGTERM');
      await ended;
    },
  };
}
