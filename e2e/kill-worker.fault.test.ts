import { createPublicKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CertificateBody } from '@vestige/core/certificate/certificate';
import { isValid, verifyCertificate } from '@vestige/core/certificate/verify';
import { type RunningStack, startAllInOne } from '@vestige/stack/all-in-one';
import { readUpConfig } from '@vestige/stack/config';
import type { StoredTask } from '@vestige/store/requests/request-store';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Children, until } from './src/crash/children.ts';
import { Customers } from './src/crash/customers.ts';
import { dice } from './src/crash/dice.ts';
import { approvedErasure, auditOf, type Desk, openDesk, registerStore, untilCompleted } from './src/crash/erasure.ts';
import { Recipient } from './src/crash/recipient.ts';
import { httpStore, LEASE_MS, sqliteStore, startWorker } from './src/crash/worker-process.ts';

const CRM = 'store:sqlite:/crm.db/main.customers';
const CLUB = 'store:http:club.example.com/members';
const ROWS = 60;
const SEED = 20_260_716;
const chance = dice(SEED);

let folder: string;
let stack: RunningStack;
let desk: Desk;
let customers: Customers;
let club: Recipient;
const children = new Children();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-kill-worker-'));
  stack = await startAllInOne(
    readUpConfig({
      VESTIGE_DATA_DIR: path.join(folder, 'vestige'),
      VESTIGE_COLLECTOR_PORT: '0',
      VESTIGE_API_PORT: '0',
    }),
  );
  desk = await openDesk(stack.apiUrl, stack.adminKey.reveal());
  customers = new Customers(path.join(folder, 'crm.db'));
  customers.add('somebody.else@example.com', 100);
  club = new Recipient();
  await club.start();
  await registerStore(desk, CRM, 'sqlite');
  await registerStore(desk, CLUB, 'http');
});
afterEach(() => children.endAll());
afterAll(async () => {
  await club?.stop();
  await stack?.stop();
  customers?.close();
  if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

const worker = (name: string, stores: readonly object[]) =>
  startWorker(children, { folder, apiUrl: stack.apiUrl, desk }, name, stores);
const crm = () => sqliteStore(customers.file, CRM);
const clubApi = () => httpStore(club.port, CLUB);

async function taskOf(requestId: string, node: string): Promise<StoredTask> {
  const task = (await stack.stores.requests.tasks(stack.tenant.id, requestId)).find((each) => each.node === node);
  if (!task) throw new Error(`the request has no task for ${node}`);
  return task;
}

/** The task once this worker holds it. */
const heldBy = (requestId: string, node: string, name: string) =>
  until(`${name} holds ${node}`, async () => {
    // Until the workflow has started the request, it has no tasks.
    const task = await taskOf(requestId, node).catch(() => null);
    return task?.state === 'leased' && task.lease?.worker === name && task;
  });

/** Everything a report could change, as it lies in the database. */
async function everythingAbout(requestId: string): Promise<object> {
  const { requests } = stack.stores;
  return {
    request: await requests.request(stack.tenant.id, requestId),
    // A lease grows by heartbeats of its holder; that is not what is asked here.
    tasks: (await requests.tasks(stack.tenant.id, requestId)).map(({ lease, ...task }) => ({
      ...task,
      leasedTo: lease?.worker,
    })),
    receipts: await requests.receipts(stack.tenant.id, requestId),
    audit: await auditOf(desk, requestId),
    certificate: await requests.certificate(stack.tenant.id, requestId),
  };
}

async function call(method: string, route: string, body: object | string): Promise<{ status: number; code?: string }> {
  const isText = typeof body === 'string';
  const answer = await fetch(stack.apiUrl + route, {
    method,
    headers: {
      authorization: `Bearer ${desk.workerKey}`,
      'content-type': isText ? 'application/x-ndjson' : 'application/json',
    },
    body: isText ? body : JSON.stringify(body),
  });
  const { code } = (await answer.json()) as { code?: string };
  return { status: answer.status, ...(code === undefined ? {} : { code }) };
}

/** All that a worker can still say about a task it once held, under the key it held it with. */
async function expectFenceLost(task: { id: string }, fence: number): Promise<void> {
  const counts = { found: 7, erased: 7, residual: 0 };
  const evidence = { method: 'delete', evidenceDigest: `sha256:${'0'.repeat(64)}`, searched: true, cannotErase: [] };
  const failure = { class: 'permanent', code: 'late', message: 'Too late.' };
  const lost = { status: 409, code: 'fence_lost' };
  const at = `/v1/tasks/${task.id}`;
  expect(await call('POST', `${at}/result`, { fence, ...counts, ...evidence })).toEqual(lost);
  expect(await call('POST', `${at}/result`, { fence, ...counts, residual: 7, erased: 0, ...evidence })).toEqual(lost);
  expect(await call('POST', `${at}/fail`, { fence, ...failure })).toEqual(lost);
  expect(await call('POST', `${at}/announce`, { fence, found: 7 })).toEqual(lost);
  expect(await call('POST', `${at}/heartbeat`, { fence, leaseSeconds: 600 })).toEqual(lost);
  expect(await call('PUT', `${at}/data?fence=${fence}`, '{"id":1}\n')).toEqual(lost);
}

/** One execution and one verification per task, by two keys, and one certificate that holds. */
async function expectDoneOnce(requestId: string): Promise<void> {
  const { requests } = stack.stores;
  const tasks = await requests.tasks(stack.tenant.id, requestId);
  const receipts = await requests.receipts(stack.tenant.id, requestId);
  for (const task of tasks) {
    const own = receipts.filter(({ taskId }) => taskId === task.id);
    expect(own.map(({ phase }) => phase).sort(), task.node).toEqual(['execute', 'verify']);
    expect(new Set(own.map(({ by }) => by)).size, task.node).toBe(2);
  }
  const audit = await auditOf(desk, requestId);
  for (const type of ['request.start', 'request.finish_execution', 'request.complete']) {
    expect(
      audit.filter((entry) => entry.startsWith(`${type} `)),
      type,
    ).toHaveLength(1);
  }
  const certificate = (await requests.certificate(stack.tenant.id, requestId)) ?? new Uint8Array();
  const { publicKey } = await desk.officer.get<{ publicKey: string }>('/v1/certificates/public-key');
  expect(isValid(verifyCertificate(certificate, createPublicKey(publicKey)))).toBe(true);
}

test('a worker killed in the middle of its DELETE leaves every row or none, another one finishes the task once, and the report of the dead one changes nothing', async () => {
  const email = 'ada@example.com';
  customers.add(email, ROWS);
  customers.slowDown();
  const first = await worker('first', [crm(), clubApi()]);
  const requestId = await approvedErasure(desk, email);
  const claimed = await heldBy(requestId, CRM, 'first');
  await until('the worker writes', () => customers.locked(), { everyMs: 5 });
  await sleep(chance.between(0, 500));
  expect(customers.locked()).toBe(true);
  await first.kill9();
  expect(customers.count(email)).toBe(ROWS);
  customers.speedUp();

  await worker('second', [crm(), clubApi()]);
  await untilCompleted(desk, requestId);

  expect(customers.count(email)).toBe(0);
  expect(customers.count('somebody.else@example.com')).toBe(100);
  expect(await taskOf(requestId, CRM)).toMatchObject({
    state: 'verified',
    counts: { found: ROWS, erased: ROWS, residual: 0 },
  });
  await expectDoneOnce(requestId);
  const receipts = await stack.stores.requests.receipts(stack.tenant.id, requestId);
  const executed = receipts.find(({ node, phase }) => node === CRM && phase === 'execute');
  expect(executed).toMatchObject({ worker: 'second', found: ROWS, erased: ROWS });
  expect(executed?.fence).toBeGreaterThan(claimed.fence);
  const before = await everythingAbout(requestId);
  await expectFenceLost(claimed, claimed.fence);
  expect(await everythingAbout(requestId)).toEqual(before);
});

test.each([
  ['killed', 'SIGKILL'],
  ['stopped, and wakes up after its lease', 'SIGSTOP'],
] as const)(
  'a worker that has erased but not reported when it is %s: the next one reports once, and what the first says changes nothing',
  async (_, how) => {
    const email = `${how.toLowerCase()}@example.com`;
    customers.add(email, 3);
    club.keep(email, [{ email, points: 12 }]);
    const erasuresBefore = club.erasures;
    await worker('crm', [crm()]);
    const first = await worker('first', [clubApi()]);
    club.hold();
    const requestId = await approvedErasure(desk, email);
    const claimed = await heldBy(requestId, CLUB, 'first');
    const unheard = await club.nextHeld();
    if (how === 'SIGKILL') await first.kill9();
    else first.signal('SIGSTOP');

    await worker('second', [clubApi()]);
    const taken = await heldBy(requestId, CLUB, 'second');
    const repeated = await club.nextHeld();
    club.letGo();
    expect(taken.fence).toBeGreaterThan(claimed.fence);
    // The other targets come to rest, so that nothing but the zombie could change anything now.
    await until('the CRM is clean', async () => (await taskOf(requestId, CRM)).state === 'verified');
    const held = await everythingAbout(requestId);
    await expectFenceLost(claimed, claimed.fence);
    if (how === 'SIGSTOP') {
      // Now its call succeeds, and it believes to have done the work.
      unheard.answer();
      first.signal('SIGCONT');
      await until('the zombie learns that it has lost the task', () => /lease lost|report refused/.test(first.said()), {
        timeoutMs: 3 * LEASE_MS,
      });
    }
    expect(await everythingAbout(requestId)).toEqual(held);
    repeated.answer();
    await untilCompleted(desk, requestId);

    expect(club.erasures - erasuresBefore).toBe(1);
    const executed = (await stack.stores.requests.receipts(stack.tenant.id, requestId)).filter(
      ({ node, phase }) => node === CLUB && phase === 'execute',
    );
    expect(executed).toMatchObject([{ fence: taken.fence, worker: 'second', found: 0, erased: 0 }]);
    // Nobody has reported that record; it had been announced before it went, and the certificate accounts for it.
    expect(await taskOf(requestId, CLUB)).toMatchObject({
      state: 'verified',
      counts: { found: 1, erased: 1, residual: 0 },
    });
    const certificate = (await stack.stores.requests.certificate(stack.tenant.id, requestId)) ?? new Uint8Array();
    const { targets } = JSON.parse(Buffer.from(certificate).toString('utf8')) as CertificateBody;
    expect(targets.find(({ node }) => node === CLUB)).toMatchObject({
      result: 'verified',
      found: 1,
      erased: 1,
      unreported: 1,
    });
    await expectDoneOnce(requestId);
    const before = await everythingAbout(requestId);
    await expectFenceLost(claimed, claimed.fence);
    expect(await everythingAbout(requestId)).toEqual(before);
  },
);
