import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type AllStores, openAllStores } from '@vestige/connectors/testing/all-stores';
import { isValid, verifyCertificate } from '@vestige/core/certificate/verify';
import { type RunningStack, startAllInOne } from '@vestige/stack/all-in-one';
import { readUpConfig } from '@vestige/stack/config';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Children, until } from './src/crash/children.ts';
import { approvedErasure, type Desk, openDesk, registerStore, tasksOf, untilCompleted } from './src/crash/erasure.ts';
import { startWorker } from './src/crash/worker-process.ts';

const JANE = 'jane@example.com';
const JOHN = 'john@example.com';
const LATE = 'janes-late-order';
const TIMEOUT_MS = 300_000;

let folder: string;
let stack: RunningStack;
let desk: Desk;
let stores: AllStores;
const children = new Children();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-every-store-'));
  stores = await openAllStores(folder);
  stack = await startAllInOne(
    readUpConfig({
      VESTIGE_DATA_DIR: path.join(folder, 'vestige'),
      VESTIGE_COLLECTOR_PORT: '0',
      VESTIGE_API_PORT: '0',
    }),
  );
  desk = await openDesk(stack.apiUrl, stack.adminKey.reveal());
  for (const store of stores.each) {
    await registerStore(desk, store.node, 'own');
    for (const id of [1, 2, 3]) await store.put(id, JANE, `janes-note-${id}`);
    for (const id of [4, 5, 6]) await store.put(id, JOHN, `johns-note-${id}`);
  }
}, TIMEOUT_MS);
afterAll(async () => {
  await children.endAll();
  await stack?.stop();
  await stores?.stop();
  if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

const worker = (name: string, keys: Pick<Desk, 'workerKey'> | Pick<Desk, 'verifierKey'>) =>
  startWorker(
    children,
    { folder, apiUrl: stack.apiUrl, desk: { ...desk, workerKey: '', verifierKey: '', ...keys } },
    name,
    stores.each.map((store) => store.entry),
  );
const stateOf = async (requestId: string, node: string) =>
  (await tasksOf(desk, requestId)).find((task) => task.node === node)?.state;

test(
  'an erasure over every store, with one down for a while, a worker killed in the middle of a DELETE, a record written late and a backup restored, ends verified',
  async () => {
    const { postgres, mysql, redis, sqlite } = stores;
    const others = await Promise.all(stores.each.map((store) => rowsOfOthers(store)));
    await sqlite.backUp();
    const first = await worker('first', { workerKey: desk.workerKey });
    // Down from before the first claim until everything else is done.
    await redis.server.kill();
    const unlock = await mysql.lockRows();
    const requestId = await approvedErasure(desk, JANE);
    // It has nothing else in hand when it is killed: what a worker erased and did not live to report, the next one does
    // not find.
    const inItsDelete = 'the worker waits in its DELETE, with everything else reported';
    await until(
      inItsDelete,
      async () =>
        (await stateOf(requestId, mysql.node)) === 'leased' &&
        (await allBut(requestId, [mysql.node, redis.node], 'verifying')),
      { timeoutMs: 120_000 },
    );
    await first.kill9();
    await unlock();
    expect((await mysql.rows()).filter(isJanes)).toHaveLength(3);

    await worker('second', { workerKey: desk.workerKey });
    const waits = 'every store but the one that is down waits for a verifier';
    await until(waits, () => allBut(requestId, [redis.node], 'verifying'), { timeoutMs: 120_000 });
    expect(await stateOf(requestId, redis.node)).not.toBe('verifying');

    // Nobody has verified yet. An application writes once more, and an operator brings yesterday's file back.
    await postgres.put(7, JANE, LATE);
    await sqlite.restore();
    expect((await sqlite.rows()).filter(isJanes)).toHaveLength(3);
    await redis.server.start();
    await worker('verifier', { verifierKey: desk.verifierKey });
    await untilCompleted(desk, requestId);

    for (const [i, store] of stores.each.entries()) {
      expect(await store.rows(), store.node).toEqual(others[i]);
      for (const text of [JANE, 'janes-note-1', LATE]) expect(await store.holds(text), store.node).not.toBe(true);
      expect(await store.holds('johns-note-4'), store.node).not.toBe(false);
    }
    const tasks = await tasksOf(desk, requestId);
    for (const store of stores.each) {
      expect(tasks.find((task) => task.node === store.node)?.state, store.node).toBe('verified');
    }
    await expectCaught(requestId, postgres.node, 1);
    await expectCaught(requestId, sqlite.node, 3);
    const certificate = (await stack.stores.requests.certificate(stack.tenant.id, requestId)) ?? new Uint8Array();
    const { publicKey } = await desk.officer.get<{ publicKey: string }>('/v1/certificates/public-key');
    expect(isValid(verifyCertificate(certificate, createPublicKey(publicKey)))).toBe(true);
    for (const secret of [JANE, LATE]) expect(Buffer.from(certificate).includes(secret)).toBe(false);
  },
  TIMEOUT_MS,
);

const isJanes = (row: string) => /jane/i.test(row);

async function rowsOfOthers(store: AllStores['each'][number]): Promise<string[]> {
  const rows = await store.rows();
  expect(rows.filter(isJanes), store.node).toHaveLength(3);
  return rows.filter((row) => !isJanes(row));
}

async function allBut(requestId: string, but: readonly string[], state: string): Promise<boolean> {
  const nodes = stores.each.map((store) => store.node).filter((node) => !but.includes(node));
  const own = (await tasksOf(desk, requestId)).filter((task) => nodes.includes(task.node));
  return own.length === nodes.length && own.every((task) => task.state === state);
}

/** The verifier found rows, they were erased, and only the next verification let the task end. */
async function expectCaught(requestId: string, node: string, rows: number): Promise<void> {
  const receipts = await stack.stores.requests.receipts(stack.tenant.id, requestId);
  const own = receipts.filter((receipt) => receipt.node === node);
  expect(
    own.map(({ phase, residual }) => ({ phase, residual })),
    node,
  ).toEqual([
    { phase: 'execute', residual: 0 },
    { phase: 'verify', residual: rows },
    { phase: 'execute', residual: 0 },
    { phase: 'verify', residual: 0 },
  ]);
}
