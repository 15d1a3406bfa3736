import { randomBytes, randomUUID } from 'node:crypto';
import { openTestPostgres, type TestPostgres } from '@vestige/e2e/harness/engines';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { rowsOf, withTenant } from '../postgres.ts';
import { WATCHED_TABLES } from './postgres-ages.ts';
import { postgresRetentionStore } from './postgres-retention-store.ts';
import { UNWATCHED_TABLES } from './unwatched-tables.ts';

let postgres: TestPostgres;
let tenant: Awaited<ReturnType<ReturnType<typeof postgresTenantStore>['ensureTenant']>>['id'];
beforeAll(async () => {
  postgres = await openTestPostgres();
  tenant = (await postgresTenantStore(postgres.db).ensureTenant('acme')).id;
});
afterAll(() => postgres?.close());

describe('every table of the control database', () => {
  test('is watched, or stands on the list of those that need not be, with a reason; none stands on both', async () => {
    const tables = await withTenant(postgres.db, tenant, (tx) =>
      rowsOf<{ name: string }>(
        tx,
        sql`SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')`,
      ),
    );
    const listed = [...WATCHED_TABLES, ...Object.keys(UNWATCHED_TABLES)];
    expect(listed.toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
    expect(Object.values(UNWATCHED_TABLES).filter((reason) => reason.length < 6)).toEqual([]);
  });

  test('whose rows say when they end is watched; of keys of staff and machines the row stays, because the log names it', async () => {
    const ending = await withTenant(postgres.db, tenant, (tx) =>
      rowsOf<{ name: string }>(
        tx,
        sql`SELECT DISTINCT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'expires_at'`,
      ),
    );
    expect(ending.length).toBeGreaterThan(3);
    expect(ending.map(({ name }) => name).filter((name) => !WATCHED_TABLES.includes(name))).toEqual(['api_keys']);
  });
});

test('an empty table holds nothing that is old, and nothing from today either', async () => {
  const empty = (await postgresTenantStore(postgres.db).ensureTenant('empty')).id;
  const readings = await postgresRetentionStore(postgres.db).readings(empty);
  const inPostgres = readings.filter(({ place }) => place.startsWith('postgres.'));
  expect(inPostgres).toHaveLength(WATCHED_TABLES.length);
  expect(inPostgres.filter(({ oldest }) => oldest !== null)).toEqual([]);
});

describe('what should have gone with its request', () => {
  const DAYS_PAST = 40;
  /** A request that ended so many days ago, and one that goes on. */
  async function request(endedDaysAgo: number | null): Promise<string> {
    const id = randomUUID();
    await put(sql`
      INSERT INTO requests (tenant, id, version, type, regime, state, filed_by, filed_at, received_at, clock, due_on,
        subject_ids, selector_count, purposes, work_after, ended_at)
      VALUES (${tenant}, ${id}, 1, 'erasure', 'gdpr', ${endedDaysAgo === null ? 'executing' : 'completed'}, 'key:a',
        now() - interval '90 days', now() - interval '90 days', '{}', current_date, '{}', 1, '{}', now(),
        ${endedDaysAgo === null ? null : sql`now() - make_interval(days => ${endedDaysAgo}::int)`})`);
    return id;
  }
  const put = (statement: ReturnType<typeof sql>) =>
    withTenant(postgres.db, tenant, (tx) => tx.execute(statement).then(() => {}));
  const overdue = async (table: string) =>
    (await postgresRetentionStore(postgres.db).readings(tenant)).find(({ place }) => place === `postgres.${table}`)
      ?.overdue;
  const sealed = randomBytes(32);
  const key = (id: string, purpose: string) =>
    put(
      sql`INSERT INTO request_keys (tenant, request_id, purpose, key) VALUES (${tenant}, ${id}, ${purpose}, ${sealed})`,
    );
  const copy = (id: string, daysLeft: number, packageId: string | null) =>
    put(sql`
      INSERT INTO packages (tenant, request_id, plan_version, sha256, complete, byte_count, sealed_at, expires_at, downloads, package_id)
      VALUES (${tenant}, ${id}, 1, ${`sha256:${'0'.repeat(64)}`}, true, 1, now() - interval '60 days',
        now() + make_interval(days => ${daysLeft}::int), 0, ${packageId})`);
  const chunk = (id: string, packageId: string) =>
    put(sql`
      INSERT INTO package_chunks (tenant, request_id, package_id, ordinal, sealed)
      VALUES (${tenant}, ${id}, ${packageId}, 0, ${sealed})`);

  test('is told of keys by what each of them opens, while those of work that goes on are in order', async () => {
    for (const endedDaysAgo of [null, 1]) {
      const running = await request(endedDaysAgo);
      for (const purpose of ['selectors', 'identity', 'handover']) await key(running, purpose);
    }
    expect(await overdue('request_keys')).toBe(0);
    const [long, lately] = [await request(DAYS_PAST), await request(20)];
    for (const id of [long, lately]) for (const purpose of ['selectors', 'handover']) await key(id, purpose);
    // A certificate is opened for as long as a copy can be fetched: 30 days where the policy says nothing.
    expect(await overdue('request_keys')).toBe(3);
    await key(await request(DAYS_PAST), 'package');
    const living = await request(DAYS_PAST);
    await copy(living, 5, randomUUID());
    await key(living, 'package');
    expect(await overdue('request_keys')).toBe(4);
  });

  test('is told of identifiers and of what opens a certificate', async () => {
    const row = (id: string, kind: string) =>
      put(sql`
        INSERT INTO request_identifiers (tenant, request_id, kind, ordinal, sealed)
        VALUES (${tenant}, ${id}, ${kind}, 0, ${sealed})`);
    for (const id of [await request(null), await request(20), await request(DAYS_PAST)]) {
      await row(id, 'handover');
      await row(id, 'identifier');
    }
    expect(await overdue('request_identifiers')).toBe(3);
  });

  test('is told of record refs', async () => {
    for (const id of [await request(null), await request(DAYS_PAST)]) {
      await put(
        sql`INSERT INTO plan_records (tenant, request_id, node, refs) VALUES (${tenant}, ${id}, 'store:a', '{}')`,
      );
    }
    expect(await overdue('plan_records')).toBe(1);
  });

  test('is told of pieces and links of a copy that is over or never came to be, not of one that is being sealed', async () => {
    const [sealing, over, living, orphaned] = [
      await request(null),
      await request(DAYS_PAST),
      await request(DAYS_PAST),
      await request(DAYS_PAST),
    ];
    const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
    await chunk(sealing, first);
    await copy(living, 5, second);
    await chunk(living, second);
    expect(await overdue('package_chunks')).toBe(0);
    await copy(over, -5, third);
    await chunk(over, third);
    await chunk(orphaned, randomUUID());
    await chunk(living, randomUUID());
    expect(await overdue('package_chunks')).toBe(3);
    for (const id of [living, over]) {
      await put(sql`
        INSERT INTO package_links (tenant, request_id, id, token_hash, code_hash, downloads_max, expires_at)
        VALUES (${tenant}, ${id}, ${randomUUID()}, ${randomBytes(32)}, ${randomBytes(32)}, 3, now() - interval '10 days')`);
    }
    expect(await overdue('package_links')).toBe(1);
  });
});
