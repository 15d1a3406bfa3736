import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EmbeddedClickHouse } from './embedded.ts';
import { superviseClickHouse } from './supervised.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'vestige-supervised-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function ask(engine: EmbeddedClickHouse, query: string): Promise<string | null> {
  const { username, password } = new URL(engine.url('admin').reveal());
  try {
    const response = await fetch(`http://127.0.0.1:${engine.httpPort}/?database=vestige`, {
      method: 'POST',
      body: query,
      headers: { connection: 'close', 'x-clickhouse-user': username, 'x-clickhouse-key': password },
    });
    return response.ok ? (await response.text()).trim() : null;
  } catch {
    return null;
  }
}

/** Asks until there is an answer, as a client with retries does. */
async function patiently(engine: EmbeddedClickHouse, query: string): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await ask(engine, query);
    if (answer !== null) return answer;
    await sleep(100);
  }
  throw new Error('no answer');
}

test('an engine that is killed comes back on the same port with every acknowledged row, each time', async () => {
  const crashes: number[] = [];
  const engine = await superviseClickHouse(
    { dataDir },
    {
      onCrash: (attempt) => crashes.push(attempt),
      onLost: (error) => {
        throw error;
      },
    },
  );
  await patiently(engine, 'CREATE TABLE kept (x UInt32) ENGINE = ReplacingMergeTree ORDER BY x');

  for (let round = 0; round < 3; round++) {
    // The same insert may be sent twice, as a client that got no answer does.
    for (let row = 0; row < 5; row++) await patiently(engine, `INSERT INTO kept VALUES (${round * 5 + row})`);
    const { pid } = engine;
    process.kill(pid, 'SIGKILL');
    // On a busy machine a killed process may answer once more.
    while (engine.pid === pid) await sleep(20);
    expect(await patiently(engine, 'SELECT count() FROM kept FINAL')).toBe(String((round + 1) * 5));
  }

  expect(crashes).toHaveLength(3);
  await engine.stop();
  expect(await ask(engine, 'SELECT 1')).toBeNull();
});

test('a stop while it is being started again leaves nothing running', async () => {
  const engine = await superviseClickHouse({ dataDir }, { onCrash: () => {}, onLost: () => {} });
  engine.kill();
  await sleep(20);

  await engine.stop();

  expect(await ask(engine, 'SELECT 1')).toBeNull();
  const again = await superviseClickHouse({ dataDir }, { onCrash: () => {}, onLost: () => {} });
  await again.stop();
});
