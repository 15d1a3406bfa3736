import { existsSync } from 'node:fs';
import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { clickHouseLibrary } from '../clickhouse/library.ts';
import { assertPortFree } from '../ports.ts';
import { bad, type Finding, good, warning } from './finding.ts';

/** The first release that runs TypeScript without a flag. */
const NODE_MIN = [22, 18] as const;
const FREE_BYTES_MIN = 2 * 1024 ** 3;

export function nodeFinding(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])
    ? good('node', `Node ${version} is recent enough.`)
    : bad(
        'node',
        `Node ${version} is too old.`,
        `Use npm run or npx, which bring Node 26, or Node ${NODE_MIN.join('.')} and later.`,
      );
}

/** A folder that grows, and what to say of it. */
export interface GrowingFolder {
  readonly check: string;
  /** Reads on after "free for", e.g. `the data folder`. */
  readonly name: string;
  readonly path: string;
  readonly freeBytesMin?: number;
  /** The variable that moves it. */
  readonly setting: string;
  readonly why: string;
  /** Of too little room. */
  readonly state?: 'bad' | 'warning';
}

export const dataFolder = (path: string): GrowingFolder => ({
  check: 'disk',
  name: 'the data folder',
  path,
  setting: 'VESTIGE_DATA_DIR',
  why: 'a merge needs room for a second copy of what it merges',
});

/** Looks at the folder, or at the nearest one above it that is there; makes nothing. */
export async function diskFinding(grown: GrowingFolder): Promise<Finding> {
  const { check, name, path, freeBytesMin = FREE_BYTES_MIN, setting, why, state = 'bad' } = grown;
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error('not a folder');
    await access(folder, constants.R_OK | constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const text = `${(free / 1024 ** 3).toFixed(1)} GiB are free for ${name} ${path}`;
    return free >= freeBytesMin
      ? good(check, `${text}.`)
      : { check, state, says: `Only ${text}.`, advice: `Free some space, or set ${setting}: ${why}.` };
  } catch {
    return bad(check, `No file can be written into ${name} ${path}.`, `Change its owner, or set ${setting}.`);
  }
}

/** A port that is taken is fine when it is ours that answers there. */
export async function portFinding(what: string, host: string, port: number, setting: string): Promise<Finding> {
  const check = `port ${port}`;
  try {
    await assertPortFree(port, host, what, setting);
    return good(check, `Port ${port} is free for ${what}.`);
  } catch {
    return (await isOurs(host, port))
      ? good(check, `Port ${port} is served by ${what}, which is running.`)
      : bad(check, `Port ${port} for ${what} is taken by something else.`, `Stop it, or set ${setting}.`);
  }
}

export function libraryFinding(): Finding {
  try {
    clickHouseLibrary();
    return good('embedded clickhouse', 'The embedded ClickHouse is installed for this platform.');
  } catch (error) {
    return warning(
      'embedded clickhouse',
      error instanceof Error ? error.message : 'It is not available.',
      'Only vestige up without CLICKHOUSE_URL needs it.',
    );
  }
}

async function isOurs(host: string, port: number): Promise<boolean> {
  try {
    const name = host === '0.0.0.0' ? '127.0.0.1' : host;
    const response = await fetch(`http://${name}:${port}/livez`, { signal: AbortSignal.timeout(2_000) });
    return response.ok;
  } catch {
    return false;
  }
}
