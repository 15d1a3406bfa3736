import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownDefinition } from './own-module.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vestige-own-module-'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['imports.mjs', `import '@vestige-test/nowhere';`, /^cannot be loaded: .*@vestige-test\/nowhere/],
  ['syntax.mjs', 'export default {', /^cannot be loaded: /],
  ['empty.mjs', 'export const connector = {};', /^has no default export that comes from defineConnector$/],
  [
    'throws.mjs',
    `throw new TypeError('jane@example.com');`,
    /^cannot be loaded: it throws TypeError when it is loaded$/,
  ],
])('of %s it is said why it is no connector, and nothing that it said itself', async (name, text, problem) => {
  const file = path.join(folder, name);
  await writeFile(file, text);
  expect(await ownDefinition(file)).toEqual({ problem: expect.stringMatching(problem) });
});

test('a file that is not there is named', async () => {
  expect(await ownDefinition(path.join(folder, 'nosuch.ts'))).toEqual({
    problem: expect.stringContaining('nosuch.ts'),
  });
});
