import { randomBytes, randomUUID } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rowsOf, withTenant } from '../postgres.ts';
import type { ErasureWatchStore } from './erasure-watch-store.ts';
import { postgresAliasStore } from './postgres-alias-store.ts';
import { postgresErasureWatchStore } from './postgres-erasure-watch-store.ts';
import { postgresFindingStore } from './postgres-finding-store.ts';
import { postgresTenantStore } from './postgres-tenant-store.ts';

const DAY_MS = 86_400_000;
let postgres: Awaited<ReturnType<typeof openTestPostgres>>;
let watch: ErasureWatchStore;
let tenant: TenantId;
let rival: TenantId;
beforeAll(async () => {
  postgres = await openTestPostgres();
  watch = postgresErasureWatchStore(postgres.db);
});
afterAll(() => postgres?.close());
beforeEach(async () => {
  const tenants = postgresTenantStore(postgres.db);
  tenant = (await tenants.ensureTenant(`t-${randomUUID()}`)).id;
  rival = (await tenants.ensureTenant(`t-${randomUUID()}`)).id;
});

async function person(of = tenant): Promise<string> {
  const token = `ps1.k1.${randomBytes(16).toString('base64url')}`;
  const [subjectId = ''] = await postgresAliasStore(postgres.db).resolve(of, [{ token, atMs: Date.now() }]);
  return subjectId;
}
async function erased(subjectId: string, requestId: string = randomUUID()): Promise<string> {
  const aliases = postgresAliasStore(postgres.db);
  await aliases.suppress(tenant, [subjectId], Date.now(), requestId);
  await aliases.forget(tenant, [subjectId]);
  return requestId;
}
const stored = () =>
  withTenant(postgres.db, tenant, (tx) =>
    rowsOf<{ row: string }>(tx, sql`SELECT to_jsonb(p)::text AS row FROM erased_people p`),
  );

describe('who was erased', () => {
  test('is known by the id that was hers, with her request, and by no other tenant', async () => {
    const [her, him] = [await person(), await person()];
    const requestId = await erased(her);
    expect(await watch.erasedAmong(tenant, [him, her])).toMatchObject([{ subjectId: her, requestId }]);
    expect(await watch.erasedAmong(rival, [her])).toEqual([]);
    expect(await watch.erasuresSince(tenant, new Date(Date.now() - DAY_MS))).toBe(1);
    expect(await watch.erasuresSince(tenant, new Date(Date.now() + DAY_MS))).toBe(0);
  });

  test('is kept as something that does not show the id', async () => {
    const her = await person();
    await erased(her);
    const rows = await stored();
    expect(rows).toHaveLength(1);
    for (const { row } of rows) expect(row.replaceAll('-', '')).not.toContain(her.replaceAll('-', ''));
  });

  test('is nobody before the erasure has ended', async () => {
    const her = await person();
    await postgresAliasStore(postgres.db).suppress(tenant, [her], Date.now(), randomUUID());
    expect(await watch.erasedAmong(tenant, [her])).toEqual([]);
    expect(await watch.unknownAmong(tenant, [her])).toEqual([]);
  });

  test('is forgotten with the suppression entry, at the next erasure', async () => {
    const her = await person();
    await erased(her);
    await withTenant(postgres.db, tenant, (tx) =>
      tx.execute(sql`UPDATE erased_people SET expires_at = now() - interval '1 second' WHERE tenant = ${tenant}`),
    );
    await erased(await person());
    expect(await stored()).toHaveLength(1);
    expect(await watch.erasedAmong(tenant, [her])).toEqual([]);
    expect(await watch.unknownAmong(tenant, [her])).toEqual([her]);
  });

  test('is known until the last look that is promised, also where backups are kept for ten years', async () => {
    await withTenant(postgres.db, tenant, (tx) =>
      tx.execute(sql`
        INSERT INTO stores (tenant, id, title, backup_retention_days, identifier_types)
        VALUES (${tenant}, 'store:tape://vault', 'Tapes', 3650, '{}'), (${tenant}, 'store:disk://vault', 'Disks', 30, '{}')`),
    );
    const requestId = await erased(await person());
    const last = (await watch.rechecks(tenant, requestId)).at(-1);
    expect(last?.after).toBe('backup_horizon');
    for (const table of [sql`erased_people`, sql`suppression`]) {
      const [row] = await withTenant(postgres.db, tenant, (tx) =>
        rowsOf<{ until: number }>(
          tx,
          sql`SELECT (extract(epoch FROM min(expires_at)) * 1000)::float8 AS until FROM ${table} WHERE tenant = ${tenant}`,
        ),
      );
      expect(row?.until).toBeGreaterThan((last?.dueAt.getTime() ?? 0) + 30 * DAY_MS);
    }
  });

  test('is known no shorter for being erased again, when the longest backups are gone from the register', async () => {
    const run = (statement: ReturnType<typeof sql>) =>
      withTenant(postgres.db, tenant, (tx) => rowsOf<{ until: string }>(tx, statement));
    const until = async () =>
      (await run(sql`SELECT expires_at::text AS until FROM erased_people WHERE tenant = ${tenant}`))[0]?.until;
    await run(sql`
      INSERT INTO stores (tenant, id, title, backup_retention_days, identifier_types)
      VALUES (${tenant}, 'store:tape://vault', 'Tapes', 3650, '{}')`);
    const her = await person();
    await erased(her);
    const first = await until();
    await run(sql`DELETE FROM stores WHERE tenant = ${tenant}`);
    const requestId = await erased(her);
    expect(await watch.erasedAmong(tenant, [her])).toMatchObject([{ subjectId: her, requestId }]);
    expect(await until()).toBe(first);
  });

  test('may be ten thousand people at once', async () => {
    const many = Array.from({ length: 10_000 }, () => randomUUID());
    await postgresAliasStore(postgres.db).suppress(tenant, many, Date.now(), randomUUID());
    await postgresAliasStore(postgres.db).forget(tenant, many);
    expect(await watch.erasedAmong(tenant, many)).toHaveLength(many.length);
  });
});

