import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath, pathToFileURL } from 'node:url';
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

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param nodeOptions of the process, for what is to befall it */
async function run(column: string, nodeOptions: readonly string[] = []): Promise<Ended> {
  const table = { table: 'people', node: 'store:crm', identifiers: { email: column } };
  const file = path.join(folder, 'worker.yaml');
  await writeFile(file, JSON.stringify({ stores: [{ connector: 'sqlite', file: 'crm.db', tables: [table] }] }));
  const env = { VESTIGE_WORKER_FILE: file };
  return promisify(execFile)(process.execPath, [...nodeOptions, MAIN, 'worker', '--check', '--json'], { env }).then(
    (said) => ({ code: 0, ...said }),
    (error: Ended) => error,
  );
}

async function check(column: string): Promise<{ code: number; stores: { failure: { code: string } | null }[] }> {
  const { code, stdout } = await run(column);
  return { code, ...JSON.parse(stdout) };
}

test('--check needs no API and no key, and says whether every store fits its mapping', async () => {
  expect(await check('email')).toMatchObject({ code: EXIT.done, stores: [{ failure: null }] });
  expect(await check('mail')).toMatchObject({ code: EXIT.negative, stores: [{ failure: { code: 'missing_column' } }] });
});

test('an error that nobody catches ends --check without the message, which may quote a row', async () => {
  // A driver that throws as soon as somebody listens, and so before any store was asked.
  const driver = path.join(folder, 'driver.mjs');
  await writeFile(
    driver,
    `process.on('newListener', (name) => {
      if (name === 'unhandledRejection') setImmediate(() => { throw new Error('jane.doe@example.com'); });
    });`,
  );
  const { code, stderr } = await run('email', ['--import', pathToFileURL(driver).href]);
  expect(code).toBe(1);
  expect(stderr).toContain('uncaught');
  expect(stderr).not.toContain('jane');
});
