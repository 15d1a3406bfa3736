import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectorsFromFile } from './config.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-worker-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function open(text: string) {
  const file = path.join(folder, 'worker.yaml');
  await writeFile(file, text);
  return connectorsFromFile(file);
}
const sqlite = (node: string) =>
  `  - { connector: sqlite, file: crm.db, tables: [{ table: people, node: '${node}', identifiers: { email: email } }] }`;

test('every problem of a file is told at once, each with its place', async () => {
  const text = `stores:\n${sqlite('store:a')}\n  - { connector: mysql, url: 'http://x', verifyUrl: '\${NOBODY_SET_THIS}', tables: [] }\n  - { connector: floppy }\n  - { connector: ./nowhere.ts }`;
  const error = await open(text).catch((e) => e);
  expect(error).toMatchObject({ code: 'misconfigured' });
  for (const told of [
    'NOBODY_SET_THIS',
    'stores.1.url',
    'stores.1.tables',
    'stores.2.connector',
    'stores.3.connector',
  ]) {
    expect(error.message).toContain(told);
  }
});

test('a node that two stores serve is refused', async () => {
  await expect(open(`stores:\n${sqlite('store:a')}\n${sqlite('store:a')}`)).rejects.toThrow(/more than once: store:a/);
});

test('a misspelt setting is refused, not ignored', async () => {
  const text = `stores:\n${sqlite('store:a').replace('tables:', 'withoutPersonelData: [], tables:')}`;
  await expect(open(text)).rejects.toThrow(/withoutPersonelData/);
});

test('a module that exports no connector is refused', async () => {
  await writeFile(path.join(folder, 'other.mjs'), 'export default { hello: 1 };');
  await expect(open('stores:\n  - { connector: ./other.mjs }')).rejects.toThrow(/defineConnector/);
});
