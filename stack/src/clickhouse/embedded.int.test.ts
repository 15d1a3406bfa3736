import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../ports.ts';
import { type EmbeddedClickHouse, type EmbeddedClickHouseOptions, startEmbeddedClickHouse } from './embedded.ts';
import type { ClickHouseRole } from './roles.ts';

let dataDir: string;
const running: EmbeddedClickHouse[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'vestige-engine-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((engine) => engine.stop()));
  await rm(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedClickHouseOptions> = {}): Promise<EmbeddedClickHouse> {
  const engine = await startEmbeddedClickHouse({ dataDir, ...options });
  running.push(engine);
  return engine;
}

/** One statement over HTTP as a role; the answer's text, or `Code: n` of a refusal. */
async function ask(engine: EmbeddedClickHouse, role: ClickHouseRole | 'default', query: string, comment = '') {
  const login = role === 'default' ? { username: 'default', password: '' } : new URL(engine.url(role).reveal());
  const response = await fetch(
    `http://127.0.0.1:${engine.httpPort}/?database=vestige&log_comment=${encodeURIComponent(comment)}`,
    {
      method: 'POST',
      body: query,
      headers: {
        connection: 'close',
        'x-clickhouse-user': login.username,
        ...(login.password !== '' && { 'x-clickhouse-key': login.password }),
      },
    },
  );
  const text = (await response.text()).trim();
  return response.ok ? text : (/Code: \d+/.exec(text)?.[0] ?? text);
}

const ACCESS_DENIED = 'Code: 497';

describe('the embedded ClickHouse', () => {
  test('answers every role on its own port, and is gone after a stop', async () => {
    const engine = await start();
    for (const role of ['collector', 'api', 'eraser', 'verifier', 'admin'] as const) {
      expect(await ask(engine, role, 'SELECT currentUser()')).toBe(role);
    }

    await engine.stop();

    await expect(fetch(`http://127.0.0.1:${engine.httpPort}/ping`)).rejects.toThrow();
  });

  test('keeps data, passwords and ports over a restart', async () => {
    const [httpPort, nativePort] = [await freePort(), await freePort()];
    const first = await start({ httpPort, nativePort });
    await ask(first, 'admin', 'CREATE TABLE kept (x Int8) ENGINE = MergeTree ORDER BY x');
    await ask(first, 'admin', 'INSERT INTO kept VALUES (7)');
    await first.stop();

    const second = await start({ httpPort, nativePort });

    expect(second.url('admin').reveal()).toBe(first.url('admin').reveal());
    expect(await ask(second, 'admin', 'SELECT x FROM kept')).toBe('7');
  });

  test('loses no acknowledged insert when it is killed between two', async () => {
    const first = await start();
    await ask(first, 'admin', 'CREATE TABLE kept (x UInt32) ENGINE = MergeTree ORDER BY x');
    let acknowledged = 0;
    for (; acknowledged < 40; acknowledged++) await ask(first, 'admin', `INSERT INTO kept VALUES (${acknowledged})`);
    const late = ask(first, 'admin', `INSERT INTO kept VALUES (${acknowledged})`).catch(() => 'not acknowledged');
    first.kill();
    await first.exited;
    if ((await late) === '') acknowledged++;

    const second = await start();

    const stored = Number(await ask(second, 'admin', 'SELECT count(DISTINCT x) FROM kept'));
    expect(stored).toBeGreaterThanOrEqual(acknowledged);
    expect(stored - acknowledged).toBeLessThanOrEqual(1);
  });

  test('writes its passwords where only this user reads them', async () => {
    await start();
    for (const file of ['credentials.json', 'users.xml', 'config.xml']) {
      expect((await stat(join(dataDir, file))).mode & 0o077, file).toBe(0);
    }
  });

  test('says which port is taken and what to change', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };

    await expect(start({ httpPort: port })).rejects.toMatchObject({
      code: 'conflict',
      message: `Port ${port} for the embedded ClickHouse is taken by another process. Stop it, or set VESTIGE_CLICKHOUSE_HTTP_PORT to a free port.`,
    });
    other.close();
  });

  test('refuses a folder that another engine holds, and says whose it is', async () => {
    await start();

    await expect(start({ lockWaitMs: 50 })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/^The data folder .* is in use by another Vestige process \(pid \d+\)/),
    });
  });
});

