import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createClient } from '@libsql/client';
import type { World } from '@vestige/example-support-desk/demo/world';
import { EMAIL, PHONE } from './seeded-person.ts';

/** Stores that cannot be erased, and whose errors say whom it was about. */
export const FAILING = {
  /** A trigger aborts every delete with her e-mail address in its message. */
  refusing: 'store:sqlite:refusing.db/main.people',
  /** The file is overwritten, after the worker has looked at it, with a text that names her. */
  spoilt: 'store:sqlite:spoilt.db/main.people',
  /** Outside companies that answer 500 and 422 and repeat her identifiers. */
  broken: 'recipient:broken.example',
  denying: 'recipient:denying.example',
  /** Registered, but in no worker's mapping: its task is held by the test. */
  held: 'store:sqlite:held.db/main.people',
} as const;

/** Makes them, registers them, and writes them into a copy of the worker file. @returns the path of the copy */
export async function addFailingStores(world: World, rudeServer: string): Promise<string> {
  const refusing = path.join(world.appData, 'refusing.db');
  const spoilt = path.join(world.appData, 'spoilt.db');
  for (const file of [refusing, spoilt]) {
    const db = createClient({ url: `file:${file}` });
    await db.executeMultiple(`
      CREATE TABLE people (id TEXT PRIMARY KEY, email TEXT, phone TEXT);
      INSERT INTO people VALUES ('1', '${EMAIL}', '${PHONE}');
      ${file === refusing ? `CREATE TRIGGER refuse BEFORE DELETE ON people BEGIN SELECT RAISE(ABORT, '${EMAIL} has an open invoice, call ${PHONE}'); END;` : ''}`);
    db.close();
  }
  for (const id of Object.values(FAILING)) {
    const connector = id.startsWith('recipient:') ? 'http' : 'sqlite';
    await world.admin.put('/v1/stores', { id, title: 'fails', connector, identifierTypes: ['email'] });
  }
  const table = (node: string) => ({
    table: 'people',
    node,
    identifiers: { email: 'email', phone: 'phone' },
    recordKey: 'id',
  });
  const outside = (node: string, prefix: string) => ({
    connector: 'http',
    node,
    baseUrl: rudeServer,
    search: { method: 'GET', path: `${prefix}/{email}` },
    erase: { method: 'DELETE', path: `${prefix}/{email}` },
  });
  const { stores } = JSON.parse(await readFile(world.workerFile, 'utf8')) as { stores: object[] };
  const file = path.join(world.folder, 'failing-worker.yaml');
  const all = [
    ...stores,
    { connector: 'sqlite', file: refusing, tables: [table(FAILING.refusing)] },
    { connector: 'sqlite', file: spoilt, tables: [table(FAILING.spoilt)] },
    outside(FAILING.broken, '/breaks'),
    outside(FAILING.denying, '/refuses'),
  ];
  await writeFile(file, JSON.stringify({ stores: all }));
  return file;
}

/** From here on no query of the worker on this store can succeed. */
export async function spoil(world: World): Promise<void> {
  await writeFile(path.join(world.appData, 'spoilt.db'), `${EMAIL} ${PHONE}\n`.repeat(1_000));
}
