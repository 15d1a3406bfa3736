import { inspect } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import type { TenantId } from '@vestige/core/ids';
import { Secret } from '@vestige/core/secret';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresTenantStore } from './control/postgres-tenant-store.ts';
import { type Database, openDatabase, pingDatabase, withTenant } from './postgres.ts';
import { internalHosts } from './tables/registry.ts';

describe('the database', () => {
  let db: Database;
  let close: () => Promise<void>;
  let acme: TenantId;
  beforeAll(async () => {
    ({ db, close } = await openTestPostgres());
    acme = (await postgresTenantStore(db).ensureTenant('acme')).id;
  });
  afterAll(() => close());

  const insert = (host: string) =>
    withTenant(db, acme, (tx) => tx.insert(internalHosts).values({ tenant: acme, host }));

  test('the value behind a unique violation appears nowhere in the error', async () => {
    await insert('jane.example.com');
    const failure: unknown = await insert('jane.example.com').catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'conflict',
      facts: { sqlState: '23505', constraint: 'internal_hosts_pkey' },
    });
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain('jane');
    expect((failure as Error).cause).toBeUndefined();
  });

  test('what a failed transaction wrote is not there', async () => {
    const broken = withTenant(db, acme, async (tx) => {
      await tx.insert(internalHosts).values({ tenant: acme, host: 'half.example.com' });
      throw new RangeError('a bug after the first write');
    });
    await expect(broken).rejects.toThrow(RangeError);
    const hosts = await withTenant(db, acme, (tx) => tx.select().from(internalHosts));
    expect(hosts.map(({ host }) => host)).not.toContain('half.example.com');
  });

  test('runs as the application role, without the right to pass the policies', async () => {
    await pingDatabase(db);
    const [row] = await withTenant(db, acme, (tx) =>
      tx.select({ user: sql<string>`current_user`, host: internalHosts.host }).from(internalHosts),
    );
    expect(row?.user).toBe('vestige_app');
  });
});

describe('opening', () => {
  test('a database without the application role is refused before any work', async () => {
    const client = await PGlite.create();
    await expect(openDatabase({ kind: 'pglite-client', client })).rejects.toMatchObject({ code: 'misconfigured' });
    expect(client.closed).toBe(true);
  });

  test('a server that is not there is unavailable, and the error does not hold the password', async () => {
    const url = new Secret('postgres://app:hunter2@127.0.0.1:1/vestige');
    const failure: unknown = await openDatabase({ kind: 'url', url }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'store_unavailable' });
    expect(inspect(failure, { depth: 9 })).not.toContain('hunter2');
  });
});
