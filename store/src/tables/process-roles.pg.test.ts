import { randomBytes } from 'node:crypto';
import { Secret } from '@vestige/core/secret';
import { testDatabaseUrl } from '@vestige/e2e/harness/config';
import { migratePostgres } from '@vestige/migrations/postgres';
import { type PostgresSession, postgresSession } from '@vestige/migrations/postgres-session';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DATABASE_ROLES, type Database, type DatabaseRole, openDatabase } from '../postgres.ts';
import { processRolesContract } from './testing/process-roles-contract.ts';

/**
 * As in production: a database whose owner is no superuser and ran the migrations, and one login for each process. That
 * the owner is bound by row security as well (FORCE) shows only here: the owner of an embedded engine is a superuser.
 */

const suffix = randomBytes(6).toString('hex');
const database = `vestige_roles_${suffix}`;
const password = randomBytes(12).toString('hex');
const loginOf = (who: string) => `${who}_${suffix}`;
const LOGINS = ['owner', ...Object.keys(DATABASE_ROLES)];

let superuser: PostgresSession;

function urlAs(login: string | null): Secret {
  const server = testDatabaseUrl();
  if (server === null) throw new Error('TEST_DATABASE_URL names no server');
  const url = new URL(server.reveal());
  if (login !== null) {
    url.username = loginOf(login);
    url.password = password;
    url.pathname = `/${database}`;
  }
  return new Secret(url.toString());
}

beforeAll(async () => {
  superuser = await postgresSession(urlAs(null));
  for (const login of LOGINS) await superuser.script(`CREATE ROLE ${loginOf(login)} LOGIN PASSWORD '${password}'`);
  await superuser.script(`ALTER ROLE ${loginOf('owner')} CREATEROLE`);
  // Roles belong to the whole server. Where another database made these first, its operator lets this owner hand them on.
  for (const role of [...Object.values(DATABASE_ROLES), 'vestige_directory']) {
    await superuser.script(
      `DO $$ BEGIN CREATE ROLE ${role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
    );
  }
  await superuser.script(`GRANT vestige_directory TO ${loginOf('owner')}`);
  await superuser.script(`CREATE DATABASE ${database} OWNER ${loginOf('owner')}`);
  const owner = await postgresSession(urlAs('owner'));
  await migratePostgres(owner).finally(() => owner.close());
  for (const [login, role] of Object.entries(DATABASE_ROLES)) {
    await superuser.script(`GRANT ${role} TO ${loginOf(login)}`);
  }
});
afterAll(async () => {
  await superuser.script(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  for (const login of LOGINS) await superuser.script(`DROP ROLE IF EXISTS ${loginOf(login)}`);
  await superuser.close();
});

processRolesContract('the roles of the processes, each with a login of its own', async () => {
  const opened: Database[] = [];
  return {
    as: async (role: DatabaseRole) => {
      const db = await openDatabase({ kind: 'url', url: urlAs(role), as: role });
      opened.push(db);
      return db;
    },
    close: async () => {
      await Promise.all(opened.map((db) => db.close()));
    },
  };
});

describe('a login', () => {
  test.each(['application', 'collector', 'verifier'] as const)('of the %s can be no other process', async (login) => {
    for (const as of Object.keys(DATABASE_ROLES) as DatabaseRole[]) {
      const opened = openDatabase({ kind: 'url', url: urlAs(login), as });
      if (as === login) await (await opened).close();
      else await expect(opened).rejects.toMatchObject({ code: 'misconfigured' });
    }
  });
});

describe('the owner of the tables', () => {
  let owner: PostgresSession;
  beforeAll(async () => {
    owner = await postgresSession(urlAs('owner'));
  });
  afterAll(() => owner.close());

  test('sees no row of any tenant in any table, although all are full', async () => {
    const tables = await owner.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
    );
    expect(tables.length).toBeGreaterThan(20);
    for (const { name } of tables) {
      const [row] = await owner.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${name}`);
      expect([name, row?.n]).toEqual([name, 0]);
    }
  });

  test('writes no row past the policies either', async () => {
    await expect(
      owner.query(`INSERT INTO internal_hosts (tenant, host) VALUES (1, 'smuggled.example.com')`),
    ).rejects.toMatchObject({ code: '42501' });
  });
});
