import { VestigeError } from '@vestige/core/errors';
import { startTestClickHouse, type TestClickHouse } from '@vestige/e2e/harness/engines';

/** A fresh ClickHouse with our tables, for one measurement: emptied tables make the next inserts dearer (research). */
export interface BenchEngine extends TestClickHouse {
  /** Runs a statement as the administrator and gives what it prints. */
  ask(sql: string): Promise<string>;
}

export async function startBenchEngine(): Promise<BenchEngine> {
  const engine = await startTestClickHouse();
  const url = new URL(engine.url('admin').reveal());
  const authorization = `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}`;
  return {
    ...engine,
    async ask(sql) {
      const answer = await fetch(`${url.origin}/?database=${url.pathname.slice(1)}`, {
        method: 'POST',
        body: sql,
        headers: { authorization },
      });
      const text = await answer.text();
      if (!answer.ok) throw new VestigeError('store_unavailable', text.slice(0, 500));
      return text.trim();
    },
  };
}

/** Bytes of the active parts of `tables` on disk. */
export async function bytesOnDisk(engine: BenchEngine, tables: readonly string[]): Promise<number> {
  const names = tables.map((table) => `'${table}'`).join(', ');
  return Number(await engine.ask(`SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table IN (${names})`));
}

/** Every partition merged into one part. */
export async function mergeAll(engine: BenchEngine, tables: readonly string[]): Promise<void> {
  for (const table of tables) await engine.ask(`OPTIMIZE TABLE ${table} FINAL`);
}

/** Waits until nothing has been merging for a while. */
export async function untilMergesRest(engine: BenchEngine): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    await new Promise((next) => setTimeout(next, 300));
    quiet = (await engine.ask('SELECT count() FROM system.merges')) === '0' ? quiet + 1 : 0;
  }
}
