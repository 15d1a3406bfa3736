import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Finds a package the way Node would from a folder: in the nearest `node_modules` above it. Reads package.json directly
 * because many packages do not export it.
 *
 * @returns its folder and version, or null
 */
export function findPackage(name: string, from: string): { folder: string; version: string } | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    const version = versionIn(candidate);
    if (version !== null) return { folder: candidate, version };
    if (dirname(folder) === folder) return null;
  }
}

export function versionIn(folder: string): string | null {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) return null;
  try {
    const { version } = JSON.parse(readFileSync(path, 'utf8'));
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}
