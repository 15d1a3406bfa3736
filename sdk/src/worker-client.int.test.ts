import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClaimedTask, TaskResult } from '@vestige/core/request/worker-protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createWorkerClient, type WorkerClient } from './worker-client.ts';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly authorization: string;
}
type Answer = { status: number; body?: unknown; headers?: Record<string, string> };

let server: Server;
let client: WorkerClient;
let calls: Call[];
let answers: (call: Call, nth: number) => Answer | 'hang up';

const task: ClaimedTask = {
  id: '0192f0c4-0000-7000-8000-000000000001',
  requestId: '0192f0c4-0000-7000-8000-000000000002',
  fence: 3,
  leaseUntil: '2026-11-23T09:00:00.000Z',
  action: 'erase',
  node: 'store:sqlite:/crm.db/customers',
  selectors: [{ type: 'customer_id', value: 'C-1' }],
  tokens: [],
  recordRefs: [],
  spared: [],
  attempt: 1,
  idempotencyKey: 'acme:r:t:1',
  expected: null,
};
const done: Omit<TaskResult, 'fence'> = {
  found: 1,
  erased: 1,
  residual: 0,
  method: 'delete',
  evidenceDigest: 'sha256:00',
  searched: true,
  cannotErase: [],
};
const problem = (status: number, code: string): Answer => ({ status, body: { code, title: 't', status } });
const to = (suffix: string) => calls.filter(({ path }) => path.includes(suffix));

beforeEach(async () => {
  calls = [];
  answers = () => ({ status: 200, body: {} });
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call = {
        method: request.method ?? '',
        path: request.url ?? '',
        body: Buffer.concat(chunks).toString(),
        authorization: request.headers.authorization ?? '',
      };
      calls.push(call);
      const answer = answers(call, calls.length);
      if (answer === 'hang up') return void request.socket.destroy();
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = createWorkerClient({ url: `http://127.0.0.1:${port}`, apiKey: 'vst_worker_key', attemptsMax: 3 });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('calls', () => {
  test('a claim sends its request with the key and returns the tasks', async () => {
    answers = () => ({ status: 200, body: { tasks: [task] } });
    const request = { stores: ['store:sqlite:*'], max: 5, leaseSeconds: 30, worker: 'w1' };
    expect(await client.claim(request)).toEqual([task]);
    expect(calls[0]).toEqual({
      method: 'POST',
      path: '/v1/tasks/claim',
      body: JSON.stringify(request),
      authorization: 'Bearer vst_worker_key',
    });
  });

  test('an API that is away or busy is asked again, and a final answer is not', async () => {
    answers = (_, nth) =>
      nth === 1 ? 'hang up' : nth === 2 ? { status: 503, headers: { 'retry-after': '0' } } : { status: 200 };
    await client.result(task.id, { ...done, fence: 3 });
    expect(calls).toHaveLength(3);
    answers = () => problem(409, 'illegal_transition');
    await expect(client.result(task.id, { ...done, fence: 3 })).rejects.toMatchObject({ code: 'illegal_transition' });
    expect(calls).toHaveLength(4);
  });

  test('an API that stays away is an error that may be retried, and quotes nothing', async () => {
    answers = () => 'hang up';
    const error = await client.fail(task.id, { fence: 3, class: 'retryable', code: 'x', message: 'y' }).catch((e) => e);
    expect(error).toMatchObject({ code: 'store_unavailable', retryable: true });
    expect(calls).toHaveLength(3);
  });

  test('exported rows are streamed as NDJSON with the fence, once', async () => {
    async function* rows() {
      yield '{"a":1}\n';
      yield '{"a":2}\n';
    }
    await client.putData(task.id, 3, rows());
    expect(calls[0]).toMatchObject({
      method: 'PUT',
      path: `/v1/tasks/${task.id}/data?fence=3`,
      body: '{"a":1}\n{"a":2}\n',
    });
    answers = () => ({ status: 503 });
    await expect(client.putData(task.id, 3, rows())).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(calls).toHaveLength(2);
  });

  test('a claim that is aborted while it waits rejects with the reason and asks no more', async () => {
    answers = () => 'hang up';
    const stop = new AbortController();
    const claimed = client.claim({ stores: ['*'], max: 1, leaseSeconds: 30, worker: 'w1' }, stop.signal);
    setTimeout(() => stop.abort(), 20);
    await expect(claimed).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('running a task', () => {
  test('reports the result under the fence of the claim', async () => {
    expect(await client.runTask(task, async () => done, { leaseSeconds: 30 })).toBe('reported');
    expect(JSON.parse(to('/result')[0]?.body ?? '')).toEqual({ ...done, fence: 3 });
  });

  test('renews the lease while the work runs', async () => {
    const work = () => new Promise<typeof done>((resolve) => setTimeout(() => resolve(done), 350));
    await client.runTask(task, work, { leaseSeconds: 0.3 });
    expect(to('/heartbeat').length).toBeGreaterThanOrEqual(2);
    expect(JSON.parse(to('/heartbeat')[0]?.body ?? '')).toEqual({ fence: 3, leaseSeconds: 0.3 });
  });

  test('aborts the work when the lease is lost, and reports nothing', async () => {
    answers = ({ path }) => (path.endsWith('/heartbeat') ? problem(409, 'fence_lost') : { status: 200 });
    const work = (_: ClaimedTask, signal: AbortSignal) =>
      new Promise<typeof done>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    expect(await client.runTask(task, work, { leaseSeconds: 0.1 })).toBe('lost');
    expect(to('/result')).toHaveLength(0);
    expect(to('/fail')).toHaveLength(0);
  });

  test('aborts the work when the API has been silent for longer than the lease', async () => {
    answers = () => 'hang up';
    const work = (_: ClaimedTask, signal: AbortSignal) =>
      new Promise<typeof done>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    expect(await client.runTask(task, work, { leaseSeconds: 0.2 })).toBe('lost');
  });

  test('a result that comes too late says so', async () => {
    answers = ({ path }) => (path.endsWith('/result') ? problem(409, 'fence_lost') : { status: 200 });
    expect(await client.runTask(task, async () => done, { leaseSeconds: 30 })).toBe('lost');
  });

  test('what the work throws is reported as a failure, without its message', async () => {
    const work = async () => {
      throw new Error('no row for jane@example.com');
    };
    expect(await client.runTask(task, work, { leaseSeconds: 30 })).toBe('failed');
    expect(to('/fail')[0]?.body).not.toContain('jane');
    expect(JSON.parse(to('/fail')[0]?.body ?? '')).toMatchObject({ fence: 3, class: 'retryable', code: 'work_failed' });
  });

  test('work that was told to stop is not reported, so that its task is done again', async () => {
    const stop = new AbortController();
    const work = (_: ClaimedTask, signal: AbortSignal) =>
      new Promise<typeof done>((resolve) => signal.addEventListener('abort', () => resolve(done)));
    setTimeout(() => stop.abort(), 20);
    expect(await client.runTask(task, work, { leaseSeconds: 30, stop: stop.signal })).toBe('stopped');
    expect(to('/result')).toHaveLength(0);
  });
});
