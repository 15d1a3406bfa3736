import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildPackage, PACKAGES, type PackedWorkspace } from './pack.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);

/**
 * A project of somebody else that has installed the packages: real folders in `node_modules`, and beside them what they
 * declare to need and nothing more. It is put together by hand, because a test asks no registry.
 */
export interface OutsideProject {
  readonly folder: string;
  /** Runs a file of the project with Node as it comes. @throws when it ends with another code than 0 */
  node(file: string, env?: Record<string, string>): Promise<{ stdout: string; stderr: string }>;
  /** The compiler at its strictest, declarations of the packages included. @returns what it complains about */
  complaints(files: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** @param chosen optional peers that this project has installed */
export async function outsideProject(chosen: readonly string[]): Promise<OutsideProject> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-outside-'));
  const modules = path.join(folder, 'node_modules');
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }\n');
  for (const workspace of PACKAGES) {
    await buildPackage(workspace, path.join(modules, '@vestige', workspace));
    for (const name of await neededBy(path.join(modules, '@vestige', workspace), chosen)) {
      await link(workspace, name, modules);
    }
  }
  for (const name of ['@types/node', 'undici-types']) await link('core', name, modules);
  return {
    folder,
    node: (file, env = {}) => run(process.execPath, [file], { cwd: folder, env: { TMPDIR: tmpdir(), ...env } }),
    async complaints(files) {
      const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
      const flags = ['--noEmit', '--strict', '--target', 'es2024', '--module', 'nodenext', '--types', 'node'];
      try {
        await run(process.execPath, [compiler, ...flags, ...files], { cwd: folder });
        return '';
      } catch (error) {
        return (error as { stdout?: string }).stdout || String(error);
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function neededBy(installed: string, chosen: readonly string[]): Promise<string[]> {
  const file = JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8'));
  const peers = Object.keys(file.peerDependencies);
  const taken = peers.filter((name) => !file.peerDependenciesMeta[name]?.optional || chosen.includes(name));
  return [...Object.keys(file.dependencies), ...taken].filter((name) => !name.startsWith('@vestige/'));
}

async function link(workspace: PackedWorkspace, name: string, modules: string): Promise<void> {
  const own = path.join(root, workspace, 'node_modules', name);
  const at = path.join(modules, name);
  if (existsSync(at)) return;
  await mkdir(path.dirname(at), { recursive: true });
  await symlink(existsSync(own) ? own : path.join(root, 'node_modules', name), at);
}
