import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { expect, test } from 'vitest';
import { POSTGRES_FILES } from './files.ts';
import { migratePostgres } from './postgres.ts';
import { pgliteSession } from './postgres-session.ts';

test('lists that were there before their keys were kept get them from their tokens, for an owner whom policies bind', async () => {
  const client = await PGlite.create();
  const session = pgliteSession(client);
  try {
    await migratePostgres(session);
    const [older, emptied, newer] = ['a', 'b', 'c'].map((letter) => `set_${letter.repeat(22)}`);
    // As they are before 0152; whoever was on the emptied one has been forgotten.
    await session.script(`
      INSERT INTO tenants (id, name) OVERRIDING SYSTEM VALUE VALUES (91, 'acme');
      INSERT INTO subject_sets (tenant, id, count, kids)
      VALUES (91, '${older}', 3, NULL), (91, '${emptied}', 1, NULL), (91, '${newer}', 1, '{k9}');
      INSERT INTO subject_set_members (tenant, set_id, token)
      VALUES (91, '${older}', 'ps1.k1.a'), (91, '${older}', 'ps1.k1.b'), (91, '${older}', 'ps1.k2.a'), (91, '${newer}', 'ps1.k3.a');
      CREATE ROLE plain_owner;
      ALTER TABLE subject_sets OWNER TO plain_owner;
      ALTER TABLE subject_set_members OWNER TO plain_owner;
      SET ROLE plain_owner;`);
    await session.script('BEGIN');
    await session.script(await readFile(join(POSTGRES_FILES, '0152-keys-of-older-sets.sql'), 'utf8'));
    await session.script('COMMIT; RESET ROLE');
    expect(
      await session.query('SELECT id, ARRAY(SELECT unnest(kids) ORDER BY 1) AS kids FROM subject_sets ORDER BY id'),
    ).toEqual([
      { id: older, kids: ['k1', 'k2'] },
      { id: emptied, kids: [] },
      { id: newer, kids: ['k9'] },
    ]);
    expect(
      await session.query(
        `SELECT DISTINCT relforcerowsecurity AS forced FROM pg_class WHERE relname LIKE 'subject_set%' AND relkind = 'r'`,
      ),
    ).toEqual([{ forced: true }]);
  } finally {
    await client.close();
  }
});
