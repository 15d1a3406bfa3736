import type { TenantId } from '@vestige/core/ids';
import { expect, test } from 'vitest';
import { GrowingSlots } from './growing-slots.ts';

const [acme, rival, third] = [1, 2, 3] as TenantId[] as [TenantId, TenantId, TenantId];
const LONG_MS = 600_000;

test('a tenant takes no more places than its own, and others still find one', async () => {
  const slots = new GrowingSlots({ perTenantMax: 2, inAllMax: 3, waitMs: 0 });
  const leave = await slots.take(acme);
  await slots.take(acme);
  await expect(slots.take(acme)).rejects.toMatchObject({
    code: 'rate_limited',
    facts: { reason: 'growing_answers', max: 2 },
    message: expect.stringContaining('of this tenant'),
  });
  await slots.take(rival);
  await expect(slots.take(third)).rejects.toMatchObject({ facts: { max: 3 } });
  expect(slots.counts).toEqual({ growing: 3, refused: 2 });
  leave();
  leave();
  expect(slots.counts.growing).toBe(2);
  await slots.take(third);
});

test('of two who wait for the same place the first has it first', async () => {
  const slots = new GrowingSlots({ perTenantMax: 1, inAllMax: 1, waitMs: LONG_MS });
  const leave = await slots.take(acme);
  const begun: string[] = [];
  const wait = async (name: string, tenant: TenantId) => {
    const leaveAgain = await slots.take(tenant);
    begun.push(name);
    leaveAgain();
  };
  const all = ['one', 'two', 'three'].map((name, i) => wait(name, [rival, acme, third][i] ?? acme));
  leave();
  await Promise.all(all);
  expect(begun).toEqual(['one', 'two', 'three']);
});

test('whoever waits begins when somebody leaves, and nobody who may not yet, although they came first', async () => {
  const slots = new GrowingSlots({ perTenantMax: 1, inAllMax: 2, waitMs: LONG_MS });
  const [leaveAcme, leaveRival] = [await slots.take(acme), await slots.take(rival)];
  const begun: string[] = [];
  const wait = async (name: string, tenant: TenantId) => {
    const leave = await slots.take(tenant);
    begun.push(name);
    return leave;
  };
  const [second, first] = [wait('acme again', acme), wait('third', third)];
  leaveRival();
  const leaveThird = await first;
  expect(begun).toEqual(['third']);
  leaveThird();
  leaveAcme();
  await second;
  expect(begun).toEqual(['third', 'acme again']);
  expect(slots.counts).toEqual({ growing: 1, refused: 0 });
});

test('who left before it was their turn takes no place', async () => {
  const slots = new GrowingSlots({ perTenantMax: 1, waitMs: LONG_MS });
  const leave = await slots.take(acme);
  const gone = new AbortController();
  const waited = slots.take(acme, gone.signal);
  gone.abort();
  await expect(waited).rejects.toMatchObject({ code: 'rate_limited' });
  leave();
  expect(slots.counts.growing).toBe(0);
});

test('a place that nobody leaves comes free by itself, and whoever took it hears of that', async () => {
  const slots = new GrowingSlots({ perTenantMax: 1, waitMs: LONG_MS, heldMsMax: 1 });
  const heard: number[] = [];
  await slots.take(acme, undefined, () => heard.push(slots.counts.growing));
  const second = await slots.take(acme);
  second();
  expect(slots.counts.growing).toBe(0);
  // When it heard, the one who waited had the place already.
  expect(heard).toEqual([1]);
});
