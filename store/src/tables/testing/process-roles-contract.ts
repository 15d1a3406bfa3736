import { subjectToken, type TenantKey } from '@vestige/core/identity/token';
import type { TenantId } from '@vestige/core/ids';
import { Secret } from '@vestige/core/secret';
import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresAuditStore } from '../../audit/postgres-audit-store.ts';
import type { AliasStore } from '../../control/alias-store.ts';
import { postgresAliasStore } from '../../control/postgres-alias-store.ts';
import { postgresFindingStore } from '../../control/postgres-finding-store.ts';
import { postgresRegistryStore } from '../../control/postgres-registry-store.ts';
import { postgresTenantStore } from '../../control/postgres-tenant-store.ts';
import type { TenantStore } from '../../control/tenant-store.ts';
import { type Database, type DatabaseRole, rowsOf, withTenant } from '../../postgres.ts';
import { postgresRequestStore } from '../../requests/postgres-request-store.ts';

const INSUFFICIENT_PRIVILEGE = { facts: { sqlState: '42501' } };
const KEY = new Secret(new Uint8Array(32).fill(7));

/**
 * What each process can do in the control database, tried as the role it runs as: all that it needs, and nothing that its
 * role must not.
 *
 * @param open the same migrated database as that role; each is closed by `close`
 */
