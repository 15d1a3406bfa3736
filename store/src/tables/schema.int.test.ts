import type { TenantId } from '@vestige/core/ids';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { is, sql } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertAudit } from '../audit/insert-audit.ts';
import { sequence } from '../audit/sequence.ts';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { type Database, rowsOf, withTenant } from '../postgres.ts';
import * as packageTables from '../requests/package-tables.ts';
import * as requestTables from '../requests/tables.ts';
import * as auditTables from './audit.ts';
import * as erasureWatchTables from './erasure-watch.ts';
import * as exposureTables from './exposures.ts';
import * as findingTables from './findings.ts';
import * as idempotencyTables from './idempotency.ts';
import * as registryTables from './registry.ts';
import * as retentionTables from './retention-proofs.ts';
import * as subjectKeyTables from './subject-key-ids.ts';
import * as subjectTables from './subjects.ts';
import * as tenantTables from './tenants.ts';

const TABLES = [
  auditTables,
  erasureWatchTables,
  exposureTables,
  findingTables,
  idempotencyTables,
  registryTables,
  packageTables,
  requestTables,
  retentionTables,
  subjectKeyTables,
  subjectTables,
  tenantTables,
]
  .flatMap((module) => Object.values(module))
  .filter((value) => is(value, PgTable));

describe('the migrated database', () => {
  let db: Database;
  let close: () => Promise<void>;
  let acme: TenantId;
  let rival: TenantId;
  beforeAll(async () => {
    ({ db, close } = await openTestPostgres());
    const tenants = postgresTenantStore(db);
    acme = (await tenants.ensureTenant('acme')).id;
    rival = (await tenants.ensureTenant('rival')).id;
    await tenants.createKey(acme, { name: 'k', scopes: ['admin'], expiresAt: null });
  });
  afterAll(() => close());

  test.each(TABLES.map((table) => [getTableConfig(table).name, table] as const))(
    '%s has the columns that the code believes in',
    async (name, table) => {
      const believed = getTableConfig(table).columns;
      const real = await rowsOf<{ name: string; type: string; notNull: boolean; hasDefault: boolean }>(
        db.orm,
        sql`SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS "notNull",
                   atthasdef OR attidentity <> '' AS "hasDefault"
            FROM pg_attribute WHERE attrelid = ${name}::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
      );
      // A later migration adds its columns at the end; the code writes them where they belong.
      const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
      expect(real.map(({ hasDefault: _, ...column }) => column).sort(byName)).toEqual(
        believed
          .map((column) => ({ name: column.name, type: column.getSQLType(), notNull: column.notNull }))
          .sort(byName),
      );
      const reliedOn = believed.filter((column) => column.hasDefault).map((column) => column.name);
      expect(real.filter((column) => column.hasDefault).map((column) => column.name)).toEqual(
        expect.arrayContaining(reliedOn),
      );
    },
  );

  test('every table enforces row-level security, also against its owner, who is not the application', async () => {
    const tables = await rowsOf<{ name: string; forced: boolean; owned: boolean; policies: number }>(
      db.orm,
      sql`SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
                 pg_get_userbyid(c.relowner) = 'vestige_app' AS owned,
                 (SELECT count(*)::int FROM pg_policy p
                  WHERE p.polrelid = c.oid AND pg_get_expr(p.polqual, p.polrelid) LIKE '%vestige_tenant()%') AS policies
          FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`,
    );
    expect(tables.length).toBeGreaterThanOrEqual(TABLES.length);
    expect(tables.filter((table) => !table.forced || table.owned || table.policies === 0)).toEqual([]);
  });

  test('without a tenant no row of any table is seen', async () => {
    for (const table of TABLES) {
      expect(await db.orm.select().from(table), getTableConfig(table).name).toEqual([]);
    }
  });

  test('a row of another tenant can neither be read nor written, whatever the statement says', async () => {
    const theirs = await withTenant(db, rival, (tx) => tx.select().from(tenantTables.apiKeys));
    expect(theirs).toEqual([]);
    const smuggle = withTenant(db, rival, (tx) =>
      tx.insert(registryTables.internalHosts).values({ tenant: acme, host: 'smuggled.example.com' }),
    );
    await expect(smuggle).rejects.toMatchObject({ code: 'misconfigured', facts: { sqlState: '42501' } });
  });

  test('the tenant of a transaction ends with it', async () => {
    await withTenant(db, acme, (tx) => tx.select().from(tenantTables.apiKeys));
    expect(await db.orm.select().from(tenantTables.apiKeys)).toEqual([]);
  });

  test('an audit entry can be changed neither by the application nor, by mistake, by its owner', async () => {
    const append = () =>
      withTenant(db, acme, (tx) =>
        insertAudit(tx, acme, { type: 'test', actor: 'system:test', object: { kind: 'test', id: '1' } }),
      );
    await append();
    await sequence(db, acme);
    const changes = [
      sql`UPDATE audit_entry SET entry = '\\x7b7d'`,
      sql`DELETE FROM audit_entry`,
      sql`TRUNCATE audit_entry CASCADE`,
      sql`UPDATE audit_node SET hash = hash`,
      sql`DELETE FROM audit_node`,
    ];
    for (const change of changes) {
      await expect(withTenant(db, acme, (tx) => tx.execute(change))).rejects.toMatchObject({
        facts: { sqlState: '42501' },
      });
      const asOwner = withTenant(db, acme, async (tx) => {
        await tx.execute(sql`SET LOCAL ROLE NONE`);
        await tx.execute(change);
      });
      await expect(asOwner).rejects.toMatchObject({ facts: { sqlState: '23001' } });
    }
  });

  test('the application is no member of the role that sees all tenants', async () => {
    const [row] = await rowsOf<{ member: boolean }>(
      db.orm,
      sql`SELECT pg_has_role('vestige_app', 'vestige_directory', 'MEMBER') AS member`,
    );
    expect(row?.member).toBe(false);
  });
});
