import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const WEB = path.resolve(import.meta.dirname, '../../../web');

export interface BuiltConsole {
  readonly dir: string;
  remove(): Promise<void>;
}

/** Builds what is checked out into a folder of its own: `web/dist` may be old, or be built by somebody else just now. */
export async function buildConsole(): Promise<BuiltConsole> {
  const dir = await mkdtemp(path.join(tmpdir(), 'vestige-console-'));
  const vite = path.join(
    path.dirname(createRequire(path.join(WEB, 'package.json')).resolve('vite/package.json')),
    'bin/vite.js',
  );
  const args = [vite, 'build', '--outDir', dir, '--emptyOutDir', '--manifest', '--logLevel', 'warn'];
  await promisify(execFile)(process.execPath, args, { cwd: WEB });
  return { dir, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 3 }) };
}
