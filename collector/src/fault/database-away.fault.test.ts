import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@vestige/e2e/crash/children';
import { dice } from '@vestige/e2e/crash/dice';
import { clickHouseText } from '@vestige/e2e/harness/clickhouse-text';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CuttingProxy, type ProxyMood } from './testing/cutting-proxy.ts';
import { FaultWorld } from './testing/fault-world.ts';
import { SeededSender } from './testing/seeded-sender.ts';

const SEED = 20_260_718;

let world: FaultWorld;
let sender: SeededSender;
let proxy: CuttingProxy;
const chance = dice(SEED);
const below = (bound: number) => chance.between(0, bound);
beforeEach(async () => {
  world = await FaultWorld.open();
  sender = new SeededSender(below);
  proxy = await CuttingProxy.open(() => world.clickHousePort, below);
}, 120_000);
afterEach(async () => {
  proxy?.close();
  sender?.close();
  await world?.close();
});

/** Sends for a while, and is answered with nothing but 200. */
async function sendFor(url: string, ms: number, life: string): Promise<void> {
  const stop = new AbortController();
  const streaming = sender.stream(url, world.keys, life, stop.signal);
  await sleep(ms);
  stop.abort();
  await streaming;
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^vestige_collector_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

describe('while ClickHouse', () => {
  test('is down, requests are acknowledged, the collector says that it is ready and how much waits, and all is stored afterwards', async () => {
    const collector = world.collector({ port: proxy.port });
    const url = await collector.url;
    await sendFor(url, 300, 'up');
    proxy.change('refuse-500');
    await sendFor(url, 1_000, 'down');
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([
      200,
      { checks: { clickhouse: 'unreachable', log: 'ok' } },
    ]);
    expect(await metric(url, 'log_spans')).toBeGreaterThan(0);
    expect(await metric(url, 'log_age_seconds')).toBeGreaterThan(0.5);
    // A collector that dies meanwhile knows it all again.
    await collector.kill9();
    const next = world.collector({ port: proxy.port });
    await sendFor(await next.url, 500, 'down, after a kill');
    proxy.change('through');
    await until('everything is stored', async () => (await metric(await next.url, 'log_spans')) === 0);
    await next.stop();
    expect([...sender.answers.keys()]).toEqual([200]);
    await world.expectAllStoredOnce(sender);
  });

  test('is paused, requests are acknowledged, and all is stored when it goes on', async () => {
    const collector = world.collector();
    const url = await collector.url;
    await sendFor(url, 300, 'running');
    process.kill(world.clickHousePid, 'SIGSTOP');
    try {
      await sendFor(url, 3_000, 'paused');
    } finally {
      process.kill(world.clickHousePid, 'SIGCONT');
    }
    await sendFor(url, 300, 'going on');
    await until('everything is stored', async () => (await metric(url, 'log_spans')) === 0);
    await collector.stop();
    expect([...sender.answers.keys()]).toEqual([200]);
    await world.expectAllStoredOnce(sender);
  });

  test('fails in every way a network can, an insert whose answer was lost is one insert', async () => {
    const collector = world.collector({ port: proxy.port });
    const url = await collector.url;
    for (let round = 0; round < 4; round += 1) {
      for (const mood of ['cut', 'cut-answers', 'refuse-500', 'through'] satisfies ProxyMood[]) {
        proxy.change(mood);
        await sendFor(url, 300, mood);
      }
    }
    await until('everything is stored', async () => (await metric(url, 'log_spans')) === 0);
    expect(await metric(url, 'insert_retries_total')).toBeGreaterThan(0);
    expect(await metric(url, 'unstorable_spans_total')).toBe(0);
    await collector.stop();
    await world.expectAllStoredOnce(sender);
  });

  test('is down and the log is at its bound, requests are told to come back, and readyz and the metrics say why', async () => {
    const collector = world.collector({
      port: proxy.port,
      settings: { VESTIGE_COLLECTOR_LOG_BYTES_MAX: '1048576', VESTIGE_COLLECTOR_LOG_TENANT_PERCENT: '50' },
    });
    const url = await collector.url;
    proxy.change('refuse-500');
    const [first = '', second = '', third = ''] = world.keys;
    while (await sender.send(url, first, 'filling'));
    expect([...sender.answers.keys()]).toEqual([200, 429]);
    expect(await sender.send(url, second, 'another tenant')).toBe(true);
    while (await sender.send(url, second, 'filling'));
    while (await sender.send(url, third, 'filling'));
    expect([...sender.answers.keys()].sort()).toEqual([200, 429, 503]);
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { checks: { log: 'full' } }]);
    expect(await metric(url, 'log_refused_total\\{reason="store_unavailable"\\}')).toBeGreaterThan(0);
    proxy.change('through');
    await until('there is room', async () => sender.send(url, third, 'room'));
    await collector.stop();
    await world.expectAllStoredOnce(sender);
  });
});

