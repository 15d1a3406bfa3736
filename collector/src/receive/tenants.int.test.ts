import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope, Tenant } from '@vestige/store/control/tenant-store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeJson, encodeProtobuf, type TestSpan } from '../otlp/testing/otlp-messages.ts';
import { aSpan, requestOf } from '../testing/export-client.ts';
import { type RunningCollector, startRunningCollector } from '../testing/running-collector.ts';
import { formOf, type Outcome, Sender, WAYS, type Way } from '../testing/ways.ts';

const MIB = 1024 * 1024;

let collector: RunningCollector;
let sender: Sender;
beforeAll(async () => {
  collector = await startRunningCollector({
    requestBytesMax: 2 * MIB,
    inFlightBytesMax: 8 * MIB,
    keyCacheMs: 300,
    // On machines with more than two cores spans are encoded on threads: here on any.
    encodeThreads: 1,
  });
  sender = new Sender(collector);
});
afterAll(async () => {
  sender.close();
  await collector.close();
});

const bodyOf = (way: Way, ...spans: TestSpan[]) =>
  formOf(way) === 'json' ? encodeJson(requestOf(...spans)) : encodeProtobuf(requestOf(...spans));
const post = (way: Way, bearer: string, ...spans: TestSpan[]): Promise<Outcome> =>
  sender.post(way, { body: bodyOf(way, ...spans), headers: { authorization: `Bearer ${bearer}` } });
const stored = async (tenant: Tenant, traceId: string) =>
  (await collector.deps.events.trace(tenant.id, traceId, 100)).rows;

let made = 0;
async function aTenant(scopes: Scope[] = ['ingest'], expiresAt: string | null = null) {
  made += 1;
  const tenant = await collector.deps.tenants.ensureTenant(`tenant-${made}`);
  const { id, secret } = await collector.deps.tenants.createKey(tenant.id, { name: 'test', scopes, expiresAt });
  return { tenant, keyId: id, bearer: secret.reveal() };
}

describe.each(WAYS)('%s: a key', (way) => {
  test('decides whose a span is, whatever the span says', async () => {
    const [mine, theirs] = [await aTenant(), await aTenant()];
    const claim = (key: string) => ({ key, value: { stringValue: theirs.tenant.name } });
    const span = aSpan({ attributes: [claim('vestige.tenant.id'), claim('tenant.id'), claim('vestige.tenant')] });
    expect((await post(way, mine.bearer, span)).code).toBe(0);
    await expect.poll(async () => (await stored(mine.tenant, span.traceId)).length).toBe(1);
    expect(await stored(theirs.tenant, span.traceId)).toEqual([]);
  });

  test('without the scope is PERMISSION_DENIED', async () => {
    const { bearer } = await aTenant(['lineage:read']);
    expect(await post(way, bearer)).toMatchObject({ code: 7, http: way === 'grpc' ? 200 : 403, retryAfterMs: null });
  });

  test('that has expired is UNAUTHENTICATED', async () => {
    const { bearer } = await aTenant(['ingest'], new Date(Date.now() - 1000).toISOString());
    expect(await post(way, bearer)).toMatchObject({ code: 16, http: way === 'grpc' ? 200 : 401 });
  });

  test('that is revoked is refused soon, and while requests keep coming', async () => {
    const { tenant, keyId, bearer } = await aTenant();
    expect((await post(way, bearer)).code).toBe(0);
    await collector.deps.tenants.revokeKey(tenant.id, keyId);
    await expect.poll(async () => (await post(way, bearer)).code, { interval: 20, timeout: 5000 }).toBe(16);
  });
});

describe.each(WAYS)('%s: a quota', (way) => {
  test('of spans refuses a tenant in debt until it is paid, and says when', async () => {
    const { tenant, bearer } = await aTenant();
    await collector.deps.tenants.setQuota(tenant.id, { spansPerS: 1, bytesPerS: null });
    await sleep(400);
    // The burst is ten seconds' worth: ten spans. Twelve leave a debt of two.
    expect((await post(way, bearer, ...Array.from({ length: 12 }, () => aSpan()))).code).toBe(0);
    const refused = await post(way, bearer, aSpan());
    expect(refused).toMatchObject({ code: 8, http: way === 'grpc' ? 200 : 429 });
    expect(refused.message).toBe('the tenant has used up its quota of spans');
    expect(refused.retryAfterMs).toBeGreaterThan(1000);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(3000);
    await sleep(refused.retryAfterMs ?? 0);
    expect((await post(way, bearer, aSpan())).code).toBe(0);
  });

  test('of bytes counts what a body inflates to, and a tenant without one of its own is not refused', async () => {
    const { tenant, bearer } = await aTenant();
    await collector.deps.tenants.setQuota(tenant.id, { spansPerS: 0, bytesPerS: 10_000 });
    await sleep(400);
    const large = aSpan({ name: 'n'.repeat(500_000) });
    const headers = { authorization: `Bearer ${bearer}` };
    expect((await sender.post(way, { body: bodyOf(way, large), encoding: 'gzip', headers })).code).toBe(0);
    const refused = await post(way, bearer, aSpan());
    expect(refused).toMatchObject({ code: 8, http: way === 'grpc' ? 200 : 429 });
    expect(refused.retryAfterMs).toBeGreaterThan(30_000);
    expect((await post(way, collector.key, large)).code).toBe(0);
    expect((await post(way, collector.key, large)).code).toBe(0);
  });
});

describe.each(WAYS)('%s: a flood', (way) => {
  test('of one tenant is told to slow down, and every request of another is taken', async () => {
    const [noisy, quiet] = [await aTenant(), await aTenant()];
    const large = aSpan({ attributes: [{ key: 'gen_ai.prompt', value: { stringValue: 'x'.repeat(900_000) } }] });
    const [largeBody, headers] = [bodyOf(way, large), { authorization: `Bearer ${noisy.bearer}` }];
    const outcomes: Outcome[] = [];
    let over = false;
    const flood = Array.from({ length: 12 }, async () => {
      while (!over) outcomes.push(await sender.post(way, { body: largeBody, headers, chunked: true }));
    });
    const taken: Outcome[] = [];
    for (let i = 0; i < 10; i += 1) taken.push(await post(way, quiet.bearer, aSpan()));
    over = true;
    await Promise.all(flood);
    expect(taken.map(({ code }) => code)).toEqual(taken.map(() => 0));
    const refused = outcomes.filter(({ code }) => code !== 0);
    expect(refused.length).toBeGreaterThan(0);
    for (const each of refused) expect(each).toMatchObject({ code: 8, http: way === 'grpc' ? 200 : 429 });
    for (const each of refused) expect(each.retryAfterMs).toBeGreaterThan(0);
    expect(outcomes.length).toBeGreaterThan(refused.length);
  });
});
