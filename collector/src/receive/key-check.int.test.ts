import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import type { Scope, Tenant, TenantStore } from '@vestige/store/control/tenant-store';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KeyCheck } from './key-check.ts';

const FRESH_MS = 2000;
const GRACE_MS = 600_000;

let postgres: Awaited<ReturnType<typeof openTestPostgres>>;
let store: TenantStore;
let tenant: Tenant;
beforeAll(async () => {
  postgres = await openTestPostgres();
  store = postgresTenantStore(postgres.db);
  tenant = await store.ensureTenant('acme');
});
afterAll(() => postgres.close());

/** The real store behind a wire that can be cut, or that lets nothing through any more. */
let wire: 'works' | 'cut' | 'hangs';
let asked: string[];
let clockMs: number;
let away: boolean[];
let keys: KeyCheck;
beforeEach(() => open(FRESH_MS));

function open(freshMs: number): void {
  wire = 'works';
  asked = [];
  clockMs = 0;
  away = [];
  const over = <T>(what: string, ask: () => Promise<T>): Promise<T> => {
    asked.push(what);
    clockMs += 1;
    if (wire === 'hangs') return new Promise(() => {});
    return wire === 'cut' ? Promise.reject(new Error('connection refused')) : ask();
  };
  keys = new KeyCheck({
    tenants: {
      authenticate: (bearer) => over('authenticate', () => store.authenticate(bearer)),
      liveKeys: (ids) => over('liveKeys', () => store.liveKeys(ids)),
    },
    freshMs,
    graceMs: GRACE_MS,
    nowMs: () => clockMs,
    onAway: (now) => away.push(now),
  });
}

async function aKey({ scopes = ['ingest'] as Scope[], expiresAt = null as string | null } = {}) {
  const { id, secret } = await store.createKey(tenant.id, { name: 'test', scopes, expiresAt });
  return { id, bearer: secret.reveal() };
}
const enter = (bearer: string) => keys.caller(`Bearer ${bearer}`, undefined, 'ingest');

describe('a key', () => {
  test('is looked up once, however many requests come with it at once and later', async () => {
    const { bearer } = await aKey();
    const callers = await Promise.all(Array.from({ length: 50 }, () => enter(bearer)));
    expect(new Set(callers.map((caller) => caller.tenant.id))).toEqual(new Set([tenant.id]));
    clockMs += FRESH_MS - 2;
    await enter(bearer);
    expect(asked).toEqual(['authenticate']);
  });

  test('that is revoked opens nothing after the next question', async () => {
    const [gone, kept] = [await aKey(), await aKey()];
    await Promise.all([enter(gone.bearer), enter(kept.bearer)]);
    await store.revokeKey(tenant.id, gone.id);
    await keys.refresh();
    await expect(enter(gone.bearer)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect((await enter(kept.bearer)).keyId).toBe(kept.id);
  });

  test('that is revoked opens nothing after the time keys stay fresh, although nobody asked meanwhile', async () => {
    const { id, bearer } = await aKey();
    await enter(bearer);
    await store.revokeKey(tenant.id, id);
    clockMs += FRESH_MS + 1;
    await expect(enter(bearer)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('is known by its scopes', async () => {
    const { bearer } = await aKey({ scopes: ['lineage:read'] });
    await expect(enter(bearer)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('is asked about for every request when nothing may be remembered', async () => {
    open(0);
    const { id, bearer } = await aKey();
    for (let i = 0; i < 3; i += 1) expect((await enter(bearer)).keyId).toBe(id);
    expect(asked).toEqual(['authenticate', 'liveKeys', 'liveKeys']);
    await store.revokeKey(tenant.id, id);
    await expect(enter(bearer)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('nobody made is refused, asked about once, and can be made later', async () => {
    for (let i = 0; i < 3; i += 1) {
      await expect(enter('vst_0000000000000000_wrong')).rejects.toMatchObject({ code: 'unauthenticated' });
    }
    expect(asked).toEqual(['authenticate']);
    clockMs += FRESH_MS;
    await expect(enter('vst_0000000000000000_wrong')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(asked).toHaveLength(2);
  });
});

describe('while Postgres is away', () => {
  test('a key it vouched for is taken for the grace and not longer', async () => {
    const { bearer } = await aKey();
    await enter(bearer);
    wire = 'cut';
    clockMs += GRACE_MS - 2;
    await enter(bearer);
    clockMs += 2;
    await expect(enter(bearer)).rejects.toMatchObject({ code: 'store_unavailable' });
  });

  test('a key it never saw is not called wrong', async () => {
    const { bearer } = await aKey();
    wire = 'cut';
    await expect(enter(bearer)).rejects.toMatchObject({ code: 'store_unavailable' });
    wire = 'works';
    await enter(bearer);
  });

  test('and does not even say so, one request waits and the others do not', async () => {
    const { bearer } = await aKey();
    await enter(bearer);
    wire = 'hangs';
    clockMs += FRESH_MS + 1;
    await enter(bearer);
    await enter(bearer);
    expect(away).toEqual([true]);
    expect(asked).toEqual(['authenticate', 'liveKeys']);
  });

  test('a key that was revoked by then is gone with the first answer', async () => {
    const { id, bearer } = await aKey();
    await enter(bearer);
    wire = 'cut';
    clockMs += FRESH_MS + 1;
    await enter(bearer);
    await store.revokeKey(tenant.id, id);
    wire = 'works';
    await keys.refresh();
    await expect(enter(bearer)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(away).toEqual([true, false]);
  });
});

test('a flood of unknown keys does not hold up a known one, and is told to come back', async () => {
  const { bearer } = await aKey();
  await enter(bearer);
  wire = 'hangs';
  const flood = Array.from({ length: 1000 }, (_, n) =>
    enter(`vst_0000000000000000_${n}`).catch((error: { code: string }) => error.code),
  );
  expect((await enter(bearer)).tenant.id).toBe(tenant.id);
  expect(asked.length).toBeLessThan(100);
  expect(await flood.at(-1)).toBe('store_unavailable');
});
