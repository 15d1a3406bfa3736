import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { VestigeError } from '@vestige/core/errors';

/** Only linux-x64 is a declared (optional) dependency, because only there has it been tried; the others are taken when installed. */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@chdb/lib-linux-x64-gnu',
  'linux-arm64': '@chdb/lib-linux-arm64-gnu',
  'darwin-x64': '@chdb/lib-darwin-x64',
  'darwin-arm64': '@chdb/lib-darwin-arm64',
};

/**
 * Path of the ClickHouse library for this machine.
 *
 * @throws VestigeError unsupported_platform when there is none, or its optional package was not installed
 */
export function clickHouseLibrary(platform: string = process.platform, arch: string = process.arch): string {
  const name = PACKAGES[`${platform}-${arch}`];
  const advice = 'Set CLICKHOUSE_URL to a ClickHouse server (docker-compose.yml starts one).';
  if (name === undefined) {
    throw new VestigeError(
      'unsupported_platform',
      `There is no embedded ClickHouse for ${platform}-${arch}. ${advice}`,
    );
  }
  const library = libraryOf(name);
  if (library === null) {
    throw new VestigeError(
      'unsupported_platform',
      `The embedded ClickHouse for ${platform}-${arch} is not installed: the optional package ${name} is missing. Install it with npm install ${name}, or set CLICKHOUSE_URL to a ClickHouse server.`,
    );
  }
  if (platform === 'linux' && !isGlibc()) {
    throw new VestigeError(
      'unsupported_platform',
      `The embedded ClickHouse needs glibc, and this Linux has none. ${advice}`,
    );
  }
  return library;
}

function libraryOf(name: string): string | null {
  try {
    const library = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'libchdb.so');
    return existsSync(library) ? library : null;
  } catch {
    return null;
  }
}

function isGlibc(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime !== undefined;
}