describe('its users', () => {
  test('the start-up user, who needs no password, can neither stop the listeners nor read anything', async () => {
    const engine = await start();
    await ask(engine, 'admin', 'CREATE TABLE spans (tenant UInt32) ENGINE = MergeTree ORDER BY tenant');

    const answers = [
      await ask(engine, 'default', 'SYSTEM STOP LISTEN HTTP'),
      await ask(engine, 'default', 'SELECT count() FROM vestige.spans'),
      await ask(engine, 'default', "SELECT * FROM file('/etc/hosts', LineAsString)"),
      await ask(engine, 'default', 'CREATE TEMPORARY TABLE t (x Int8)'),
    ];

    expect(answers.every((answer) => answer.startsWith('Code: '))).toBe(true);
    expect(await ask(engine, 'api', 'SELECT 1')).toBe('1');
  });

  test('the API sees the rows of the tenant its query names, and none when it names none', async () => {
    const engine = await start();
    await ask(engine, 'admin', 'CREATE TABLE spans (tenant UInt32) ENGINE = MergeTree ORDER BY tenant');
    await ask(engine, 'collector', 'INSERT INTO spans SELECT number % 3 + 1 FROM numbers(30)');
    const count = 'SELECT count(), uniqExact(tenant) FROM spans';

    expect(await ask(engine, 'api', count, 't2 lineage')).toBe('10\t1');
    expect(await ask(engine, 'api', count)).toBe('0\t0');
    expect(await ask(engine, 'api', count, 't2')).toBe('0\t0');
    expect(await ask(engine, 'api', count, 'x t2 lineage')).toBe('0\t0');
    expect(await ask(engine, 'verifier', count)).toBe('30\t3');
  });

  test('only the verifier may look behind deleted masks', async () => {
    const engine = await start();
    const unmask = 'SELECT 1 SETTINGS apply_deleted_mask = 0';
    expect(await ask(engine, 'verifier', unmask)).toBe('1');
    for (const role of ['collector', 'api', 'eraser', 'admin'] as const) {
      expect(await ask(engine, role, unmask), role).toBe('Code: 452');
    }
  });

  test('each does its own work and no more', async () => {
    const engine = await start();
    const columns = '(tenant UInt32, subject_id String) ENGINE = MergeTree ORDER BY subject_id';
    await ask(engine, 'admin', `CREATE TABLE touches ${columns}`);
    await ask(engine, 'admin', `CREATE TABLE erase_queue ${columns}`);
    await ask(engine, 'collector', "INSERT INTO touches VALUES (1, 'a'), (1, 'b')");

    for (const role of ['api', 'verifier'] as const) {
      expect(await ask(engine, role, "INSERT INTO touches VALUES (1, 'c')"), role).toBe(ACCESS_DENIED);
    }
    for (const role of ['collector', 'api'] as const) {
      expect(await ask(engine, role, 'SELECT count() FROM erase_queue'), role).toBe(ACCESS_DENIED);
      expect(await ask(engine, role, 'ALTER TABLE touches DELETE WHERE 1'), role).toBe(ACCESS_DENIED);
    }
    for (const role of ['collector', 'api', 'eraser', 'verifier'] as const) {
      expect(await ask(engine, role, 'DROP TABLE touches'), role).toBe(ACCESS_DENIED);
      expect(await ask(engine, role, 'TRUNCATE TABLE touches'), role).toBe(ACCESS_DENIED);
    }
    expect(await ask(engine, 'eraser', "INSERT INTO erase_queue VALUES (1, 'a')")).toBe('');
    const erase =
      'ALTER TABLE touches DELETE WHERE (tenant, subject_id) IN (SELECT tenant, subject_id FROM vestige.erase_queue)';
    expect(await ask(engine, 'eraser', erase)).toBe('');
    expect(await ask(engine, 'verifier', 'SELECT groupArray(subject_id) FROM touches')).toBe("['b']");
    expect(await ask(engine, 'eraser', 'TRUNCATE TABLE erase_queue')).toBe('');
  });
});
