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
