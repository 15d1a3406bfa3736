import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from '@lancedb/lancedb';
import { recordRef, type TenantKey } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import { expect, test } from 'vitest';
import { connectorContract, JANE, JOHN, jobFor } from '../connector-contract.ts';
import { bytesHold } from '../testing/bytes.ts';
import { lancedbConnector } from './lancedb.ts';

const NODE = 'memory:support/notes';
const key: TenantKey = { key: new Secret(new Uint8Array(32).fill(5)), tenant: 'acme', kid: 'k1' };

async function memory() {
  const folder = await mkdtemp(path.join(tmpdir(), 'vestige-lancedb-'));
  const db = await connect(folder);
  const table = await db.createTable('notes', [
    { id: 'n1', email: JANE, text: 'likes lamps', vector: [0.1, 0.2] },
    { id: 'n2', email: 'Jane@Example.com', text: 'moved', vector: [0.3, 0.2] },
    { id: 'n3', email: JOHN, text: 'likes chairs', vector: [0.5, 0.2] },
    { id: 'n4', email: JOHN, text: 'moved too', vector: [0.7, 0.2] },
  ]);
  const connector = lancedbConnector(
    {
      connector: 'lancedb',
      path: folder,
      withoutPersonalData: [],
      tables: [{ table: 'notes', node: NODE, identifiers: { email: 'email' }, recordKey: 'id' }],
    },
    [key],
  );
  return { folder, db, table, connector };
}

connectorContract('lancedb', async () => {
  const { folder, db, table, connector } = await memory();
  return {
    connector,
    node: NODE,
    everything: async () => {
      await table.checkoutLatest();
      const rows = await table.query().select(['id', 'email', 'text']).toArray();
      return rows.map((row) => JSON.stringify({ id: row.id, email: row.email, text: row.text })).sort();
    },
    addJane: async () => {
      await table.checkoutLatest();
      await table.add([{ id: 'n9', email: JANE, text: 'late', vector: [0.9, 0.1] }]);
    },
    bytesHold: (text) => bytesHold(folder, text),
    cleanUp: async () => {
      db.close();
      await rm(folder, { recursive: true });
    },
  };
});

test('one deleted row among many leaves the files too', async () => {
  const { folder, db, table, connector } = await memory();
  await table.add(
    Array.from({ length: 500 }, (_, i) => ({ id: `m${i}`, email: `p${i}@example.com`, text: 'x', vector: [i, 0] })),
  );

  await connector.erase(jobFor(NODE, 'p7@example.com'));

  expect(await bytesHold(folder, 'p7@example.com')).toBe(false);
  expect(await bytesHold(folder, 'p8@example.com')).toBe(true);
  db.close();
  await rm(folder, { recursive: true });
});

test('a vector without an identifier is found by its record ref', async () => {
  const { folder, db, connector } = await memory();
  const job = jobFor(NODE, JANE, { selectors: [], recordRefs: [recordRef(key, NODE, 'n3')] });

  expect(await connector.erase(job)).toMatchObject({ found: 1, erased: 1 });
  expect(await connector.verify(job)).toBe(0);

  db.close();
  await rm(folder, { recursive: true });
});
