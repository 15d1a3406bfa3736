import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { World } from '@vestige/example-support-desk/demo/world';
import { openPglite } from '@vestige/stack/postgres/embedded';
import { clickHouseLines, clickHouseText } from '../harness/clickhouse-text.ts';
import { filesUnder } from '../harness/files-under.ts';

/** A text that Vestige keeps or shows somewhere, by where. */
export interface Kept {
  readonly where: string;
  readonly text: string;
}

/** Every column of every table of ours, and of the engine's own tables that hold rows, as the verifier's login reads them. */
export async function clickHouseKept(world: World): Promise<Kept[]> {
  const { clickhouse } = world.stack;
  if (!clickhouse) throw new Error('the test runs on the embedded engine');
  const url = clickhouse.url('verifier');
  const tables = await clickHouseLines(
    url,
    "SELECT concat(database, '.', name) FROM system.tables WHERE database = 'vestige' AND engine NOT IN ('Distributed')",
  );
  const kept = tables.map(async (table) => ({
    where: `ClickHouse ${table}`,
    text: await clickHouseText(url, `SELECT * FROM ${table} FORMAT JSONEachRow`),
  }));
  // Their rows are what a support engineer is sent; not every build keeps every one.
  const logs = ['query_log', 'text_log', 'errors', 'mutations'].map(async (table) => ({
    where: `ClickHouse system.${table}`,
    text: await clickHouseText(clickhouse.url('admin'), `SELECT * FROM system.${table} FORMAT JSONEachRow`).catch(
      () => '',
    ),
  }));
  return Promise.all([...kept, ...logs]);
}

/** Every row of every table as text; binary columns in hex. @param dataDir of an all-in-one that has stopped */
export async function postgresKept(dataDir: string): Promise<Kept[]> {
  const { client, release } = await openPglite(path.join(dataDir, 'postgres'));
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const kept: Kept[] = [];
    for (const { name } of rows) {
      const table = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      kept.push({ where: `Postgres ${name}`, text: table.rows.map(({ row }) => row).join('\n') });
    }
    return kept;
  } finally {
    await client.close();
    release();
  }
}

/** Every file under a folder, byte by byte; what was compressed with gzip, as it was before. */
export async function filesKept(folder: string): Promise<Kept[]> {
  const files = await filesUnder(folder);
  return Promise.all(
    files.map(async (file) => {
      // A file that is taken away meanwhile keeps nothing.
      const bytes = await readFile(file).catch(() => Buffer.alloc(0));
      const text = (file.endsWith('.gz') && bytes.length > 0 ? gunzipSync(bytes) : bytes).toString('latin1');
      return { where: path.relative(folder, file), text };
    }),
  );
}

/** The whole audit trail, as an officer reads it. */
export async function auditKept(world: World): Promise<Kept> {
  const pages: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await world.officer.get<{ nextCursor: string | null }>(`/v1/audit/entries?limit=1000${cursor}`);
    pages.push(JSON.stringify(page));
    if (page.nextCursor === null) return { where: 'the audit trail', text: pages.join('\n') };
    cursor = `&cursor=${page.nextCursor}`;
  }
}
