import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '@vestige/stack/ports';

/**
 * A bare ClickHouse in a temporary folder, with one user who may do everything and none of our settings: for tests of
 * what the engine itself does. It listens on loopback and ends with the test.
 */
export interface ScratchClickHouse {
  readonly dataDir: string;
  /** @returns the answer as tab-separated text, without its last line break. @throws Error with the engine's message */
  ask(sql: string, settings?: Readonly<Record<string, string | number>>): Promise<string>;
  stop(): Promise<void>;
}

const START_MS_MAX = 20_000;

export async function startScratchClickHouse(): Promise<ScratchClickHouse> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vestige-scratch-clickhouse-'));
  const [httpPort, nativePort] = [await freePort(), await freePort()];
  const script = fileURLToPath(new URL('./scratch-clickhouse.main.ts', import.meta.url));
  const child = spawn(process.execPath, [script, dataDir, `${httpPort}`, `${nativePort}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.on('error', () => {});
  const exited = once(child, 'close');
  const ask = async (sql: string, settings: Readonly<Record<string, string | number>> = {}): Promise<string> => {
    const query = new URLSearchParams(Object.entries(settings).map(([name, value]) => [name, `${value}`]));
    const answer = await fetch(`http://127.0.0.1:${httpPort}/?${query}`, { method: 'POST', body: sql });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text.slice(0, 500));
    return text.replace(/\n$/, '');
  };
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
    await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  };
  for (const deadline = performance.now() + START_MS_MAX; ; await sleep(50)) {
    if (await ask('SELECT 1').catch(() => null)) return { dataDir, ask, stop };
    if (performance.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error('the scratch ClickHouse did not start');
    }
  }
}
