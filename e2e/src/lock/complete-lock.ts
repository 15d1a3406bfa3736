import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * `package-lock.json` names the native packages of every platform, so that `npm ci` works on each. npm leaves out an
 * optional package that its registry did not serve while the lock was written, and `npm ci` then refuses the lock.
 *
 * Run with `npm run lock:complete` after an `npm install`; `e2e/tidy.test.ts` says when it is needed.
 */
interface LockEntry {
  version?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}
interface Lock {
  packages: Record<string, LockEntry>;
}

const OS: readonly (readonly [RegExp, string])[] = [
  [/android/, 'android'],
  [/darwin|macos/, 'darwin'],
  [/freebsd/, 'freebsd'],
  [/openharmony/, 'openharmony'],
  [/win32|windows/, 'win32'],
  [/linux/, 'linux'],
];
const CPU: readonly (readonly [RegExp, string])[] = [
  [/aarch64|arm64/, 'arm64'],
  [/arm(v7)?(-|$|e)/, 'arm'],
  [/ia32/, 'ia32'],
  [/x64|x86_64|-64$|-64-/, 'x64'],
  [/ppc64/, 'ppc64'],
  [/s390x/, 's390x'],
  [/riscv64/, 'riscv64'],
  [/loong64/, 'loong64'],
];

/** What the lock lacks: name → entry. Only exact versions of platform packages can be filled in without a registry. */
export function missingFrom(lock: Lock): Map<string, LockEntry> {
  const missing = new Map<string, LockEntry>();
  for (const [at, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (resolves(lock, at, name) || missing.has(name)) continue;
      const os = OS.find(([pattern]) => pattern.test(name))?.[1];
      const cpu = CPU.find(([pattern]) => pattern.test(name))?.[1];
      if (os === undefined || !/^\d/.test(version)) continue;
      const libc = /musl/.test(name) ? 'musl' : /gnu|glibc/.test(name) ? 'glibc' : undefined;
      missing.set(`node_modules/${name}`, {
        version,
        ...(cpu && { cpu: [cpu] }),
        ...(libc && os === 'linux' && { libc: [libc] }),
        optional: true,
        os: [os],
      });
    }
  }
  return missing;
}

/** As Node looks a package up: beside the one that asks, then in every folder above. */
function resolves(lock: Lock, at: string, name: string): boolean {
  for (let folder = at; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    if (lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]) return true;
    if (folder === '') return false;
  }
}

export function readLock(root: string): Lock {
  return JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as Lock;
}

if (import.meta.main) {
  const root = path.resolve(import.meta.dirname, '../../..');
  const lock = readLock(root);
  const missing = missingFrom(lock);
  const [own, ...rest] = Object.entries(lock.packages);
  const all = [...rest, ...missing].sort(([a], [b]) => (a < b ? -1 : 1));
  lock.packages = Object.fromEntries(own ? [own, ...all] : all);
  writeFileSync(path.join(root, 'package-lock.json'), `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${missing.size} packages of other platforms added to the lock\n`);
}
