import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { VestigeError } from '@vestige/core/errors';
import { grantMaintenance } from '@vestige/migrations/maintenance-grants';
import { migratePostgres } from '@vestige/migrations/postgres';
import { pgliteSession } from '@vestige/migrations/postgres-session';
import { lockFolder } from '../folder-lock.ts';

export interface EmbeddedPostgres {
  /** Still the owner of everything; `openDatabase` takes it over and steps down to `vestige_app`. */
  readonly client: PGlite;
  /** After the client was closed. May be called twice. */
  release(): void;
}

/**
 * Opens PGlite in a folder, which is made when absent.
 *
 * PGlite runs inside this process and does not guard its folder: a second process would corrupt it, hence the lock.
 *
 * @throws VestigeError conflict when another process holds the folder; store_unavailable when it cannot be opened
 */
export async function openPglite(dataDir: string): Promise<EmbeddedPostgres> {
  const { release } = lockFolder(dataDir);
  try {
    return { client: await PGlite.create(join(dataDir, 'data')), release };
  } catch {
    release();
    throw new VestigeError('store_unavailable', `The embedded Postgres could not open ${dataDir}.`);
  }
}

/** {@link openPglite}, then what migrations are missing. @throws VestigeError conflict for an edited migration, too */
export async function openEmbeddedPostgres(
  dataDir: string,
  onApplied: (name: string) => void = () => {},
): Promise<EmbeddedPostgres> {
  const opened = await openPglite(dataDir);
  try {
    const session = pgliteSession(opened.client);
    await migratePostgres(session, onApplied);
    await grantMaintenance(session);
    return opened;
  } catch (error) {
    await opened.client.close();
    opened.release();
    throw error;
  }
}
