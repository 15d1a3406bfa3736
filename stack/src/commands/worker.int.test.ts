import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT } from '../exit-code.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-worker-check-'));
  const db = new DatabaseSync(path.join(folder, 'crm.db'));
  db.exec('CREATE TABLE people (email TEXT)');
  db.close();
});
afterAll(() => rm(folder, { recursive: true }));

async function check(column: string): Promise<{ code: number; stores: { failure: { code: string } | null }[] }> {
  const table = { table: 'people', node: 'store:crm', identifiers: { email: column } };
  const file = path.join(folder, 'worker.yaml');
  await writeFile(file, JSON.stringify({ stores: [{ connector: 'sqlite', file: 'crm.db', tables: [table] }] }));
  const env = { VESTIGE_WORKER_FILE: file };
  const ended = await promisify(execFile)(process.execPath, [MAIN, 'worker', '--check', '--json'], { env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string }) => error,
  );
  return { code: ended.code, ...JSON.parse(ended.stdout) };
}

test('--check needs no API and no key, and says whether every store fits its mapping', async () => {
  expect(await check('email')).toMatchObject({ code: EXIT.done, stores: [{ failure: null }] });
  expect(await check('mail')).toMatchObject({ code: EXIT.negative, stores: [{ failure: { code: 'missing_column' } }] });
});
