import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type PackageFile, packedPackageFile } from './package-file.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** What others install, each before those that need it. */
export const PACKAGES = ['core', 'sdk', 'outbound', 'connectors', 'audit-verify'] as const;
export type PackedWorkspace = (typeof PACKAGES)[number];

/**
 * Builds one workspace into what an outside project installs.
 *
 * @param folder where it is written; gets `package.json`, `README.md`, `LICENSE` and `dist/` with JavaScript and declarations
 */
export async function buildPackage(workspace: PackedWorkspace, folder: string): Promise<void> {
  const dist = path.join(folder, 'dist');
  await mkdir(folder, { recursive: true });
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const source = path.join(root, workspace, 'src');
  const flags = ['--noEmit', 'false', '--declaration', '--rewriteRelativeImportExtensions', '--newLine', 'lf'];
  await run(process.execPath, [
    compiler,
    ...['--project', path.join(root, workspace)],
    ...flags,
    ...['--rootDir', source, '--outDir', dist],
  ]);
  for (const file of await readdir(dist, { recursive: true })) {
    if (await isForTests(dist, file)) await rm(path.join(dist, file), { recursive: true, force: true });
  }
  const own = JSON.parse(await readFile(path.join(root, workspace, 'package.json'), 'utf8')) as PackageFile;
  await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(packedPackageFile(own), null, 2)}\n`);
  await cp(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
  await cp(path.join(root, workspace, 'README.md'), path.join(folder, 'README.md'));
}

/** Tests, what they run, and promises that are written as tests: they need this repository. */
async function isForTests(dist: string, file: string): Promise<boolean> {
  if (/(^|\/)testing(\/|$)|\.test\./.test(file.replaceAll(path.sep, '/'))) return true;
  if (!/\.(js|d\.ts)$/.test(file)) return false;
  const built = path.join(dist, file.replace(/\.d\.ts$/, '.js'));
  return /from 'vitest'/.test(await readFile(built, 'utf8').catch(() => "from 'vitest'"));
}

/**
 * @param folder where the tarballs are written, e.g. `vestige-sdk-0.1.0.tgz`
 * @returns their paths, in an order in which they can be installed
 */
export async function packAll(folder: string): Promise<string[]> {
  const stage = await mkdtemp(path.join(tmpdir(), 'vestige-packages-'));
  await mkdir(folder, { recursive: true });
  const tarballs: string[] = [];
  for (const workspace of PACKAGES) {
    await buildPackage(workspace, path.join(stage, workspace));
    const args = ['pack', '--json', '--pack-destination', path.resolve(folder)];
    const { stdout } = await run('npm', args, { cwd: path.join(stage, workspace) });
    tarballs.push(path.join(folder, fileNameIn(stdout)));
  }
  await rm(stage, { recursive: true });
  return tarballs;
}

/** npm 10 and 11 answer with a list, npm 12 with an object by package name. */
function fileNameIn(answer: string): string {
  const [packed] = Object.values(JSON.parse(answer) as Record<string, { filename: string }>);
  if (packed === undefined) throw new Error('npm pack packed nothing');
  return packed.filename;
}