export function processRolesContract(
  name: string,
  open: () => Promise<{ as(role: DatabaseRole): Promise<Database>; close(): Promise<void> }>,
): void {
  describe(name, () => {
    let server: Awaited<ReturnType<typeof open>>;
    let acme: TenantId;
    let rival: TenantId;
    let bearer: string;
    let setId: string;
    const key: TenantKey = { tenant: 'acme', kid: 'k1', key: KEY };
    const token = subjectToken(key, 'email', 'nora.quist@example.com');
    const rivalToken = subjectToken({ ...key, tenant: 'rival' }, 'email', 'nora.quist@example.com');
    const audit = { type: 'test', actor: 'system:test', object: { kind: 'test', id: '1' } };

    beforeAll(async () => {
      server = await open();
      const db = await server.as('application');
      const tenants = postgresTenantStore(db);
      acme = (await tenants.ensureTenant('acme')).id;
      rival = (await tenants.ensureTenant('rival')).id;
      bearer = (await tenants.createKey(acme, { name: 'k', role: 'ingest', expiresAt: null })).secret.reveal();
      await tenants.setQuota(acme, { spansPerS: 5, bytesPerS: null });
      const aliases = postgresAliasStore(db);
      setId = (await aliases.createSet(acme, [token])).id;
      await aliases.resolve(rival, [{ token: rivalToken, atMs: 1 }]);
      const registry = postgresRegistryStore(db);
      await registry.putInternalHosts(acme, ['acme.internal'], audit);
      await postgresRequestStore(db).file(
        acme,
        {
          type: 'access',
          regime: 'gdpr',
          receivedAt: new Date(0),
          ground: null,
          identifiers: [{ type: 'email', value: 'nora.quist@example.com' }],
          tokens: [],
          subjectIds: [],
        },
        { actor: 'key:filer', now: new Date(1) },
      );
      // Gives the entries their index.
      expect((await postgresAuditStore(db).entries(acme, { afterIndex: -1, limit: 1_000 })).length).toBeGreaterThan(3);
    });
    afterAll(() => server.close());

    const attempt = (db: Database, statement: SQL, tenant = acme) =>
      withTenant(db, tenant, (tx) => tx.execute(statement));
    const count = async (db: Database, table: string, tenant: TenantId | null) => {
      const statement = sql`SELECT count(*)::int AS n FROM ${sql.identifier(table)}`;
      const rows =
        tenant === null
          ? await rowsOf<{ n: number }>(db.orm, statement)
          : await withTenant(db, tenant, (tx) => rowsOf<{ n: number }>(tx, statement));
      return rows[0]?.n;
    };

    describe('the collector', () => {
      let db: Database;
      let aliases: AliasStore;
      let tenants: TenantStore;
      beforeAll(async () => {
        db = await server.as('collector');
        aliases = postgresAliasStore(db);
        tenants = postgresTenantStore(db);
      });

      test('lets applications in and knows their quotas', async () => {
        const caller = await tenants.authenticate(bearer);
        expect(caller).toMatchObject({ tenant: { id: acme, name: 'acme' }, role: 'ingest' });
        expect([...(await tenants.liveKeys([caller?.keyId ?? '']))]).toEqual([caller?.keyId]);
        expect(await tenants.tenant(acme)).toEqual({ id: acme, name: 'acme' });
        expect((await tenants.quotas()).get(acme)?.spansPerS).toBe(5);
      });

      test('gives tokens and sets their subjects, and tells the living from the dead', async () => {
        const [known] = await aliases.resolve(acme, [{ token, atMs: 1 }]);
        expect(known).toMatch(/^[0-9a-f-]{36}$/);
        expect(await aliases.resolve(acme, [{ token, atMs: 2 }])).toEqual([known]);
        expect(await aliases.subjectsOfSet(acme, setId, 3)).toEqual([known]);
        expect([...(await aliases.livingSubjects(acme, [known ?? '']))]).toEqual([known]);
        expect(await aliases.find(acme, [token])).toEqual([{ subjectId: known }]);
      });

      test('acknowledges suppression', async () => {
        expect(await aliases.suppressionVersion(acme)).toBe(0);
        await aliases.acknowledgeSuppression('collector-1', acme, 0);
        await aliases.acknowledgeSuppression('collector-1', acme, 0);
        expect(await aliases.acknowledgingTenants('collector-1')).toEqual([acme]);
      });

      test('learns names, which leaves an audit entry, and a finding where they contradict each other', async () => {
        const registry = postgresRegistryStore(db);
        expect(await registry.internalHosts(acme)).toEqual(['acme.internal']);
        const name = { alias: 'store:hive://a/db.people', canonical: 'store:s3://a/one' };
        await registry.learnNodeAliases(acme, [name], audit);
        const twice = { ...name, canonical: 'store:s3://a/two' };
        for (const _ of [1, 2]) await registry.learnNodeAliases(acme, [twice], audit);
        expect(await registry.nodeAliases(acme)).toEqual([name]);
        const found = await postgresFindingStore(db).findings(acme, { after: null, limit: 10 });
        expect(found.map(({ type, times }) => [type, times])).toEqual([['node_alias.conflict', 2]]);
      });

      test.each([
        ['requests', sql`SELECT FROM requests`],
        ['identifiers of a request', sql`SELECT FROM request_identifiers`],
        ['the keys they are sealed under', sql`SELECT FROM request_keys`],
        ['API keys', sql`SELECT FROM api_keys`],
        ['audit entries', sql`SELECT FROM audit_entry`],
        ['whom waiting entries are about', sql`SELECT subject_id FROM audit_payload`],
        ['packages', sql`SELECT FROM packages`],
        ['who was linked to whom', sql`SELECT FROM subject_links`],
      ])('cannot read %s', async (_what, statement) => {
        await expect(attempt(db, statement)).rejects.toMatchObject(INSUFFICIENT_PRIVILEGE);
      });

      test.each([
        ['take an alias away', sql`DELETE FROM aliases`],
        ['move an alias to another person', sql`UPDATE aliases SET subject_id = gen_random_uuid()`],
        ['lift a suppression', sql`DELETE FROM suppression`],
        ['make a tenant', sql`SELECT vestige_ensure_tenant('mallory')`],
        ['switch row security off', sql`ALTER TABLE aliases DISABLE ROW LEVEL SECURITY`],
        ['make a table', sql`CREATE TABLE loot (x text)`],
      ])('cannot %s', async (_what, statement) => {
        await expect(attempt(db, statement)).rejects.toMatchObject(INSUFFICIENT_PRIVILEGE);
      });

      test('sees people of the tenant it has named and of no other', async () => {
        expect([await count(db, 'aliases', acme), await count(db, 'aliases', rival)]).toEqual([1, 1]);
        expect(await count(db, 'aliases', null)).toBe(0);
        expect(await aliases.find(acme, [rivalToken])).toEqual([null]);
      });
    });

    describe('the verifier', () => {
      let db: Database;
      beforeAll(async () => {
        db = await server.as('verifier');
      });

      test('reads the log of the tenant it has named', async () => {
        expect(await count(db, 'audit_entry', acme)).toBeGreaterThan(3);
        expect(await count(db, 'audit_entry', null)).toBe(0);
        expect(await count(db, 'receipts', acme)).toBe(0);
      });

      test.each(['aliases', 'audit_payload', 'request_identifiers', 'request_keys', 'tenant_secrets', 'api_keys'])(
        'cannot read %s',
        async (table) => {
          await expect(count(db, table, acme)).rejects.toMatchObject(INSUFFICIENT_PRIVILEGE);
        },
      );

      test.each([
        sql`INSERT INTO audit_checkpoint (tenant, size, note) VALUES (1, 1, 'x')`,
        sql`DELETE FROM audit_entry`,
        sql`UPDATE receipts SET found = 0`,
      ])('writes nothing (%#)', async (statement) => {
        await expect(attempt(db, statement)).rejects.toMatchObject(INSUFFICIENT_PRIVILEGE);
      });
    });

    describe('the application', () => {
      let db: Database;
      beforeAll(async () => {
        db = await server.as('application');
      });

      test.each(['audit_entry', 'audit_node', 'audit_checkpoint', 'audit_anchor', 'audit_redaction', 'receipts'])(
        'can neither change, delete nor empty %s',
        async (table) => {
          const name = sql.identifier(table);
          for (const statement of [
            sql`UPDATE ${name} SET tenant = tenant`,
            sql`DELETE FROM ${name}`,
            sql`TRUNCATE ${name} CASCADE`,
          ]) {
            await expect(attempt(db, statement)).rejects.toMatchObject(INSUFFICIENT_PRIVILEGE);
          }
        },
      );

      test('cannot become a role that sees more', async () => {
        for (const role of ['vestige_directory', 'vestige_collector']) {
          const [row] = await rowsOf<{ may: boolean }>(
            db.orm,
            sql`SELECT pg_has_role('vestige_app', ${role}, 'MEMBER') AS may`,
          );
          expect([role, row?.may]).toEqual([role, false]);
        }
      });
    });
  });
}
