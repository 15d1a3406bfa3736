import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findPackage, versionIn } from './installed.ts';

/**
 * Finds the trap in which spans vanish without a word: a library that brought an `@opentelemetry/api` with a newer
 * minor version than the one the tracer provider was registered through gets no-op tracers (measured: provider through
 * 1.9.1, code on 1.10.0, 0 spans). The other way round works.
 */
export interface ApiMix {
  /** Version through which the globals were registered; '' while nobody has. */
  readonly registered: string;
  /** Copies that are too new for it, with the packages that brought them. */
  readonly silent: readonly { readonly version: string; readonly folder: string }[];
}

const API = '@opentelemetry/api';
/** A folder with more packages than this is searched no further; the start of a host must not wait for us. */
const PACKAGES_MAX = 5_000;

/**
 * @param from folder of the application
 * @param own folder of this library, whose copy may be the silent one
 */
export function findApiMix(from: string, own: string = import.meta.dirname): ApiMix {
  const registered = registeredVersion();
  if (registered === '') return { registered, silent: [] };
  const ours = findPackage(API, own);
  const copies = [...copiesOf(from), ...(ours ? [ours] : [])];
  const silent = copies.filter(({ version }) => isTooNew(version, registered));
  return { registered, silent: [...new Map(silent.map((copy) => [copy.folder, copy])).values()] };
}

/** Both lines keep their globals under this symbol, with the version that made it. */
function registeredVersion(): string {
  const globals = (globalThis as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')];
  if (typeof globals !== 'object' || globals === null || !('version' in globals)) return '';
  return typeof globals.version === 'string' ? globals.version : '';
}

/** The rule of the API itself: same major version, and a minor version no newer than that of the globals. */
export function isTooNew(version: string, registered: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  const [globalMajor, globalMinor] = registered.split('.').map(Number);
  return major !== globalMajor || (minor ?? 0) > (globalMinor ?? 0);
}

function copiesOf(from: string): { version: string; folder: string }[] {
  const shared = findPackage(API, from);
  if (!shared) return [];
  const modules = dirname(dirname(shared.folder));
  const copies = [shared];
  for (const name of packagesIn(modules)) {
    const folder = join(modules, name, 'node_modules', API);
    const version = versionIn(folder);
    if (version !== null) copies.push({ version, folder });
  }
  return copies;
}

function packagesIn(modules: string): string[] {
  const names: string[] = [];
  for (const name of list(modules)) {
    if (name.startsWith('@')) names.push(...list(join(modules, name)).map((inner) => `${name}/${inner}`));
    else if (!name.startsWith('.')) names.push(name);
    if (names.length > PACKAGES_MAX) break;
  }
  return names;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
