import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VestigeError } from '@vestige/core/errors';

export interface MigrationFile {
  /** File name, e.g. `0001-spans.sql`; sorts in the order of application. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file as it lies there, before placeholders are filled in, so that it is the same everywhere. */
  readonly checksum: string;
  readonly clusterOnly: boolean;
}

export const CLICKHOUSE_FILES = fileURLToPath(new URL('../clickhouse', import.meta.url));
export const POSTGRES_FILES = fileURLToPath(new URL('../postgres', import.meta.url));

const NAME = /^(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.sql$/;

/**
 * The migration files of a folder in their order.
 *
 * @throws VestigeError misconfigured for a name that is not `NNNN-name.sql`, or a number used twice
 */
export async function readMigrations(folder: string): Promise<MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const seen = new Map<string, string>();
  for (const name of names) {
    const number = NAME.exec(name)?.[1];
    if (number === undefined) {
      throw new VestigeError('misconfigured', `Migration ${basename(folder)}/${name} is not named NNNN-name.sql.`);
    }
    const other = seen.get(number);
    if (other !== undefined) {
      throw new VestigeError(
        'misconfigured',
        `Migrations ${other} and ${name} share the number ${number}; give one another.`,
      );
    }
    seen.set(number, name);
  }
  return Promise.all(names.map(async (name) => migrationFile(name, await readFile(join(folder, name), 'utf8'))));
}

/** One checksum over all files: changes exactly when a fresh database would become another one. */
export function checksumOf(files: readonly MigrationFile[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file.name}\0${file.checksum}\n`);
  return hash.digest('hex');
}

export function migrationFile(name: string, sql: string): MigrationFile {
  return {
    name,
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
    clusterOnly: /^--\s*cluster only\s*$/m.test(sql.split('\n', 1)[0] ?? ''),
  };
}
