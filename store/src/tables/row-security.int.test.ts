import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, rowsOf } from '../postgres.ts';

/**
 * What the catalog of the migrated database says about who may do what. Every list here was reviewed: a new table, policy,
 * function or grant either follows the rule of migrations/postgres/0002-tenants.sql or is named below with a reason.
 */

/** Tables that hold nothing of a tenant. */
const WITHOUT_TENANT: Readonly<Record<string, string>> = {
  'vestige_schema.migrations': 'names of the migration files that were applied; no role of ours may read it',
};

/** What the role that knows no tenant sees, and nothing else: it owns functions, and nobody can log in as it. */
const DIRECTORY = {
  api_keys: 'SELECT',
  audit_pending: 'SELECT (tenant)',
  collectors: 'SELECT',
  tenant_quotas: 'SELECT',
  tenants: 'INSERT, SELECT',
} as const;

/** Functions that see more than their caller. Each asks for one thing and gives out numbers, names or one key. */
const DEFINER_FUNCTIONS = [
  'vestige_audit_waiting',
  'vestige_collector_tenants',
  'vestige_ensure_tenant',
  'vestige_key',
  'vestige_live_keys',
  'vestige_quotas',
  'vestige_tenants',
];

/** Kept as evidence: written once. Deleting is for what waits for its index, and for payloads, which can be erased. */
const EVIDENCE = /^(audit_|receipts$|certificates$|subject_link_events$|package_sign_offs$)/;
const EVIDENCE_DELETED_FROM = ['audit_payload', 'audit_pending'];

/** The collector and the verifier hold what is named here. The application holds what its tables' migrations give it. */
const COLLECTOR = {
  aliases: 'INSERT, SELECT, UPDATE (token)',
  audit_payload: 'INSERT, SELECT (id, tenant)',
  audit_pending: 'INSERT, SELECT (id, tenant)',
  collectors: 'INSERT, SELECT, UPDATE (seen_at, suppression_version)',
  findings: 'INSERT, SELECT, UPDATE (details, last_seen, times)',
  internal_hosts: 'SELECT',
  node_aliases: 'INSERT, SELECT',
  stores: 'SELECT',
  subject_set_members: 'SELECT',
  subject_sets: 'SELECT',
  subjects: 'INSERT, SELECT (id, left_at, tenant)',
  suppression: 'SELECT',
  suppression_versions: 'SELECT',
  tenant_secrets: 'INSERT, SELECT',
  tenants: 'SELECT',
} as const;
const VERIFIER = {
  audit_anchor: 'SELECT',
  audit_checkpoint: 'SELECT',
  audit_entry: 'SELECT',
  audit_node: 'SELECT',
  audit_redaction: 'SELECT',
  certificates: 'SELECT',
  receipts: 'SELECT',
} as const;

/** Unique over all tenants, because they name something before a tenant is known. */
const UNIQUE_OVER_TENANTS = ['api_keys (id)', 'tenants (id)', 'tenants (name)'];

const OURS = ['vestige_app', 'vestige_collector', 'vestige_verifier'];

let db: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await openTestPostgres());
});
afterAll(() => close());

const ask = <Row extends Record<string, unknown>>(statement: ReturnType<typeof sql>) => rowsOf<Row>(db.orm, statement);

const tables = () =>
  ask<{ name: string; tenant: boolean; forced: boolean; owner: string; schema: string }>(sql`
    SELECT c.relname AS name, n.nspname AS schema, c.relrowsecurity AND c.relforcerowsecurity AS forced,
      pg_get_userbyid(c.relowner) AS owner,
      c.relname = 'tenants' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant'
        AND NOT a.attisdropped AND a.attnotnull AND a.atttypid = 'integer'::regtype) AS tenant
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND n.nspname !~ '^pg_temp' ORDER BY 1`);

