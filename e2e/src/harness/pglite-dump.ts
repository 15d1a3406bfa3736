import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { checksumOf, POSTGRES_FILES, readMigrations } from '@vestige/migrations/files';
import { migratePostgres } from '@vestige/migrations/postgres';
import { pgliteSession } from '@vestige/migrations/postgres-session';

/**
 * A migrated PGlite data folder as one file, made once per content of the migration files and kept in the temporary
 * folder: loading it takes a fraction of initialising and migrating.
 */
export async function migratedPgliteDump(): Promise<Blob> {
  const folder = join(tmpdir(), `vestige-test-${userInfo().uid}`);
  const checksum = checksumOf(await readMigrations(POSTGRES_FILES));
  const name = `pglite-${createHash('sha256').update(checksum).digest('hex').slice(0, 16)}.tar`;
  const file = join(folder, name);
  const cached = await readFile(file).catch(() => null);
  if (cached !== null) return new Blob([cached]);

  const client = await PGlite.create();
  try {
    await migratePostgres(pgliteSession(client));
    const dump = await client.dumpDataDir('none');
    await keep(folder, name, dump);
    return dump;
  } finally {
    await client.close();
  }
}

/** Renamed into place, because several test processes may make the same file at once. Older ones are of no use. */
async function keep(folder: string, name: string, dump: Blob): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${name}.${process.pid}`);
  await writeFile(temporary, Buffer.from(await dump.arrayBuffer()));
  await rename(temporary, join(folder, name));
  const others = (await readdir(folder)).filter((other) => other.startsWith('pglite-') && other !== name);
  await Promise.all(others.map((other) => rm(join(folder, other), { force: true })));
}
