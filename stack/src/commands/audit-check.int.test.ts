import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAllInOne } from '../all-in-one.ts';
import { readUpConfig } from '../config.ts';
import { openPglite } from '../postgres/embedded.ts';

const PORTS = { VESTIGE_API_PORT: '0', VESTIGE_COLLECTOR_PORT: '0', VESTIGE_COLLECTOR_GRPC_PORT: 'off' };
let folder: string;
let dataDir: string;
let keys: string;

/** An installation that has run, signed, and rests. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vestige-checked-'));
  dataDir = join(folder, 'data');
  keys = join(folder, 'vkeys');
  const stack = await startAllInOne(readUpConfig({ ...PORTS, VESTIGE_DATA_DIR: dataDir }));
  try {
    const get = async (path: string) =>
      (
        await fetch(`${stack.apiUrl}${path}`, { headers: { authorization: `Bearer ${stack.adminKey.reveal()}` } })
      ).text();
    // Asked for, a checkpoint is made at once when there is none.
    for (let round = 0; round < 200 && !(await get('/v1/audit/checkpoint')).includes('—'); round++) await sleep(50);
    await writeFile(keys, await get('/v1/audit/keys'));
  } finally {
    await stack.stop();
  }
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

async function check(...more: string[]) {
  const args = [join(import.meta.dirname, '..', 'main.ts'), 'audit', 'check', '--keys', keys, '--json', ...more];
  const env = { PATH: process.env['PATH'], VESTIGE_DATA_DIR: dataDir, TMPDIR: folder };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, logs: out === '' ? null : JSON.parse(out).logs, err };
}
const asOwner = async (sql: string) => {
  const { client, release } = await openPglite(join(dataDir, 'postgres'));
  try {
    await client.exec(sql);
  } finally {
    await client.close();
    release();
  }
};

test('the log in the database holds when it is read as the verifier’s role, and no copy of it is left behind', async () => {
  const { code, logs } = await check();
  expect(logs).toMatchObject({ default: { verdict: 'holds' } });
  expect(code).toBe(0);
  expect(logs.default.checked.entries).toBeGreaterThan(0);
  expect((await readdir(folder)).filter((name) => name.startsWith('vestige-check-'))).toEqual([]);
});

test('a log whose database was changed behind the application does not hold', async () => {
  expect((await check('--tenant', 'nobody')).code).toBe(4);
  await asOwner(`ALTER TABLE audit_entry DISABLE TRIGGER ALL;
    UPDATE audit_entry SET entry = convert_to(replace(convert_from(entry, 'UTF8'), 'system:', 'key:0'), 'UTF8') WHERE idx = 0;
    ALTER TABLE audit_entry ENABLE TRIGGER ALL`);
  const { code, logs } = await check();
  expect(code).toBe(7);
  expect(logs.default.findings.map((one: { code: string }) => one.code)).toContain('root_differs');
});