describe('a scan', () => {
  const now = new Date();
  const take = (at: Date) => watch.takeScan(tenant, { now: at, everyMs: DAY_MS });

  test('is one at a time, and one that is behind another process changes nothing', async () => {
    const [one, other] = await Promise.all([take(now), take(now)]);
    const scan = one ?? other;
    if (scan === null) throw new Error('a scan was due');
    await watch.noteScan(tenant, { ...scan, table: 'touches', position: randomUUID(), seen: 20 });
    await watch.noteScan(tenant, { ...scan, table: 'touches', position: null, seen: 10 });
    expect(await take(now)).toMatchObject({ id: scan.id, seen: 20 });
    await watch.endScan(tenant, { ...scan, seen: 30 }, now);
    await watch.endScan(tenant, { ...scan, seen: 5 }, now);
    expect(await watch.scans(tenant, 5)).toMatchObject([{ seen: 30, finishedAt: now }]);
    expect(await take(now)).toBeNull();
  });

  test('keeps what either of two processes has found, also when the slower one finds nobody any more', async () => {
    const scan = await take(now);
    if (scan === null) throw new Error('a scan was due');
    const [one, other] = [randomUUID(), randomUUID()];
    const page = { ...scan, table: 'touches', position: randomUUID(), seen: 20 };
    expect(await watch.noteScan(tenant, { ...page, resurfaced: { [one]: 3 }, unknown: 2 })).toEqual({ [one]: 3 });
    expect(await watch.noteScan(tenant, page)).toEqual({ [one]: 3 });
    expect(await watch.noteScan(tenant, { ...page, seen: 10, resurfaced: { [other]: 1 } })).toEqual({
      [one]: 3,
      [other]: 1,
    });
    expect(await take(now)).toMatchObject({ seen: 20, unknown: 2 });
    await watch.endScan(tenant, page, now);
    expect(await watch.scans(tenant, 5)).toMatchObject([{ resurfaced: { [one]: 3, [other]: 1 }, unknown: 2 }]);
    const told = await postgresFindingStore(postgres.db).findings(tenant, { after: null, limit: 10 });
    expect(told.map(({ type, details }) => [type, details['requestId'] ?? details['people']]).sort()).toEqual(
      [
        ['erasure.resurfaced', one],
        ['erasure.resurfaced', other],
        ['erasure.unknown_people', 2],
      ].sort(),
    );
  });

  test('keeps no id once it has ended', async () => {
    const scan = await take(now);
    if (scan === null) throw new Error('a scan was due');
    const position = randomUUID();
    await watch.noteScan(tenant, { ...scan, table: 'touches', position, seen: 1 });
    await watch.endScan(tenant, { ...scan, table: 'touches', position, seen: 1 }, now);
    const rows = await withTenant(postgres.db, tenant, (tx) =>
      rowsOf<{ row: string }>(tx, sql`SELECT to_jsonb(s)::text AS row FROM residue_scans s`),
    );
    expect(rows.map(({ row }) => row).join()).not.toContain(position);
  });

  test('that began before a look was due does not answer it', async () => {
    const requestId = await erased(await person());
    const early = await take(now);
    if (early === null) throw new Error('a scan was due');
    await watch.endScan(tenant, early, new Date(now.getTime() + 2 * DAY_MS));
    expect((await watch.rechecks(tenant, requestId)).map(({ checkedAt }) => checkedAt)).toEqual([null, null, null]);
  });
});