/** Privileges of one role as `table → SELECT, UPDATE (column)`. */
async function grantsOf(role: string): Promise<Record<string, string>> {
  const rows = await ask<{ table: string; privilege: string; columns: string | null }>(sql`
    SELECT c.relname AS "table", x.privilege_type AS privilege, NULL AS columns
    FROM pg_class c, aclexplode(c.relacl) x JOIN pg_roles r ON r.oid = x.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND r.rolname = ${role} AND x.privilege_type <> 'MAINTAIN'
    UNION ALL
    SELECT c.relname, x.privilege_type, string_agg(a.attname, ', ' ORDER BY a.attname)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) x JOIN pg_roles r ON r.oid = x.grantee
    WHERE c.relnamespace = 'public'::regnamespace AND r.rolname = ${role} GROUP BY 1, 2 ORDER BY 1, 2, 3`);
  const grants: Record<string, string> = {};
  for (const { table, privilege, columns } of rows) {
    const one = columns === null ? privilege : `${privilege} (${columns})`;
    grants[table] = grants[table] === undefined ? one : `${grants[table]}, ${one}`;
  }
  return grants;
}

describe('every table', () => {
  test('holds a tenant’s rows behind row-level security that also binds its owner, or is listed with a reason', async () => {
    const open: string[] = [];
    for (const { name, schema, tenant, forced } of await tables()) {
      if (tenant && forced) continue;
      const full = `${schema}.${name}`;
      if (!tenant && full in WITHOUT_TENANT) continue;
      open.push(
        tenant
          ? `${full}: add ENABLE and FORCE ROW LEVEL SECURITY and a policy, as in 0002-tenants.sql`
          : `${full}: add "tenant integer NOT NULL" and row security, or name it in WITHOUT_TENANT with the reason`,
      );
    }
    expect(open).toEqual([]);
  });

  test('has one policy for each role that may touch it, on the tenant of the transaction', async () => {
    const policies = await ask<{
      table: string;
      roles: string;
      qual: string | null;
      check: string | null;
      cmd: string;
    }>(
      sql`SELECT tablename AS "table", array_to_string(roles, ',') AS roles, qual, with_check AS "check", cmd
          FROM pg_policies WHERE schemaname = 'public'`,
    );
    const loose = policies.filter(({ table, roles, qual, check, cmd }) => {
      if (roles === 'vestige_directory') return !(table in DIRECTORY);
      const column = table === 'tenants' ? 'id' : 'tenant';
      const fence = `(${column} = vestige_tenant())`;
      const writes = cmd !== 'SELECT' && table !== 'tenants';
      return !OURS.includes(roles) || qual !== fence || (writes && check !== fence);
    });
    expect(loose).toEqual([]);
    const missing: string[] = [];
    for (const role of OURS) {
      for (const table of Object.keys(await grantsOf(role))) {
        const count = policies.filter((policy) => policy.table === table && policy.roles === role).length;
        if (count !== 1) missing.push(`${table} has ${count} policies for ${role}, which may touch it; it needs one`);
      }
    }
    expect(missing).toEqual([]);
  });

  test('begins its keys with the tenant, so that ids of two tenants never meet', async () => {
    const keys = await ask<{ table: string; columns: string; first: string }>(sql`
      SELECT c.relname AS "table", a.attname AS first,
        (SELECT string_agg(b.attname, ', ' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY k (num, n)
           JOIN pg_attribute b ON b.attrelid = c.oid AND b.attnum = k.num) AS columns
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
      WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace ORDER BY 1, 3`);
    const shared = keys.filter(({ first }) => first !== 'tenant').map(({ table, columns }) => `${table} (${columns})`);
    expect(shared).toEqual(UNIQUE_OVER_TENANTS);
  });

  test('refers to rows of its own tenant alone', async () => {
    const references = await ask<{ table: string; definition: string; columns: string; target: string }>(sql`
      SELECT c.relname AS "table", t.relname AS target, pg_get_constraintdef(k.oid) AS definition,
        (SELECT string_agg(a.attname, ',') FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS columns
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
      WHERE k.contype = 'f' AND c.relnamespace = 'public'::regnamespace`);
    expect(references.filter(({ columns }) => !columns.split(',').includes('tenant'))).toEqual([]);
  });
});

