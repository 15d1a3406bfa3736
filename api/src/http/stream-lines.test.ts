import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ApiEnv } from './env.ts';
import { type GrowingLimits, GrowingSlots } from './growing-slots.ts';
import { limitTime } from './limits.ts';
import { streamLines } from './stream-lines.ts';

type Vars = ApiEnv['Variables'];
type Values = (signal: AbortSignal) => AsyncGenerator<number, number | undefined>;

interface How {
  readonly statusAfterMs?: number;
  readonly callMsMax?: number;
  readonly limits?: Partial<GrowingLimits>;
  readonly shown?: (value: number) => unknown;
}

const asItIs = (value: number) => ({ value });

function serving(
  values: Values,
  { statusAfterMs = 60_000, callMsMax = 60_000, limits = {}, shown = asItIs }: How = {},
) {
  const slots = new GrowingSlots(limits);
  const app = new Hono<ApiEnv>();
  app.use(limitTime(callMsMax));
  app.use(async (c, next) => {
    c.set('log', { error: () => {} } as unknown as Vars['log']);
    c.set('callId', 'call-1');
    c.set('caller', { tenant: { id: 1 } } as Vars['caller']);
    await next();
  });
  app.onError((_error, c) => c.text('refused', 500));
  app.get('/', (c) => streamLines(c, slots, values, shown, statusAfterMs));
  return { app, slots, isFree: () => vi.waitFor(() => expect(slots.counts.growing).toBe(0)) };
}

async function called(values: Values, statusAfterMs: number) {
  const { app, slots } = serving(values, { statusAfterMs });
  const answer = await app.request('/');
  const lines = (await answer.text()).trimEnd().split('\n');
  // Whatever became of it, its place is free again.
  expect(slots.counts.growing).toBe(0);
  return { status: answer.status, lines };
}

/** It never ends by itself, and notes that it was ended. */
function endless() {
  const seen = { begun: false, ended: false };
  const values = async function* (): AsyncGenerator<number, undefined> {
    seen.begun = true;
    try {
      for (let i = 0; ; i += 1) yield i;
    } finally {
      seen.ended = true;
    }
  };
  return { seen, values };
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('what fails at once is the status of the call', async () => {
  // biome-ignore lint/correctness/useYield: it fails before it has anything to tell.
  const failing = async function* (): AsyncGenerator<number, undefined> {
    throw new Error('away');
  };
  expect(await called(failing, 1_000)).toEqual({ status: 500, lines: ['refused'] });
});

test('who waits long for the first line has a status meanwhile, and hears of a failure in a line', async () => {
  const slow = async function* () {
    await later(50);
    yield 1;
    return 2;
  };
  expect(await called(slow, 1)).toEqual({ status: 200, lines: ['{"value":1}', '{"value":2}'] });
  // biome-ignore lint/correctness/useYield: it fails before it has anything to tell.
  const failing = async function* (): AsyncGenerator<number, undefined> {
    await later(50);
    throw new Error('away');
  };
  const { status, lines } = await called(failing, 1);
  expect([status, lines.length]).toEqual([200, 1]);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ code: 'internal' });
});

test('HEAD takes no place and begins nothing', async () => {
  const { seen, values } = endless();
  const { app, slots } = serving(values);
  const answer = await app.request('/', { method: 'HEAD' });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  expect([seen.begun, slots.counts.growing]).toEqual([false, 0]);
});

test('a reader who goes away ends the values and gives the place back', async () => {
  const { seen, values } = endless();
  const { app, slots, isFree } = serving(values);
  const reader = (await app.request('/')).body?.getReader();
  await reader?.read();
  expect(slots.counts.growing).toBe(1);
  await reader?.cancel();
  await isFree();
  expect(seen.ended).toBe(true);
});

test('a caller who hung up before the body was read has it ended all the same', async () => {
  const { seen, values } = endless();
  const { app, isFree } = serving(values);
  const call = new AbortController();
  await app.request('/', { signal: call.signal });
  call.abort();
  await isFree();
  expect(seen.ended).toBe(true);
});

test('a reader who stalls is cut off, so that it takes no part for the whole', async () => {
  const { seen, values } = endless();
  const { app, isFree } = serving(values, { limits: { heldMsMax: 200 } });
  const reader = (await app.request('/')).body?.getReader();
  await reader?.read();
  await isFree();
  await vi.waitFor(() => expect(seen.ended).toBe(true));
  await expect(reader?.read()).rejects.toMatchObject({ code: 'rate_limited' });
});

test('nor does the connection of one who stalls stay', async () => {
  // The server says on the console what it cut off.
  const told = vi.spyOn(console, 'error').mockImplementation(() => {});
  const { seen, values } = endless();
  const { app } = serving(values, { limits: { heldMsMax: 300 }, shown: () => 'x'.repeat(1_000_000) });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  onTestFinished(() => {
    client.on('error', () => {}).destroy();
    server.close().closeAllConnections();
    told.mockRestore();
  });
  const [socket] = (await once(server, 'connection')) as [Socket];
  client.write('GET / HTTP/1.1\r\nhost: example.com\r\n\r\n');
  await new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
  expect(seen).toEqual({ begun: true, ended: true });
});

test('an answer that was given up for taking too long before it had a status keeps no place', async () => {
  const { seen, values } = endless();
  const told: boolean[] = [];
  const slow = async function* (signal: AbortSignal) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    told.push(signal.aborted);
    return yield* values();
  };
  const { app, isFree } = serving(slow, { callMsMax: 10 });
  expect((await app.request('/')).status).toBe(500);
  await isFree();
  await vi.waitFor(() => expect([told, seen.ended]).toEqual([[true], true]));
});
