import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@libsql/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkStores, readyStores } from './ready-stores.ts';
import { sqliteConnector } from './sql/sqlite.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-ready-'));
});
afterEach(() => rm(folder, { recursive: true }));

const store = (name: string) =>
  sqliteConnector(
    {
      connector: 'sqlite',
      file: path.join(folder, name, 'crm.db'),
      withoutPersonalData: [],
      tables: [{ table: 'people', node: `store:${name}`, identifiers: { email: 'email' } }],
    },
    [],
  );
async function create(name: string, sql = 'CREATE TABLE people (email TEXT)'): Promise<void> {
  await mkdir(path.join(folder, name));
  const db = createClient({ url: `file:${path.join(folder, name, 'crm.db')}` });
  await db.executeMultiple(sql);
  db.close();
}
const quiet = { info: () => undefined, warn: () => undefined };

test('a store that is down keeps no other from being served, and is served once it answers', async () => {
  await create('up');
  const stopping = new AbortController();
  const connectors = [store('up'), store('down')];
  const ready = await readyStores(connectors, { log: quiet, stopping: stopping.signal, recheckMs: 20 });
  expect([...ready].flatMap(({ nodes }) => nodes)).toEqual(['store:up']);

  await create('down');
  while (ready.size < 2) await sleep(20);
  expect([...ready].flatMap(({ nodes }) => nodes)).toEqual(['store:up', 'store:down']);
  stopping.abort();
});

test('a mapping that does not fit stops the worker, and every such store is named', async () => {
  await create('one', 'CREATE TABLE people (mail TEXT)');
  await create('two', 'CREATE TABLE people (email TEXT); CREATE TABLE notes (body TEXT)');
  const connectors = [store('one'), store('two')];
  expect((await checkStores(connectors)).map(({ failure }) => failure?.code)).toEqual([
    'missing_column',
    'unmapped_table',
  ]);
  const starting = readyStores(connectors, { log: quiet, stopping: new AbortController().signal, recheckMs: 20 });
  await expect(starting).rejects.toThrow(/table people[\s\S]*notes/);
});
