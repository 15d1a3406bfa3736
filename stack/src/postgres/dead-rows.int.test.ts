import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { embeddedDeadRows, PERSONAL_TABLES } from '@vestige/store/control/dead-rows';
import { postgresAliasStore } from '@vestige/store/control/postgres-alias-store';
import { postgresTenantStore } from '@vestige/store/control/postgres-tenant-store';
import { openDatabase, rowsOf } from '@vestige/store/postgres';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEmbeddedPostgres } from './embedded.ts';

const TOKEN = 'ps1.k1.AAAAAAAAAAAAAAAAAAAAAA';
let folder: string;
let opened: Awaited<ReturnType<typeof openEmbeddedPostgres>>;
let db: Awaited<ReturnType<typeof openDatabase>>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-dead-rows-'));
  opened = await openEmbeddedPostgres(folder);
  db = await openDatabase({ kind: 'pglite-client', client: opened.client });
});
afterAll(async () => {
  await db.close();
  opened.release();
  await rm(folder, { recursive: true });
});

async function filesHolding(...needles: Buffer[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const found = await Promise.all(
    files.map(async (file) => {
      const content = await readFile(file);
      return needles.some((needle) => content.includes(needle)) ? [file] : [];
    }),
  );
  return found.flat();
}

// Found by searching the files: after a plain DELETE the id is still in its page and in the write-ahead log.
test('a forgotten person leaves the files of the embedded database, the write-ahead log included', async () => {
  const tenant = await postgresTenantStore(db).ensureTenant('acme');
  const aliases = postgresAliasStore(db);
  const [subjectId] = await aliases.resolve(tenant.id, [{ token: TOKEN, atMs: Date.now() }]);
  const needles = [Buffer.from(String(subjectId).replaceAll('-', ''), 'hex'), Buffer.from(TOKEN)];
  await rowsOf(db.orm, sql`CHECKPOINT`);
  expect(await filesHolding(...needles)).not.toEqual([]);

  await aliases.forget(tenant.id, [String(subjectId)]);
  expect(await filesHolding(...needles)).not.toEqual([]);
  await embeddedDeadRows(db).remove();

  expect(await filesHolding(...needles)).toEqual([]);
});

test('every table that names a person is rewritten', async () => {
  const holders = await rowsOf<{ name: string }>(
    db.orm,
    sql`SELECT DISTINCT table_name::text AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name IN ('subject_id', 'subject_ids', 'canonical_id', 'token', 'low', 'high')`,
  );
  const missing = holders.map(({ name }) => name).filter((name) => !PERSONAL_TABLES.some((table) => table === name));
  expect(missing).toEqual([]);
});
