import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { openClickHouse, SYSTEM_SPEAKER } from '@vestige/store/clickhouse/client';
import { attachFrozen } from '@vestige/store/events/testing/attach-frozen';
import { filesHolding, formsOfSubject } from '@vestige/store/events/testing/byte-search';
import { tagged } from '@vestige/store/events/testing/spans';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningStack, startAllInOne } from '../all-in-one.ts';
import { readUpConfig } from '../config.ts';

let dataDir: string;
let stack: RunningStack;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'vestige-restored-'));
});
afterAll(async () => {
  await stack?.stop();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

const ENV = { VESTIGE_API_PORT: '0', VESTIGE_COLLECTOR_PORT: '0', VESTIGE_COLLECTOR_GRPC_PORT: 'off' };
const up = async () => startAllInOne(readUpConfig({ ...ENV, VESTIGE_DATA_DIR: dataDir }));

async function admin(sql: string): Promise<void> {
  if (stack.clickhouse === null) throw new Error('the test runs on the embedded engine');
  const clickhouse = openClickHouse(stack.clickhouse.url('admin'));
  await clickhouse.run(SYSTEM_SPEAKER, { name: 'test', sql }, {}).finally(() => clickhouse.close());
}

async function restoreReplay(since: string) {
  const args = [join(import.meta.dirname, '..', 'main.ts'), 'restore-replay', '--since', since, '--json'];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], VESTIGE_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, answer: out === '' ? null : JSON.parse(out), err };
}

async function storedPerson(): Promise<string> {
  const { aliases, events } = stack.stores;
  const token = `ps1.k1.${randomBytes(16).toString('base64url')}`;
  const [subjectId = ''] = await aliases.resolve(stack.tenant.id, [{ token, atMs: Date.now() }]);
  await events.append(stack.tenant.id, { spans: [tagged([subjectId])] });
  return subjectId;
}

// Several processes are started, each with engines of its own.
test('a backup of before an erasure that is restored ends erased again, and what could still bring people back is told', async () => {
  stack = await up();
  const [erased, living] = [await storedPerson(), await storedPerson()];
  await admin(`ALTER TABLE touches FREEZE WITH NAME 'nightly'`);
  const since = new Date().toISOString();

  const { aliases, eraser, verifier } = stack.stores;
  const [requestId, batch] = [randomUUID(), randomUUID()];
  await aliases.suppress(stack.tenant.id, [erased], Date.now(), requestId);
  await eraser.enqueue(batch, stack.tenant.id, [erased]);
  await eraser.erase(batch);
  await eraser.finish(batch);
  await aliases.forget(stack.tenant.id, [erased]);
  expect(await verifier.countSubject(stack.tenant.id, [erased])).toBe(0);

  if (stack.clickhouse === null) throw new Error('the test runs on the embedded engine');
  await attachFrozen({ dataDir: join(dataDir, 'clickhouse'), url: stack.clickhouse.url }, 'nightly', 'touches');
  expect(await verifier.countSubject(stack.tenant.id, [erased])).toBe(1);
  expect(await restoreReplay(since)).toMatchObject({ code: 5 });
  await stack.stop();

  expect(await restoreReplay(since)).toMatchObject({
    code: 0,
    answer: {
      clean: true,
      tenants: { default: { erasuresSince: 1, resurfaced: { [requestId]: 1 }, unknown: 0 } },
      frozenCopies: [],
    },
  });
  expect(await filesHolding(join(dataDir, 'clickhouse'), formsOfSubject(erased))).toEqual([]);
  expect((await filesHolding(join(dataDir, 'clickhouse'), formsOfSubject(living))).length).toBeGreaterThan(0);

  // Run again it finds nobody, and names what an operator left lying about.
  stack = await up();
  await admin(`ALTER TABLE touches FREEZE WITH NAME 'forgotten'`);
  await admin(`ALTER TABLE touches DETACH PARTITION ALL`);
  await stack.stop();
  expect(await restoreReplay(since)).toMatchObject({
    code: 7,
    answer: {
      clean: false,
      tenants: { default: { resurfaced: {} } },
      detachedParts: { touches: expect.any(Number) },
      frozenCopies: ['forgotten'],
    },
  });
  expect(await restoreReplay('2999-01-01')).toMatchObject({ code: 2 });
}, 180_000);
