import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { VestigeError } from '@vestige/core/errors';
import { migratePostgres } from '@vestige/migrations/postgres';
import { pgliteSession } from '@vestige/migrations/postgres-session';
import { lockFolder } from '../folder-lock.ts';

export interface EmbeddedPostgres {
  /** Migrated, still as the owner of everything; `openDatabase` takes it over and steps down to `vestige_app`. */
  readonly client: PGlite;
  /** After the client was closed. May be called twice. */
  release(): void;
}

/**
 * Opens PGlite in a folder and applies what migrations are missing.
 *
 * PGlite runs inside this process and does not guard its folder: a second process would corrupt it, hence the lock.
 *
 * @throws VestigeError conflict when another process holds the folder or a migration was edited; store_unavailable when
 *   the folder cannot be opened
 */
export async function openEmbeddedPostgres(
  dataDir: string,
  onApplied: (name: string) => void = () => {},
): Promise<EmbeddedPostgres> {
  const lock = lockFolder(dataDir);
  let client: PGlite;
  try {
    client = await PGlite.create(join(dataDir, 'data'));
  } catch {
    lock.release();
    throw new VestigeError('store_unavailable', `The embedded Postgres could not open ${dataDir}.`);
  }
  try {
    await migratePostgres(pgliteSession(client), onApplied);
  } catch (error) {
    await client.close();
    lock.release();
    throw error;
  }
  return { client, release: lock.release };
}
