import { randomBytes, randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import type { AliasStore } from '@vestige/store/control/alias-store';
import { postgresAliasStore } from '@vestige/store/control/postgres-alias-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { resolveTokens } from './resolve-tokens.ts';
import { SubjectCache } from './subject-cache.ts';
import { SuppressionWatch, type SuppressionWatchOptions } from './suppression-watch.ts';

const ALIVE_MS = 60_000;
const STALE_MS = 5000;

let postgres: Awaited<ReturnType<typeof openTestPostgres>>;
let aliases: AliasStore;
let tenant: TenantId;
let collectorId: string;
let nowMs = 0;
let watch: SuppressionWatch;

beforeAll(async () => {
  postgres = await openTestPostgres();
  aliases = postgresAliasStore(postgres.db);
});
afterAll(() => postgres.close());
beforeEach(async () => {
  tenant = (await postgresTenantStore(postgres.db).ensureTenant(`t-${randomUUID()}`)).id;
  collectorId = randomUUID();
  nowMs = 1000;
  watch = watchOn(aliases);
});

const watchOn = (
  on: Pick<AliasStore, 'suppressionVersion' | 'acknowledgeSuppression' | 'acknowledgingTenants'>,
  more: Partial<SuppressionWatchOptions> = {},
) =>
  new SuppressionWatch({
    aliases: on,
    collectorId,
    pollMs: 1000,
    staleMs: STALE_MS,
    inDoubtMs: 50,
    idleMs: 10_000,
    nowMs: () => nowMs,
    onPollFailed: () => {},
    ...more,
  });
const aToken = () => `ps1.k1.${randomBytes(16).toString('base64url')}`;
const suppress = async (token: string, beforeMs: number): Promise<number> => {
  const [subjectId] = await aliases.resolve(tenant, [{ token, atMs: beforeMs + 1 }]);
  return aliases.suppress(tenant, [subjectId as string], beforeMs, randomUUID());
};
const missing = (version: number) => aliases.unacknowledged(tenant, version, ALIVE_MS);

describe('an acknowledged suppression version', () => {
  test('is waited for from the first batch of a tenant on', async () => {
    await watch.enter(tenant);
    const version = await suppress(aToken(), 5);
    expect(await missing(version)).toEqual([collectorId]);
    await watch.poll();
    expect(await missing(version)).toEqual([]);
  });

  test('is held back while a batch resolved under an older list is under way', async () => {
    const lease = await watch.enter(tenant);
    const before = lease.begin();
    const version = await suppress(aToken(), 5);
    await watch.poll();
    expect(await missing(version)).toEqual([collectorId]);
    expect(await lease.stillCurrent(before)).toBe(false);
    expect(lease.begin()).toBe(version);
    await watch.poll();
    expect(await missing(version)).toEqual([]);
    lease.leave(false);
  });

  test('is held back after an append in doubt, until it can no longer happen', async () => {
    const lease = await watch.enter(tenant);
    lease.begin();
    lease.leave(true);
    const version = await suppress(aToken(), 5);
    await watch.poll();
    expect(await missing(version)).toEqual([collectorId]);
    await new Promise((resolve) => setTimeout(resolve, 80));
    await watch.poll();
    expect(await missing(version)).toEqual([]);
  });

  test('is held back until what was accepted before it is stored and unlinked', async () => {
    const tail = Promise.withResolvers<void>();
    watch = watchOn(aliases, { log: { drained: () => tail.promise, waiting: () => new Map() } });
    await watch.register(tenant);
    const version = await suppress(aToken(), 5);
    await watch.poll();
    expect(await missing(version)).toEqual([collectorId]);
    tail.resolve();
    await expect.poll(() => missing(version)).toEqual([]);
  });

  test('is waited for from the moment a tenant is registered, before anything of it is accepted', async () => {
    await watch.register(tenant);
    expect(await missing(await suppress(aToken(), 5))).toEqual([collectorId]);
  });

  test('is held back while an append of a former process of this name may still happen', async () => {
    watch = watchOn(aliases, { inDoubtAtStart: new Set([tenant]) });
    await watch.register(tenant);
    const version = await suppress(aToken(), 5);
    await watch.poll();
    expect(await missing(version)).toEqual([collectorId]);
    nowMs += 51;
    await watch.poll();
    expect(await missing(version)).toEqual([]);
  });

  test('is given by a restarted collector that has no traffic, under the same name', async () => {
    await watch.register(tenant);
    const version = await suppress(aToken(), 5);
    const restarted = watchOn(aliases);
    await restarted.poll();
    expect(await missing(version)).toEqual([]);
  });

  test('of one tenant says nothing about another', async () => {
    const other = (await postgresTenantStore(postgres.db).ensureTenant(`t-${randomUUID()}`)).id;
    await watch.enter(tenant);
    await watch.enter(other);
    const version = await suppress(aToken(), 5);
    expect(await aliases.unacknowledged(other, 1, ALIVE_MS)).toEqual([collectorId]);
    await watch.poll();
    expect(await missing(version)).toEqual([]);
    expect(await aliases.unacknowledged(other, 1, ALIVE_MS)).toEqual([collectorId]);
  });
});

describe('a collector cut off from Postgres', () => {
  test('stops taking spans once its news is stale, and takes them again when it is back', async () => {
    let reachable = true;
    const cutOff = watchOn({
      suppressionVersion: (of) => (reachable ? aliases.suppressionVersion(of) : Promise.reject(new Error('away'))),
      acknowledgeSuppression: (...args) => aliases.acknowledgeSuppression(...args),
      acknowledgingTenants: (id) => aliases.acknowledgingTenants(id),
    });
    const lease = await cutOff.enter(tenant);
    const version = lease.begin();
    reachable = false;
    nowMs += STALE_MS;
    expect(await lease.stillCurrent(version)).toBe(true);
    nowMs += 1;
    await expect(lease.stillCurrent(version)).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(cutOff.enter(tenant)).rejects.toMatchObject({ code: 'store_unavailable' });
    reachable = true;
    expect(await lease.stillCurrent(version)).toBe(true);
  });
});

test('a tenant not heard of for long is no longer polled for', async () => {
  (await watch.enter(tenant)).leave(false);
  await watch.poll();
  nowMs += 10_001;
  await watch.poll();
  const version = await suppress(aToken(), 5);
  await watch.poll();
  expect(await missing(version)).toEqual([collectorId]);
});

test('a tenant with something accepted and not stored is polled for, however quiet it is', async () => {
  watch = watchOn(aliases, { log: { drained: () => Promise.resolve(), waiting: () => new Map([[tenant, 1]]) } });
  await watch.register(tenant);
  nowMs += 10_001;
  await watch.poll();
  const version = await suppress(aToken(), 5);
  await watch.poll();
  expect(await missing(version)).toEqual([]);
});

describe('resolving tokens', () => {
  const counting = () => {
    const asked: number[] = [];
    const resolve: AliasStore['resolve'] = (of, tokens) => {
      asked.push(tokens.length);
      return aliases.resolve(of, tokens);
    };
    return { asked, resolve };
  };

  test('asks once per token of a batch and not at all for the next', async () => {
    const store = counting();
    const cache = new SubjectCache(100);
    const [a, b] = [aToken(), aToken()];
    const wanted = [a, b, a, b].map((token, index) => ({ token, atMs: 1000 - index }));
    const first = await resolveTokens(store, cache, tenant, 0, wanted);
    expect(first(a, 1000)).toBe(first(a, 998));
    expect(first(a, 1000)).not.toBe(first(b, 999));
    const later = wanted.map(({ token, atMs }) => ({ token, atMs: atMs + 5 }));
    const second = await resolveTokens(store, cache, tenant, 0, later);
    expect(second(a, 1005)).toBe(first(a, 1000));
    expect(store.asked).toEqual([2]);
  });

  test('an erased person’s late events are suppressed and newer ones are a new subject’s, in one batch', async () => {
    const store = counting();
    const cache = new SubjectCache(100);
    const token = aToken();
    const old = await resolveTokens(store, cache, tenant, 0, [{ token, atMs: 600 }]);
    const [subjectId] = [old(token, 600)];
    const version = await aliases.suppress(tenant, [subjectId], 1000, randomUUID());
    const wanted = [500, 999, 1000, 2000].map((atMs) => ({ token, atMs }));
    const now = await resolveTokens(store, cache, tenant, version, wanted);
    expect(now(token, 500)).toBe('suppressed');
    expect(now(token, 999)).toBe('suppressed');
    expect(now(token, 2000)).toBe(now(token, 1000));
    expect(now(token, 1000)).not.toBe(subjectId);
    expect(now(token, 1000)).not.toBe('suppressed');
  });
});