test('an erasure that comes while its people wait in the log waits for the log, and finds nothing of them afterwards', async () => {
  const [tenant] = world.tenants;
  if (tenant === undefined) return expect.fail('no tenant');
  const collector = world.collector();
  const url = await collector.url;
  await world.endClickHouse();
  await sendFor(url, 1_000, 'waiting');
  const version = await world.aliases.suppress(tenant.id, [], Date.now() + 60_000, randomUUID(), [
    ...sender.tokens.values(),
  ]);
  await sleep(1_500);
  const behind = () => world.aliases.unacknowledged(tenant.id, version, 60_000);
  expect(await behind()).toHaveLength(1);
  expect(filesWith(sender.tokens.values())).toBeGreaterThan(0);
  await world.startClickHouse();
  await until('the collector has acknowledged', async () => (await behind()).length === 0);
  const ofTenant = await clickHouseText(
    world.url('verifier'),
    `SELECT count() FROM touches WHERE tenant = ${tenant.id}`,
  );
  expect(ofTenant).toBe('0');
  expect(filesWith(sender.tokens.values())).toBe(0);
  const stored = await world.rowsPerSpan();
  expect([...sender.acknowledged.keys()].filter((spanId) => !stored.has(spanId) && !sender.tokens.has(spanId))).toEqual(
    [],
  );
});

/** Files of the log that hold one of these tokens. */
function filesWith(tokens: Iterable<string>): number {
  const texts = world.segments().map((name) => readFileSync(join(world.logDir(), name), 'latin1'));
  const wanted = [...tokens];
  return texts.filter((text) => wanted.some((token) => text.includes(token))).length;
}

test('a collector that is told to stop while ClickHouse is down stops within its grace and leaves the rest in the log', async () => {
  const collector = world.collector({ settings: { VESTIGE_COLLECTOR_CLOSE_GRACE_MS: '500' } });
  const url = await collector.url;
  await sendFor(url, 300, 'up');
  await world.endClickHouse();
  await sendFor(url, 500, 'down');
  await collector.stop();
  expect(await collector.ended).toBe(0);
  expect(collector.said()).toContain('stays in the log for the next start');
  expect(world.segments()).not.toEqual([]);
  await world.startClickHouse();
  await world.expectAllStoredOnce(sender);
});

describe('while Postgres is away', () => {
  test('requests of known tenants are acknowledged, also about people nobody knows yet, and all is stored when it is back', async () => {
    const collector = world.collector();
    const url = await collector.url;
    await sendFor(url, 500, 'known');
    world.setPostgres('away');
    await sendFor(url, 8_000, 'away');
    expect(await metric(url, 'log_spans')).toBeGreaterThan(0);
    world.setPostgres('back');
    await until('everything is stored', async () => (await metric(url, 'log_spans')) === 0);
    expect([...sender.answers.keys()]).toEqual([200]);
    await collector.stop();
    await world.expectAllStoredOnce(sender);
  });

  test('a tenant this process has never met is told to come back', async () => {
    const collector = world.collector();
    const url = await collector.url;
    world.setPostgres('away');
    expect(await sender.send(url, world.keys[0] ?? '', 'new')).toBe(false);
    expect([...sender.answers.keys()]).toEqual([503]);
  });
});

test('a wall clock that jumps by hours all the time changes nothing that is promised', async () => {
  for (let life = 0; life < 3; life += 1) {
    const collector = world.collector({ clockStepsMs: 6 * 3_600_000 });
    await sendFor(await collector.url, 1_500, `life ${life}`);
    await collector.kill9();
  }
  expect(sender.acknowledged.size).toBeGreaterThan(5);
  await world.expectAllStoredOnce(sender);
});
