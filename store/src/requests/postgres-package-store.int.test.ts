import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import type { TenantId } from '@vestige/core/ids';
import { openTestPostgres } from '@vestige/e2e/harness/engines';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresTenantStore } from '../control/postgres-tenant-store.ts';
import { type Database, rowsOf, withTenant } from '../postgres.ts';
import type { PackageStore } from './package-store.ts';
import { postgresPackageStore } from './postgres-package-store.ts';
import { postgresRequestStore } from './postgres-request-store.ts';

const start = new Date('2026-06-01T10:00:00.000Z');
const by = (actor = 'system:workflow', days = 0) => ({ actor, now: new Date(start.getTime() + days * 86_400_000) });
const PIECES = [randomBytes(900_000), randomBytes(900_000), randomBytes(10)];
const WHOLE = Buffer.concat(PIECES);
const sha256 = `sha256:${createHash('sha256').update(WHOLE).digest('hex')}`;

let db: Database;
let close: () => Promise<void>;
let tenant: TenantId;
let packages: PackageStore;
beforeAll(async () => {
  ({ db, close } = await openTestPostgres());
  tenant = (await postgresTenantStore(db).ensureTenant('acme')).id;
  packages = postgresPackageStore(db);
});
afterAll(() => close());

async function request(): Promise<string> {
  const given = {
    type: 'access' as const,
    regime: 'gdpr' as const,
    receivedAt: start,
    ground: null,
    identifiers: [{ type: 'email', value: 'jane.doe@example.com' }],
    tokens: [],
    subjectIds: [],
  };
  return (await postgresRequestStore(db).file(tenant, given, by('key:filer'))).id;
}
async function* content(failAfter = Number.POSITIVE_INFINITY): AsyncIterable<Uint8Array> {
  for (const [index, piece] of PIECES.entries()) {
    if (index >= failAfter) throw new Error('the process died');
    yield piece;
  }
}
const opened = async (id: string) => {
  const found = await packages.download(tenant, id, 'test', by('key:officer'));
  return found && buffer(found.content as AsyncIterable<Buffer>);
};
const chunksOf = (id: string) =>
  withTenant(db, tenant, async (tx) => {
    const rows = await rowsOf<{ n: number }>(
      tx,
      sql`SELECT count(*)::int AS n FROM package_chunks WHERE request_id = ${id}`,
    );
    return rows[0]?.n;
  });

describe('sealing', () => {
  test('gives back what was sealed, byte for byte, out of pieces that say nothing without the key', async () => {
    const id = await request();
    expect(await packages.seal(tenant, id, { content: content(), complete: true }, by())).toMatchObject({
      sha256,
      bytes: WHOLE.length,
      downloads: 0,
    });
    expect(await chunksOf(id)).toBe(2);
    expect((await opened(id))?.equals(WHOLE)).toBe(true);
    const stored = await withTenant(db, tenant, (tx) =>
      rowsOf<{ hex: string }>(tx, sql`SELECT encode(sealed, 'hex') AS hex FROM package_chunks`),
    );
    const rows = stored.map(({ hex }) => hex).join('');
    for (let at = 0; at < WHOLE.length - 16; at += 100_000) {
      expect(rows).not.toContain(WHOLE.subarray(at, at + 16).toString('hex'));
    }
  });

  test('that dies half way leaves no package, and the next attempt leaves nothing of the first', async () => {
    const id = await request();
    const dies = packages.seal(tenant, id, { content: content(2), complete: true }, by());
    await expect(dies).rejects.toThrow('the process died');
    expect(await packages.info(tenant, id)).toBeNull();
    expect(await chunksOf(id)).toBe(1);
    await packages.seal(tenant, id, { content: content(), complete: true }, by());
    expect(await chunksOf(id)).toBe(2);
    expect((await opened(id))?.equals(WHOLE)).toBe(true);
  });

  test('by several processes at once makes one package, whole', async () => {
    // Started together and one after the other: one closes while another begins to sweep what seems to be nobody's.
    for (const apartMs of [0, 5, 15, 30, 60]) {
      const id = await request();
      const all = await Promise.allSettled(
        Array.from({ length: 4 }, async (_, index) => {
          await setTimeout(index * apartMs);
          return packages.seal(tenant, id, { content: content(), complete: true }, by());
        }),
      );
      const losers = all.filter((each) => each.status === 'rejected');
      expect(losers.every(({ reason }) => reason.code === 'conflict')).toBe(true);
      expect(await chunksOf(id)).toBe(losers.length === all.length ? 0 : 2);
      // Whoever lost looks again: then there is one, or it makes it.
      const info = await packages.seal(tenant, id, { content: content(), complete: true }, by());
      expect(info.sha256).toBe(sha256);
      expect((await opened(id))?.equals(WHOLE)).toBe(true);
      expect(await chunksOf(id)).toBe(2);
    }
  });

  test('again of what is sealed reads nothing and changes nothing', async () => {
    const id = await request();
    const first = await packages.seal(tenant, id, { content: content(), complete: true }, by());
    expect(await packages.seal(tenant, id, { content: content(0), complete: false }, by('system:workflow', 1))).toEqual(
      first,
    );
  });
});

describe('a sealed package', () => {
  test('with a piece changed, swapped or gone does not open to its end', async () => {
    for (const change of [
      sql`UPDATE package_chunks SET sealed = set_byte(sealed, 20, (get_byte(sealed, 20) + 1) % 256)`,
      sql`UPDATE package_chunks SET ordinal = 1 - ordinal + 10`,
      sql`DELETE FROM package_chunks`,
    ]) {
      const id = await request();
      await packages.seal(tenant, id, { content: content(), complete: true }, by());
      // As whoever owns the tables could; the application itself may only add and remove pieces.
      await db.orm.transaction(async (tx) => {
        await tx.execute(sql`SET LOCAL ROLE NONE`);
        await tx.execute(sql`ALTER TABLE package_chunks NO FORCE ROW LEVEL SECURITY`);
        await tx.execute(sql`${change} WHERE request_id = ${id}`);
        await tx.execute(sql`ALTER TABLE package_chunks FORCE ROW LEVEL SECURITY`);
      });
      await expect(opened(id)).rejects.toMatchObject({ code: 'internal' });
    }
  });

  test('ends with its days: pieces, key and link go, the fact and its hash stay', async () => {
    const id = await request();
    await packages.seal(tenant, id, { content: content(), complete: true }, by());
    const link = { id, tokenHash: randomBytes(32), codeHash: randomBytes(32), downloadsMax: 1 };
    const until = by('key:officer', 90);
    const put = await packages.putLink(tenant, id, { ...link, expiresAt: until.now }, by('key:officer'));
    expect(put).toEqual({ expiresAt: by('', 30).now });
    expect(await packages.expire(tenant, by('system:workflow', 29))).toBe(0);
    expect(await packages.expire(tenant, by('system:workflow', 31))).toBeGreaterThan(0);
    expect(await chunksOf(id)).toBe(0);
    expect(await packages.download(tenant, id, 'late', by('key:officer'))).toBeNull();
    expect(await packages.openLink(tenant, link, start)).toEqual({ result: 'gone' });
    expect(await packages.info(tenant, id)).toMatchObject({ sha256 });
    const keys = await withTenant(db, tenant, (tx) =>
      rowsOf<{ n: number }>(
        tx,
        sql`SELECT count(*)::int AS n FROM request_keys WHERE request_id = ${id} AND purpose = 'package'`,
      ),
    );
    expect(keys[0]?.n).toBe(0);
  });
});
