import { TenantId } from '@vestige/core/ids';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditStore } from '../audit/audit-store.ts';
import type { TenantStore } from './tenant-store.ts';

/** The promises of {@link TenantStore} as tests; every implementation runs them. */
export function tenantStoreContract(
  name: string,
  open: () => Promise<{ tenants: TenantStore; audit: AuditStore; close(): Promise<void> }>,
): void {
  describe(name, () => {
    let stores: Awaited<ReturnType<typeof open>>;
    let tenants: TenantStore;
    beforeAll(async () => {
      stores = await open();
      tenants = stores.tenants;
    });
    afterAll(() => stores.close());

    const key = { name: 'reader', scopes: ['lineage:read', 'audit:read'] as const, expiresAt: null };

    test('a tenant name has one number, also when it is asked for many times at once', async () => {
      const all = await Promise.all(Array.from({ length: 8 }, () => tenants.ensureTenant('once')));
      expect(new Set(all.map(({ id }) => id)).size).toBe(1);
      expect(await tenants.tenant(all[0]?.id as TenantId)).toEqual(all[0]);
      expect((await tenants.tenants()).filter((tenant) => tenant.name === 'once')).toHaveLength(1);
    });

    test('a name that cannot be part of a token is refused', async () => {
      await expect(tenants.ensureTenant('Acme Inc.')).rejects.toMatchObject({ code: 'bad_request' });
    });

    test('a tenant that does not exist is null', async () => {
      expect(await tenants.tenant(TenantId.parse(2_000_000_000))).toBeNull();
    });

    test('a key opens its own tenant with its own scopes', async () => {
      const acme = await tenants.ensureTenant('acme');
      const { id, secret } = await tenants.createKey(acme.id, key);
      expect(secret.reveal()).toMatch(/^vst_[0-9a-z]{16}_[A-Za-z0-9_-]{43}$/);
      expect(await tenants.authenticate(secret.reveal())).toEqual({
        tenant: acme,
        keyId: id,
        keyName: 'reader',
        scopes: ['lineage:read', 'audit:read'],
      });
    });

    test.each([
      ['a wrong secret', (bearer: string) => `${bearer.slice(0, -1)}${bearer.endsWith('A') ? 'B' : 'A'}`],
      [
        'an unknown key id',
        (bearer: string) => bearer.replace(/^vst_./, (start) => (start === 'vst_0' ? 'vst_1' : 'vst_0')),
      ],
      ['a truncated key', (bearer: string) => bearer.slice(0, -4)],
      ['nothing', () => ''],
    ])('%s opens nothing', async (_what, spoil) => {
      const acme = await tenants.ensureTenant('acme');
      const { secret } = await tenants.createKey(acme.id, key);
      expect(await tenants.authenticate(spoil(secret.reveal()))).toBeNull();
    });

    test('a revoked key opens nothing from the next call on', async () => {
      const acme = await tenants.ensureTenant('acme');
      const { id, secret } = await tenants.createKey(acme.id, key);
      expect(await tenants.revokeKey(acme.id, id)).toBe(true);
      expect(await tenants.authenticate(secret.reveal())).toBeNull();
      expect(await tenants.revokeKey(acme.id, id)).toBe(false);
    });

    test('an expired key opens nothing', async () => {
      const acme = await tenants.ensureTenant('acme');
      const { secret } = await tenants.createKey(acme.id, {
        ...key,
        expiresAt: new Date(Date.now() - 1000).toISOString(),
      });
      expect(await tenants.authenticate(secret.reveal())).toBeNull();
    });

    test('the list of keys holds no secret, and another tenant can neither list nor revoke them', async () => {
      const acme = await tenants.ensureTenant('acme');
      const rival = await tenants.ensureTenant('rival');
      const { id, secret } = await tenants.createKey(acme.id, key);
      const listed = await tenants.keys(acme.id);
      expect(listed.map((each) => each.id)).toContain(id);
      expect(JSON.stringify(listed)).not.toContain(secret.reveal().split('_').at(-1));
      expect((await tenants.keys(rival.id)).map((each) => each.id)).not.toContain(id);
      expect(await tenants.revokeKey(rival.id, id)).toBe(false);
      expect(await tenants.authenticate(secret.reveal())).not.toBeNull();
    });

    test('of remembered keys the live ones are told from those that were revoked, have expired or never were', async () => {
      const acme = (await tenants.ensureTenant('acme')).id;
      const rival = (await tenants.ensureTenant('rival')).id;
      const make = async (tenant: TenantId, expiresAt: string | null = null) =>
        (await tenants.createKey(tenant, { ...key, expiresAt })).id;
      const mine = await make(acme);
      const theirs = await make(rival);
      const revoked = await make(acme);
      await tenants.revokeKey(acme, revoked);
      const expired = await make(acme, new Date(Date.now() - 1000).toISOString());
      const asked = [mine, theirs, revoked, expired, 'neverwaskeyatall'];
      expect([...(await tenants.liveKeys(asked))].sort()).toEqual([mine, theirs].sort());
      expect(await tenants.liveKeys([])).toEqual(new Set());
    });

    test('a quota is the tenant’s own, replaced as a whole, and an audit entry', async () => {
      const [acme, rival] = [await tenants.ensureTenant('quota-acme'), await tenants.ensureTenant('quota-rival')];
      const none = { spansPerS: null, bytesPerS: null };
      expect(await tenants.quota(acme.id)).toEqual(none);
      await tenants.setQuota(acme.id, { spansPerS: 500, bytesPerS: null }, 'key:boss');
      await tenants.setQuota(acme.id, { spansPerS: 0, bytesPerS: 1e12 }, 'key:boss');
      expect(await tenants.quota(acme.id)).toEqual({ spansPerS: 0, bytesPerS: 1e12 });
      expect(await tenants.quota(rival.id)).toEqual(none);
      const all = await tenants.quotas();
      expect(all.get(acme.id)).toEqual({ spansPerS: 0, bytesPerS: 1e12 });
      expect(all.has(rival.id)).toBe(false);
      const entries = await stores.audit.entries(acme.id, { afterIndex: -1, limit: 10 });
      expect(entries.map(({ type, actor }) => [type, actor])).toEqual([
        ['tenant.quota_set', 'key:boss'],
        ['tenant.quota_set', 'key:boss'],
      ]);
    });

    test.each([-1, 1.5, 2e9, Number.NaN])('a quota of %d spans per second is refused', async (spansPerS) => {
      const acme = await tenants.ensureTenant('acme');
      const refused = tenants.setQuota(acme.id, { spansPerS, bytesPerS: null });
      await expect(refused).rejects.toMatchObject({ code: 'bad_request' });
    });

    test('making and revoking a key are audit entries', async () => {
      const tenant = await tenants.ensureTenant('audited-keys');
      const { id } = await tenants.createKey(tenant.id, key, 'key:boss');
      await tenants.revokeKey(tenant.id, id, 'key:boss');
      const entries = await stores.audit.entries(tenant.id, { afterIndex: -1, limit: 10 });
      expect(entries.map(({ type, actor, object }) => [type, actor, object.id])).toEqual([
        ['api_key.created', 'key:boss', id],
        ['api_key.revoked', 'key:boss', id],
      ]);
    });
  });
}
