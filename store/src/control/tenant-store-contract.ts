import { TenantId } from '@vestige/core/ids';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditStore } from '../audit/audit-store.ts';
import type { Caller, MadeKey, TenantStore } from './tenant-store.ts';

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
    const owner = { name: 'owner', role: 'owner', expiresAt: null } as const;
    const callerOf = async ({ secret }: MadeKey): Promise<Caller> => {
      const caller = await tenants.authenticate(secret.reveal());
      if (caller === null) throw new Error('the key opens nothing');
      return caller;
    };

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
        role: null,
        scopes: ['lineage:read', 'audit:read'],
        person: `key:${id}`,
        expiresAt: null,
      });
    });

    test('a key of a role has the scopes of the role, and says who holds it', async () => {
      const acme = await tenants.ensureTenant('acme');
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      const { secret } = await tenants.createKey(acme.id, { name: 'a', role: 'auditor', person: 'anna', expiresAt });
      expect(await tenants.authenticate(secret.reveal())).toMatchObject({
        role: 'auditor',
        scopes: ['requests:read', 'governance:read', 'audit:read'],
        person: 'anna',
        expiresAt,
      });
    });

    test('a key that names nobody is in the hands of whoever made it', async () => {
      const acme = await tenants.ensureTenant('acme');
      const anna = await callerOf(await tenants.createKey(acme.id, { ...owner, person: 'anna' }));
      const second = await callerOf(await tenants.createKey(acme.id, { ...key, name: 'second' }, anna));
      const third = await callerOf(await tenants.createKey(acme.id, { ...owner, name: 'nobody' }));
      const fourth = await callerOf(await tenants.createKey(acme.id, { ...key, name: 'its child' }, third));
      expect([second.person, third.person, fourth.person]).toEqual([
        'anna',
        `key:${third.keyId}`,
        `key:${third.keyId}`,
      ]);
    });

    test.each([
      ['a scope that its maker has not', { scopes: ['identify'], expiresAt: null }, 'forbidden'],
      ['a role that may more than its maker', { role: 'dsr_agent', expiresAt: null }, 'forbidden'],
      ['more than its role', { role: 'viewer', scopes: ['admin'], expiresAt: null }, 'bad_request'],
      ['no scope at all', { expiresAt: null }, 'bad_request'],
      ['a person in the spelling of a key', { scopes: ['admin'], person: 'key:x', expiresAt: null }, 'bad_request'],
      ['a person by address', { scopes: ['admin'], person: 'anna@example.com', expiresAt: null }, 'bad_request'],
    ] as const)('a key cannot be made with %s', async (_what, wanted, code) => {
      const acme = await tenants.ensureTenant('acme');
      const admin = await callerOf(await tenants.createKey(acme.id, { name: 'admin', role: 'admin', expiresAt: null }));
      const before = await tenants.keys(acme.id);
      await expect(tenants.createKey(acme.id, { name: 'x', ...wanted }, admin)).rejects.toMatchObject({ code });
      expect(await tenants.keys(acme.id)).toEqual(before);
    });

    test('a key that ends cannot make one that does not', async () => {
      const acme = await tenants.ensureTenant('acme');
      const soon = new Date(Date.now() + 60_000).toISOString();
      const brief = await callerOf(await tenants.createKey(acme.id, { ...owner, expiresAt: soon }));
      const make = (expiresAt: string | null) => tenants.createKey(acme.id, { ...key, expiresAt }, brief);
      await expect(make(null)).rejects.toMatchObject({ code: 'forbidden' });
      expect((await make(soon)).id).toMatch(/^[0-9a-z]{16}$/);
    });

    describe('a rotated key', () => {
      test('is the same key in the same hands under another secret; the old one ends at once', async () => {
        const acme = await tenants.ensureTenant('acme');
        const wanted = { name: 'agent', role: 'dsr_agent', person: 'anna', expiresAt: null } as const;
        const old = await tenants.createKey(acme.id, wanted);
        const before = await callerOf(old);
        const fresh = await tenants.rotateKey(acme.id, old.id, 0, before);
        expect(await tenants.authenticate(old.secret.reveal())).toBeNull();
        const after = await tenants.authenticate(fresh?.secret.reveal() ?? '');
        expect(after).toEqual({ ...before, keyId: fresh?.id });
        expect(await tenants.rotateKey(acme.id, old.id, 0)).toBeNull();
        expect((await tenants.keys(acme.id)).find(({ id }) => id === fresh?.id)?.replaces).toBe(old.id);
      });

      test('leaves the old one its overlap and never a longer life', async () => {
        const acme = await tenants.ensureTenant('acme');
        const soon = new Date(Date.now() + 60_000).toISOString();
        const old = await tenants.createKey(acme.id, { ...key, expiresAt: soon });
        const fresh = await tenants.rotateKey(acme.id, old.id, 3_600);
        expect(await callerOf(old)).toMatchObject({ expiresAt: soon });
        expect(await tenants.authenticate(fresh?.secret.reveal() ?? '')).toMatchObject({ expiresAt: soon });
      });

      test('is shown only to who holds it, or may do all that it may', async () => {
        const acme = await tenants.ensureTenant('acme');
        const admin = await callerOf(await tenants.createKey(acme.id, { name: 'x', role: 'admin', expiresAt: null }));
        const agent = await tenants.createKey(acme.id, { name: 'x', role: 'dsr_agent', expiresAt: null });
        const ingest = await tenants.createKey(acme.id, { name: 'x', role: 'ingest', expiresAt: null });
        await expect(tenants.rotateKey(acme.id, agent.id, 0, admin)).rejects.toMatchObject({ code: 'forbidden' });
        expect((await callerOf(agent)).keyId).toBe(agent.id);
        expect(await tenants.rotateKey(acme.id, ingest.id, 0, admin)).not.toBeNull();
      });

      test('is nothing that another tenant could make', async () => {
        const acme = await tenants.ensureTenant('acme');
        const rival = await tenants.ensureTenant('rival');
        const { id, secret } = await tenants.createKey(acme.id, key);
        expect(await tenants.rotateKey(rival.id, id, 0)).toBeNull();
        expect(await tenants.authenticate(secret.reveal())).not.toBeNull();
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
      expect(JSON.stringify(listed)).not.toContain(secret.reveal().slice(`vst_${id}_`.length));
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

    test('making, rotating and revoking a key are audit entries', async () => {
      const tenant = await tenants.ensureTenant('audited-keys');
      const boss = await callerOf(await tenants.createKey(tenant.id, { ...owner, person: 'boss' }));
      const { id } = await tenants.createKey(tenant.id, key, boss);
      const rotated = await tenants.rotateKey(tenant.id, id, 0, boss);
      await tenants.revokeKey(tenant.id, rotated?.id ?? '', `key:${boss.keyId}`);
      const entries = await stores.audit.entries(tenant.id, { afterIndex: -1, limit: 10 });
      expect(entries.map(({ type, actor, object }) => [type, actor, object.id])).toEqual([
        ['api_key.created', 'system:setup', boss.keyId],
        ['api_key.created', `key:${boss.keyId}`, id],
        ['api_key.rotated', `key:${boss.keyId}`, rotated?.id],
        ['api_key.revoked', `key:${boss.keyId}`, rotated?.id],
      ]);
    });
  });
}
