import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const SDK = import.meta.dirname;
const CORE = join(SDK, '../../core/src');
const IMPORT = /^(?:import|export)\s(?!type\b)[^;]*?from\s+'([^']+)'/gms;

/** Everything that is loaded when an application imports one of our doors: files of ours and of core, and packages. */
function loadedBy(...doors: string[]): { files: string[]; packages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const queue = doors.map((door) => join(SDK, door));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      if (name.startsWith('.')) queue.push(join(dirname(file), name));
      else if (name.startsWith('@vestige/core/')) queue.push(join(CORE, `${name.slice('@vestige/core/'.length)}.ts`));
      else if (!name.startsWith('node:')) packages.add(name);
    }
  }
  return { files: [...files].map((file) => relative(join(SDK, '../..'), file)), packages: [...packages].sort() };
}

test('an application that imports the SDK loads OpenTelemetry’s API and a phone library, and nothing else', () => {
  const { files, packages } = loadedBy('index.ts', 'start.ts', 'worker-client.ts');
  expect(packages).toEqual(['@opentelemetry/api', 'libphonenumber-js/max']);
  expect(files.filter((file) => file.startsWith('core/')).sort()).toEqual([
    'core/src/convention/attributes.ts',
    'core/src/errors.ts',
    'core/src/identity/normalise.ts',
    'core/src/identity/token.ts',
    'core/src/secret.ts',
  ]);
});
