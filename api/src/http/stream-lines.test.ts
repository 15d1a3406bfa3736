import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { ApiEnv } from './env.ts';
import { GrowingSlots } from './growing-slots.ts';
import { streamLines } from './stream-lines.ts';

type Vars = ApiEnv['Variables'];

async function called(values: () => AsyncGenerator<number, number | undefined>, statusAfterMs: number) {
  const slots = new GrowingSlots();
  const app = new Hono<ApiEnv>();
  app.use(async (c, next) => {
    c.set('log', { error: () => {} } as unknown as Vars['log']);
    c.set('callId', 'call-1');
    c.set('caller', { tenant: { id: 1 } } as Vars['caller']);
    await next();
  });
  app.onError((_error, c) => c.text('refused', 500));
  app.get('/', (c) => streamLines(c, slots, values(), (value) => ({ value }), statusAfterMs));
  const answer = await app.request('/');
  const lines = (await answer.text()).trimEnd().split('\n');
  // Whatever became of it, its place is free again.
  expect(slots.counts.growing).toBe(0);
  return { status: answer.status, lines };
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
