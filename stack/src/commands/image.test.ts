import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** The image is built where there is Docker, which is not here: what can be read off its file is checked. */

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const packageOf = (workspace: string) => JSON.parse(read(`${workspace}/package.json`));
const [packages = '', console = '', image = ''] = read('deploy/Dockerfile')
  .split(/^FROM .*$/m)
  .slice(1);

/** A workspace and all others that it needs while it runs, each by the name of its folder. */
function neededBy(workspace: string, seen = new Set<string>()): ReadonlySet<string> {
  seen.add(workspace);
  for (const name of Object.keys(packageOf(workspace).dependencies ?? {})) {
    const other = /^@vestige\/([\w-]+)$/.exec(name)?.[1];
    if (other !== undefined && !seen.has(other)) neededBy(other, seen);
  }
  return seen;
}

test('npm ci is given the package.json of every workspace of the lock', () => {
  const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] };
  expect(workspaces.filter((each) => !packages.includes(`COPY ${each}/package.json ${each}/\n`))).toEqual([]);
});

test('the console is built beside everything that it imports', () => {
  const missing = [...neededBy('web')].filter(
    (each) => !console.includes(`COPY ${each} ${each}\n`) || !console.includes(`--workspace ${each}`),
  );
  expect(missing).toEqual([]);
});

test('the processes find everything that they import', () => {
  const needed = [...neededBy('stack')];
  expect(needed.filter((each) => !image.includes(`COPY ${each} ${each}\n`))).toEqual([]);
  expect(needed.length).toBeGreaterThan(8);
});
