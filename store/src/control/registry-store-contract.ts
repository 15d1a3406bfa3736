import type { TenantId } from '@vestige/core/ids';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AuditDraft, AuditStore } from '../audit/audit-store.ts';
import type { Finding, FindingStore } from './finding-store.ts';
import type { Party, RegisteredStore, RegistryStore } from './registry-store.ts';
import type { TenantStore } from './tenant-store.ts';

const draft = (type: string): AuditDraft => ({ type, actor: 'key:test', object: { kind: 'registry', id: type } });

const crm: RegisteredStore = {
  id: 'store:sqlite:/data/crm.db/main.customers',
  title: 'CRM',
  partyId: null,
  connector: 'sqlite-crm',
  retentionDays: 365,
  backupRetentionDays: null,
  identifierTypes: ['email', 'customer_id'],
};
const mailer: Party = {
  id: 'mailer',
  legalName: 'Mailer Example Ltd',
  role: 'processor',
  country: 'US',
  transferMechanism: 'SCC',
  contact: null,
  hosts: ['mail.example.com'],
};

/** The promises of {@link RegistryStore} as tests; every implementation runs them. */
export function registryStoreContract(
  name: string,
  open: () => Promise<{
    tenants: TenantStore;
    registry: RegistryStore;
    findings: FindingStore;
    audit: AuditStore;
    close(): Promise<void>;
  }>,
): void {
  describe(name, () => {
    let stores: Awaited<ReturnType<typeof open>>;
    let registry: RegistryStore;
    let tenant: TenantId;
    let rival: TenantId;
    let serial = 0;
    beforeAll(async () => {
      stores = await open();
      registry = stores.registry;
      rival = (await stores.tenants.ensureTenant('rival')).id;
    });
    beforeEach(async () => {
      serial += 1;
      tenant = (await stores.tenants.ensureTenant(`acme-${serial}`)).id;
    });
    afterAll(() => stores.close());

    const auditTypes = async () =>
      (await stores.audit.entries(tenant, { afterIndex: -1, limit: 100 })).map((entry) => entry.type);

    test('a store put twice is one store with the newer facts, and two audit entries', async () => {
      await registry.putStore(tenant, crm, draft('store.registered'));
      const changed = { ...crm, title: 'Customer data', retentionDays: null, identifierTypes: [] };
      expect(await registry.putStore(tenant, changed, draft('store.changed'))).toEqual(changed);
      expect(await registry.stores(tenant)).toEqual([changed]);
      expect(await auditTypes()).toEqual(['store.registered', 'store.changed']);
    });

    test('a store of one tenant is seen and removed by that tenant only', async () => {
      await registry.putStore(tenant, crm, draft('store.registered'));
      expect(await registry.stores(rival)).toEqual([]);
      expect(await registry.removeStore(rival, crm.id, draft('store.removed'))).toBe(false);
      expect(await registry.removeStore(tenant, crm.id, draft('store.removed'))).toBe(true);
      expect(await registry.removeStore(tenant, crm.id, draft('store.removed'))).toBe(false);
      expect(await registry.stores(tenant)).toEqual([]);
      expect(await auditTypes()).toEqual(['store.registered', 'store.removed']);
    });

    test('a store of a party that is not registered is refused, without an audit entry', async () => {
      const put = registry.putStore(tenant, { ...crm, partyId: 'nobody' }, draft('store.registered'));
      await expect(put).rejects.toMatchObject({ code: 'conflict' });
      expect(await auditTypes()).toEqual([]);
    });

    test('what cannot be audited does not happen', async () => {
      const unwritable = { ...draft('store.registered'), payload: { note: 'x'.repeat(40_000) } };
      await expect(registry.putStore(tenant, crm, unwritable)).rejects.toMatchObject({ code: 'bad_request' });
      await expect(registry.putParty(tenant, mailer, unwritable)).rejects.toMatchObject({ code: 'bad_request' });
      await expect(registry.putInternalHosts(tenant, ['a.example.com'], unwritable)).rejects.toMatchObject({});
      expect([await registry.stores(tenant), await registry.parties(tenant)]).toEqual([[], []]);
      expect(await registry.internalHosts(tenant)).toEqual([]);
    });

    test('a party is put, listed and removed, but not while a store names it', async () => {
      await registry.putParty(tenant, mailer, draft('party.registered'));
      await registry.putStore(tenant, { ...crm, partyId: mailer.id }, draft('store.registered'));
      expect(await registry.parties(tenant)).toEqual([mailer]);
      await expect(registry.removeParty(tenant, mailer.id, draft('party.removed'))).rejects.toMatchObject({
        code: 'conflict',
      });
      await registry.removeStore(tenant, crm.id, draft('store.removed'));
      expect(await registry.removeParty(tenant, mailer.id, draft('party.removed'))).toBe(true);
      expect(await registry.removeParty(tenant, mailer.id, draft('party.removed'))).toBe(false);
    });

    test('what is declared is told together as it is told one by one, of one tenant', async () => {
      await registry.putParty(tenant, mailer, draft('party.registered'));
      await registry.putStore(tenant, { ...crm, partyId: mailer.id }, draft('store.registered'));
      await registry.putNodeAlias(tenant, 'store:postgres://10.0.0.7:5432/*', 'store:postgres://db:5432/*', draft('a'));
      const [stores, parties, nodeAliases] = await Promise.all([
        registry.stores(tenant),
        registry.parties(tenant),
        registry.nodeAliases(tenant),
      ]);
      expect([stores.length, parties.length, nodeAliases.length]).toEqual([1, 1, 1]);
      expect(await registry.declared(tenant)).toEqual({ stores, parties, nodeAliases });
      expect(await registry.declared(rival)).toEqual({ stores: [], parties: [], nodeAliases: [] });
    });

    test('an alias of a node has one canonical name, the newest', async () => {
      await registry.putNodeAlias(tenant, 'store:postgres://10.0.0.7:5432/*', 'store:postgres://db:5432/*', draft('a'));
      await registry.putNodeAlias(tenant, 'store:postgres://10.0.0.7:5432/*', 'store:postgres://pg:5432/*', draft('b'));
      expect(await registry.nodeAliases(tenant)).toEqual([
        { alias: 'store:postgres://10.0.0.7:5432/*', canonical: 'store:postgres://pg:5432/*' },
      ]);
      expect(await registry.nodeAliases(rival)).toEqual([]);
    });

    test('an alias that is taken away is gone for its tenant alone, once', async () => {
      const [alias, canonical] = ['store:postgres://10.0.0.7:5432/*', 'store:postgres://db:5432/*'];
      await registry.putNodeAlias(tenant, alias, canonical, draft('put'));
      await registry.putNodeAlias(rival, alias, canonical, draft('put'));
      expect(await registry.removeNodeAlias(tenant, alias, draft('removed'))).toBe(true);
      expect(await registry.removeNodeAlias(tenant, alias, draft('removed'))).toBe(false);
      expect(await registry.nodeAliases(tenant)).toEqual([]);
      expect(await registry.nodeAliases(rival)).toEqual([{ alias, canonical }]);
      expect(await auditTypes()).toEqual(['put', 'removed']);
      await registry.removeNodeAlias(rival, alias, draft('removed'));
    });

    describe('what was written under a name of an older version', () => {
      const [old, present] = ['store:snowflake://ACME-PROD/D.S.T', 'store:snowflake://acme-prod/D.S.T'];
      const [oldTable, table] = ['store:snowflake://ACME-PROD/d.s.u', 'store:snowflake://acme-prod/D.S.U'];
      const hive = 'store:hive://meta:9083/d.u';

      test('is read under the name of today', async () => {
        await registry.putStore(tenant, { ...crm, id: old }, draft('put'));
        await registry.putParty(tenant, { ...mailer, hosts: [old, 'example.com'] }, draft('put'));
        await registry.putNodeAlias(tenant, hive, oldTable, draft('put'));
        const declared = {
          stores: [{ ...crm, id: present }],
          parties: [{ ...mailer, hosts: [present, 'example.com'] }],
          nodeAliases: [{ alias: hive, canonical: table }],
        };
        expect(await registry.declared(tenant)).toEqual(declared);
        expect(await registry.stores(tenant)).toEqual(declared.stores);
        expect(await registry.parties(tenant)).toEqual(declared.parties);
        expect(await registry.nodeAliases(tenant)).toEqual(declared.nodeAliases);
      });

      test('is replaced and removed by it, and nothing comes forth from under it', async () => {
        const changed = { ...crm, id: present, title: 'Customer data' };
        await registry.putStore(tenant, { ...crm, id: old }, draft('put'));
        await registry.putStore(tenant, changed, draft('put'));
        expect(await registry.stores(tenant)).toEqual([changed]);
        expect(await registry.removeStore(tenant, present, draft('removed'))).toBe(true);
        expect(await registry.stores(tenant)).toEqual([]);

        await registry.putNodeAlias(tenant, oldTable, hive, draft('put'));
        await registry.putNodeAlias(tenant, table, 'store:s3://lake/u', draft('put'));
        expect(await registry.nodeAliases(tenant)).toEqual([{ alias: table, canonical: 'store:s3://lake/u' }]);
        expect(await registry.removeNodeAlias(tenant, table, draft('removed'))).toBe(true);
        expect(await registry.nodeAliases(tenant)).toEqual([]);
      });

      test('is what a machine means that tells the name of today', async () => {
        await registry.putNodeAlias(tenant, hive, oldTable, draft('put'));
        await registry.learnNodeAliases(tenant, [{ alias: hive, canonical: table }], draft('learned'));
        expect(await stores.findings.findings(tenant, { after: null, limit: 10 })).toEqual([]);
        expect(await auditTypes()).toEqual(['put']);
      });
    });

    describe('names that machines tell', () => {
      const [lake, hive, other] = ['store:s3://lake/users', 'store:hive://meta:9083/db.users', 'store:s3://lake/other'];
      const found = (of = tenant) => stores.findings.findings(of, { after: null, limit: 10 });

      test('are learned once, each with an audit entry', async () => {
        await registry.learnNodeAliases(tenant, [{ alias: hive, canonical: lake }], draft('learned'));
        await registry.learnNodeAliases(tenant, [{ alias: hive, canonical: lake }], draft('learned'));
        expect(await registry.nodeAliases(tenant)).toEqual([{ alias: hive, canonical: lake }]);
        expect(await auditTypes()).toEqual(['learned']);
        expect(await found()).toEqual([]);
      });

      test('never overwrite what stands: a contradiction is a finding, counted when it is told again', async () => {
        await registry.putNodeAlias(tenant, hive, other, draft('put'));
        for (let i = 0; i < 3; i += 1) {
          await registry.learnNodeAliases(tenant, [{ alias: hive, canonical: lake }], draft('learned'));
        }
        expect(await registry.nodeAliases(tenant)).toEqual([{ alias: hive, canonical: other }]);
        expect(await found()).toMatchObject([
          {
            type: 'node_alias.conflict',
            times: 3,
            details: { alias: hive, claimedAs: lake, standsFor: other, why: 'other_name' },
          },
        ]);
        expect(await found(rival)).toEqual([]);
        expect(await auditTypes()).toEqual(['put']);
      });

      test('mean one thing, whichever of several collectors hears of them first', async () => {
        const claims = [lake, other, lake, other].map((canonical) =>
          registry.learnNodeAliases(tenant, [{ alias: hive, canonical }], draft('learned')),
        );
        await Promise.all(claims);
        expect(await registry.nodeAliases(tenant)).toHaveLength(1);
        expect(await found()).toMatchObject([{ times: 2 }]);
      });

      test('are a finding until somebody settles it, and again when they are told again', async () => {
        const settle = (of = tenant, id = '') =>
          stores.findings.settle(of, id, 'the lake was renamed', { type: 'finding.settled', actor: 'key:test' });
        await registry.putNodeAlias(tenant, hive, other, draft('put'));
        const tell = () => registry.learnNodeAliases(tenant, [{ alias: hive, canonical: lake }], draft('learned'));
        await tell();
        const [{ id } = { id: '' }] = await found();
        await expect(settle(rival, id)).rejects.toMatchObject({ code: 'not_found' });
        expect(await settle(tenant, id)).toMatchObject({
          id,
          settled: { by: 'key:test', why: 'the lake was renamed' },
        });
        await expect(settle(tenant, id)).rejects.toMatchObject({ code: 'conflict' });
        expect(await found()).toEqual([]);
        expect(await stores.findings.findings(tenant, { settled: true, after: null, limit: 10 })).toHaveLength(1);
        await tell();
        expect(await found()).toMatchObject([{ id, times: 2, settled: null }]);
        expect(await auditTypes()).toEqual(['put', 'finding.settled']);
      });

      test('come page by page as findings', async () => {
        await registry.putNodeAlias(tenant, hive, other, draft('put'));
        for (let i = 0; i < 5; i += 1) {
          await registry.learnNodeAliases(tenant, [{ alias: hive, canonical: `${lake}${i}` }], draft('learned'));
        }
        const seen: string[] = [];
        for (let after: Finding | null = null; ; ) {
          const page: Finding[] = await stores.findings.findings(tenant, { after, limit: 2 });
          seen.push(...page.map(({ id }) => id));
          after = page.at(-1) ?? null;
          if (after === null) break;
        }
        expect(new Set(seen).size).toBe(5);
        expect(seen).toHaveLength(5);
        expect(await stores.findings.findings(tenant, { type: 'other', after: null, limit: 2 })).toEqual([]);
      });
    });

    test('the list of internal hosts is replaced as a whole', async () => {
      await registry.putInternalHosts(tenant, ['*.example.com', 'api.example.org', '*.example.com'], draft('h'));
      expect(await registry.internalHosts(tenant)).toEqual(['*.example.com', 'api.example.org']);
      await registry.putInternalHosts(tenant, ['api.example.net'], draft('h'));
      expect(await registry.internalHosts(tenant)).toEqual(['api.example.net']);
      await registry.putInternalHosts(tenant, [], draft('h'));
      expect(await registry.internalHosts(tenant)).toEqual([]);
      expect(await auditTypes()).toEqual(['h', 'h', 'h']);
    });
  });
}
