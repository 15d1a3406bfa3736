import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startEmbeddedClickHouse } from './embedded.ts';

const parentScript = (dataDir: string) => `
  const { startEmbeddedClickHouse } = await import(${JSON.stringify(fileURLToPath(new URL('./embedded.ts', import.meta.url)))});
  const engine = await startEmbeddedClickHouse({ dataDir: ${JSON.stringify(dataDir)} });
  console.log(engine.pid);
  setInterval(() => {}, 1000);`;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('the engine dies with a parent that was killed, and the folder can be used again', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'vestige-orphan-'));
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', parentScript(dataDir)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve))).toString().split('\n');
  const pid = Number(line);
  expect(alive(pid)).toBe(true);

  parent.kill('SIGKILL');

  const next = await startEmbeddedClickHouse({ dataDir });
  await next.stop();
  for (let waitedMs = 0; alive(pid) && waitedMs < 5_000; waitedMs += 50) await sleep(50);
  expect(alive(pid)).toBe(false);
  await rm(dataDir, { recursive: true });
});
