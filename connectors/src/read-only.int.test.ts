import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { connect } from '@lancedb/lancedb';
import { createClient } from '@libsql/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JANE, jobFor } from './conformance.ts';
import { filesystemConnector } from './files/filesystem.ts';
import type { Connector } from './kit.ts';
import { duckdbConnector } from './sql/duckdb.ts';
import { sqliteConnector } from './sql/sqlite.ts';
import { lancedbConnector } from './vector/lancedb.ts';

/** "Did nothing": what a worker that may only read reports about stores on a file system (check D4). */
const NODE = 'store:read-only';
const NOBODY = 65_534;
const table = { table: 'people', node: NODE, identifiers: { email: 'email' } };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-read-only-'));
});
afterEach(async () => {
  await setRights(folder, true);
  await rm(folder, { recursive: true });
});

/** A superuser may write whatever the rights say, so the test takes another user for as long as it works. */
async function asReader<T>(work: () => Promise<T>): Promise<T> {
  await setRights(folder, false);
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

async function setRights(of: string, write: boolean): Promise<void> {
  const isFolder = (await stat(of)).isDirectory();
  await chmod(of, isFolder ? (write ? 0o755 : 0o555) : write ? 0o644 : 0o444);
  if (isFolder) for (const name of await readdir(of)) await setRights(path.join(of, name), write);
}

const SCHEMA = ['CREATE TABLE people (email VARCHAR)', `INSERT INTO people VALUES ('${JANE}')`];
const engines: Readonly<Record<string, () => Promise<Connector>>> = {
  async sqlite() {
    const file = path.join(folder, 'crm.db');
    const db = createClient({ url: `file:${file}` });
    for (const sql of SCHEMA) await db.execute(sql);
    db.close();
    return sqliteConnector({ connector: 'sqlite', file, withoutPersonalData: [], tables: [table] }, []);
  },
  async duckdb() {
    const file = path.join(folder, 'wh.duckdb');
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    for (const sql of SCHEMA) await connection.run(sql);
    connection.closeSync();
    instance.closeSync();
    return duckdbConnector({ connector: 'duckdb', file, withoutPersonalData: [], tables: [table] }, []);
  },
  async lancedb() {
    const own = path.join(folder, 'vectors');
    const db = await connect(own);
    await db.createTable('people', [{ email: JANE, v: [1] }]);
    db.close();
    return lancedbConnector({ connector: 'lancedb', path: own, withoutPersonalData: [], tables: [table] }, []);
  },
  async filesystem() {
    const own = path.join(folder, 'exports');
    await mkdir(own);
    await writeFile(path.join(own, 'a.jsonl'), `${JSON.stringify({ email: JANE })}\n`);
    return filesystemConnector({
      connector: 'filesystem',
      folders: [{ layout: 'json_lines', node: NODE, folder: own, suffix: '.jsonl', identifiers: { email: 'email' } }],
    });
  },
};

test.each(Object.entries(engines))(
  '%s: a worker that may only read fails for good, and the row is still there',
  async (_, open) => {
    const connector = await open();
    await asReader(async () => {
      await expect(connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({
        class: 'permanent',
        code: 'permission_denied',
      });
      await expect(connector.check()).rejects.toMatchObject({ code: 'permission_denied' });
    });
    await setRights(folder, true);
    expect(await connector.search(jobFor(NODE, JANE))).toBe(1);
  },
);
