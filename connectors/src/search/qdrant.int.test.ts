import { recordRef } from '@vestige/core/identity/token';
import { Secret } from '@vestige/core/secret';
import { expect, test } from 'vitest';
import { connectorContract, JANE, JOHN, jobFor } from '../connector-contract.ts';
import { startQdrantProtocol } from '../testing/qdrant-protocol.ts';
import { qdrant } from './qdrant.ts';

const NODE = 'store:qdrant://vectors:6333/notes';
const KEY = { tenant: 'acme', kid: 'k1', key: new Secret(new Uint8Array(32).fill(7)) };

async function notes(mapping: object = { identifiers: { email: 'author' } }, extra: object = {}) {
  const store = await startQdrantProtocol('notes');
  for (const [id, author] of [JANE, 'Jane@Example.com', JOHN, JOHN].entries())
    store.points.set(id, { author, text: `n${id}` });
  const connector = qdrant.create(
    qdrant.config.parse({
      connector: 'qdrant',
      url: store.url,
      apiKey: 'writer',
      verifyApiKey: 'reader',
      collections: [{ collection: 'notes', node: NODE, ...mapping }],
      ...extra,
    }),
    [KEY],
  );
  return { store, connector };
}

connectorContract('qdrant, against its documented protocol', async () => {
  const { store, connector } = await notes();
  return {
    connector,
    node: NODE,
    everything: async () => [...store.points].map((point) => JSON.stringify(point)),
    addJane: async () => void store.points.set('5c56c793-69f3-4fbf-87e6-c4bf54c28c26', { author: JANE }),
    bytesHold: async () => null,
    cleanUp: store.stop,
  };
});

test('the verifier looks with its own key, and at every point', async () => {
  const { store, connector } = await notes({ identifiers: { email: 'author' }, find: 'filter' });
  await connector.search(jobFor(NODE, 'Jane@Example.com'));
  expect(store.keysSeen).toEqual(new Set(['writer']));

  // The store compares exactly, so its filter misses the other spelling; the verifier does not.
  expect(await connector.search(jobFor(NODE, JANE))).toBe(1);
  expect(await connector.verify(jobFor(NODE, JANE))).toBe(2);
  expect(store.keysSeen).toEqual(new Set(['writer', 'reader']));
  await store.stop();
});

test('more points than a page holds are all found and erased', async () => {
  const { store, connector } = await notes();
  for (let n = 10; n < 1_300; n += 1) store.points.set(n, { author: n % 2 === 0 ? JANE : JOHN });

  expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 647, erased: 647 });
  expect([...store.points.values()].every(({ author }) => author === JOHN)).toBe(true);
  await store.stop();
});

test.each(['acknowledged', 'wait_timeout'] as const)('a deletion that is only %s is tried again', async (status) => {
  const { store, connector } = await notes();
  store.deleteStatus = status;
  await expect(connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({ class: 'retryable', code: 'not_applied' });
  await store.stop();
});

test('a read-only key fails the erasure', async () => {
  const { store, connector } = await notes();
  store.forbidWrites = true;
  await expect(connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({
    class: 'permanent',
    code: 'permission_denied',
  });
  expect(store.points.size).toBe(4);
  await store.stop();
});

test('a collection that is not there, that is damaged, or that nobody mapped stops the worker', async () => {
  const { store, connector } = await notes();
  const other = qdrant.create(
    qdrant.config.parse({
      connector: 'qdrant',
      url: store.url,
      collections: [{ collection: 'memos', node: NODE, identifiers: { email: 'author' } }],
    }),
  );
  await expect(other.check()).rejects.toMatchObject({ code: 'missing_table' });
  await expect(other.search(jobFor(NODE, JANE))).rejects.toMatchObject({ code: 'missing_table' });
  store.collectionStatus = 'red';
  await expect(connector.check()).rejects.toMatchObject({ code: 'damaged_collection' });
  store.collectionStatus = 'grey';
  await connector.check();
  store.otherCollections.push('forgotten');
  await expect(connector.check()).rejects.toMatchObject({ code: 'unmapped_table' });
  await store.stop();
});

test('a point without an identifier is found by its record ref, and spared when it names somebody else', async () => {
  const { store, connector } = await notes({ identifiers: { email: 'author' }, recordKey: 'note' });
  store.points.set(50, { note: 'a-1' });
  store.points.set(51, { note: 'a-1', author: JOHN });
  const job = jobFor(NODE, JANE, { recordRefs: [recordRef(KEY, NODE, 'a-1')] });

  expect(await connector.erase(job)).toMatchObject({ found: 3, erased: 3, spared: 1 });
  expect(store.points.has(50)).toBe(false);
  expect(store.points.has(51)).toBe(true);
  await store.stop();
});

test('identifiers inside lists of objects are found; a point that names two people is left for a human', async () => {
  const { store, connector } = await notes({ identifiers: { email: 'people[].email' } });
  store.points.set(60, { people: [{ email: JANE }] });
  expect(await connector.search(jobFor(NODE, JANE))).toBe(1);
  store.points.set(61, { people: [{ email: JANE }, { email: JOHN }] });
  await expect(connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({ code: 'shared_record' });
  expect(store.points.has(60)).toBe(true);
  await store.stop();
});