describe('evidence', () => {
  test('can be changed, taken away or emptied by no role of ours', async () => {
    const changed: string[] = [];
    for (const role of OURS) {
      for (const [table, privileges] of Object.entries(await grantsOf(role))) {
        const forbidden = privileges
          .split(/, (?![^(]*\))/)
          .filter((one) => /^(UPDATE|TRUNCATE|DELETE)/.test(one))
          .filter((one) => !(one === 'DELETE' && EVIDENCE_DELETED_FROM.includes(table)));
        if (EVIDENCE.test(table) && forbidden.length > 0) changed.push(`${role} may ${forbidden.join(', ')} ${table}`);
      }
    }
    expect(changed).toEqual([]);
    const names = (await tables()).map(({ name }) => name);
    expect(names.filter((name) => EVIDENCE.test(name)).length).toBeGreaterThanOrEqual(5);
  });

  test('no role of ours may empty a table, hang a trigger on one, or refer to one', async () => {
    for (const role of OURS) {
      const all = Object.entries(await grantsOf(role));
      expect(all.filter(([, privileges]) => /TRUNCATE|TRIGGER|REFERENCES/.test(privileges))).toEqual([]);
    }
  });
});

describe('the roles', () => {
  test('own no table, cannot log in, and can pass no policy', async () => {
    const roles = await ask<{ name: string; strong: boolean; owns: number }>(sql`
      SELECT rolname AS name, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolcanlogin AS strong,
        (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owns
      FROM pg_roles r WHERE rolname ~ '^vestige_(app|collector|verifier|directory)$' ORDER BY 1`);
    expect(roles).toEqual(
      ['vestige_app', 'vestige_collector', 'vestige_directory', 'vestige_verifier'].map((name) => ({
        name,
        strong: false,
        owns: 0,
      })),
    );
  });

  test('are members of nothing but, in the embedded engine, of what cleans up', async () => {
    const members = await ask<{ role: string }>(sql`
      SELECT pg_get_userbyid(roleid) AS role FROM pg_auth_members
      WHERE pg_get_userbyid(member) ~ '^vestige_(app|collector|verifier|directory)$'`);
    expect(members.filter(({ role }) => role !== 'pg_checkpoint')).toEqual([]);
  });

  test('of the collector, the verifier and the directory hold exactly what was reviewed', async () => {
    expect(await grantsOf('vestige_collector')).toEqual(COLLECTOR);
    expect(await grantsOf('vestige_verifier')).toEqual(VERIFIER);
    expect(await grantsOf('vestige_directory')).toEqual(DIRECTORY);
  });

  test('are given everything: PUBLIC holds nothing', async () => {
    const open = await ask(sql`
      SELECT c.relname FROM pg_class c, aclexplode(c.relacl) x
      WHERE x.grantee = 0 AND c.relnamespace IN ('public'::regnamespace, 'vestige_schema'::regnamespace)
      UNION ALL
      SELECT nspname FROM pg_namespace, aclexplode(nspacl) x
      WHERE x.grantee = 0 AND x.privilege_type = 'CREATE' AND nspname = 'public'`);
    expect(open).toEqual([]);
  });
});

describe('what sees past the policies', () => {
  test('is the reviewed functions, each with a fixed search path and for named roles only', async () => {
    const functions = await ask<{ name: string; owner: string; fixed: boolean; open: boolean }>(sql`
      SELECT p.proname AS name, pg_get_userbyid(p.proowner) AS owner,
        p.proconfig @> ARRAY['search_path=public, pg_temp'] AS fixed,
        p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) x WHERE x.grantee = 0) AS open
      FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace ORDER BY 1`);
    expect(functions.map(({ name }) => name)).toEqual(DEFINER_FUNCTIONS);
    expect(functions.filter(({ owner, fixed, open }) => owner !== 'vestige_directory' || !fixed || open)).toEqual([]);
  });

  test('is no view, which would read with the rights of its owner', async () => {
    const views = await ask(sql`
      SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace`);
    expect(views).toEqual([]);
  });
});
