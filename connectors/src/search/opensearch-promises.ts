import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conformance, JANE, JOHN, jobFor } from '../conformance.ts';
import { bytesHold } from '../testing/bytes.ts';
import type { TestOpensearch } from '../testing/opensearch/start.ts';
import { opensearch } from './opensearch.ts';

const NODE = 'store:opensearch://search:9200/tickets';

/**
 * What the connector promises of OpenSearch, for a real node and for its recorded answers.
 *
 * @param start a node whose files can be searched, or one without files
 */
export function opensearchPromises(start: () => Promise<TestOpensearch>): void {
  let server: TestOpensearch;
  beforeAll(async () => {
    server = await start();
  }, 120_000);
  afterAll(() => server.stop());
  let added = 0;

  async function call(method: string, where: string, body?: unknown) {
    const response = await fetch(server.url + where, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const json = (await response.json()) as never;
    expect(response.status, JSON.stringify(json)).toBeLessThan(300);
    return json;
  }

  const PROPERTIES = {
    requester: { properties: { email: { type: 'text', fields: { keyword: { type: 'keyword' } } } } },
    phone: { type: 'keyword' },
    number: { type: 'long' },
    watchers: { type: 'nested', properties: { email: { type: 'keyword' } } },
    hidden: { type: 'keyword', index: false },
    text: { type: 'text' },
  };

  async function tickets(identifiers: Record<string, string> = { email: 'requester.email.keyword' }, extra = {}) {
    await call('DELETE', '/tickets-*,other*,vip*?allow_no_indices=true&ignore_unavailable=true');
    for (const index of ['tickets-2026', 'tickets-2027']) {
      await call('PUT', `/${index}`, {
        settings: {
          number_of_shards: 1,
          number_of_replicas: 0,
          'index.translog.durability': 'async',
          // 30 s by default: how soon deleted documents may be merged away.
          'index.soft_deletes.retention_lease.sync_interval': '200ms',
        },
        mappings: { properties: PROPERTIES },
      });
    }
    // Without a refresh: a search that does not ask for one finds nothing.
    const add = (index: string, document: object) => call('POST', `/${index}/_doc`, document);
    await add('tickets-2026', { requester: { email: JANE }, text: 'first' });
    await add('tickets-2027', { requester: { email: ' Jane@Example.com ' }, text: 'second' });
    await add('tickets-2026', { requester: { email: JOHN }, text: 'third' });
    await add('tickets-2027', { requester: { email: JOHN }, text: 'fourth' });
    const connector = opensearch.create(
      opensearch.config.parse({
        connector: 'opensearch',
        url: server.url,
        indices: [{ index: 'tickets-*', node: NODE, identifiers }],
        deletedDocuments: 'rewrite',
        ...extra,
      }),
    );
    const everything = async () => {
      await call('POST', '/tickets-*/_refresh');
      const page: { hits: { hits: object[] } } = await call('GET', '/tickets-*/_search?size=1000');
      return page.hits.hits.map((hit) => JSON.stringify(hit)).sort();
    };
    return { connector, add, everything };
  }

  const open = async () => {
    const { connector, add, everything } = await tickets();
    return {
      connector,
      node: NODE,
      everything,
      addJane: async () => void (await add('tickets-2027', { requester: { email: JANE }, text: `late ${added++}` })),
      bytesHold: async (text: string) =>
        server.folder === null ? null : bytesHold(path.join(server.folder, 'data'), text),
      cleanUp: async () => {},
    };
  };
  // Not the whole contract: what is asked beyond this suite has never been asked of the node whose answers are recorded.
  describe('opensearch', () => {
    for (const { name, run } of conformance(open)) test(name, run);
  });

  test('phone numbers are found as they were typed, numbers by value, nested values inside their object', async () => {
    const { connector, add } = await tickets({ phone: 'phone', customer_id: 'number', external_id: 'watchers.email' });
    await add('tickets-2026', { phone: '+49 (170) 12-34' });
    await add('tickets-2026', { phone: '+49 170 12345' });
    await add('tickets-2026', { number: 77 });
    await add('tickets-2026', { watchers: [{ email: 'w-9' }] });
    const count = (type: string, value: string) => connector.search(jobFor(NODE, '', { selectors: [{ type, value }] }));

    expect(await count('phone', '+491701234')).toBe(1);
    expect(await count('customer_id', '77')).toBe(1);
    expect(await count('customer_id', '7')).toBe(0);
    expect(await count('customer_id', '99999999999999999999')).toBe(0);
    expect(await count('customer_id', 'seventy')).toBe(0);
    expect(await count('external_id', 'w-9')).toBe(1);
    expect(await count('external_id', 'W-9')).toBe(0);
  });

  test('more documents than one page holds are all found and erased', async () => {
    const { connector } = await tickets();
    const lines = Array.from(
      { length: 1_201 },
      (_, n) => `{"index":{}}\n{"requester":{"email":"${JANE}"},"text":"n${n}"}\n`,
    );
    await fetch(`${server.url}/tickets-2026/_bulk`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.join(''),
    });

    expect(await connector.erase(jobFor(NODE, JANE))).toMatchObject({ found: 1_203, erased: 1_203 });
    expect(await connector.verify(jobFor(NODE, JANE))).toBe(0);
  });

  test('a document that names another person too is left for a human', async () => {
    const { connector, add, everything } = await tickets();
    await add('tickets-2026', { requester: [{ email: JANE }, { email: JOHN }] });
    const before = await everything();

    await expect(connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({
      code: 'shared_record',
      class: 'needs_human',
    });
    expect(await everything()).toEqual(before);
  });

  test.each([
    ['a field that is not mapped', { email: 'mail' }, 'unsearchable_field'],
    ['a field that is analysed into words', { email: 'requester.email' }, 'unsearchable_field'],
    ['a field that is stored and not indexed', { email: 'hidden' }, 'unsearchable_field'],
  ])('%s stops the worker instead of finding nobody', async (_name, identifiers, code) => {
    const { connector } = await tickets(identifiers);
    await expect(connector.check()).rejects.toMatchObject({ class: 'permanent', code });
    await expect(connector.search(jobFor(NODE, JANE))).rejects.toMatchObject({ code });
  });

  test('an index nobody mapped stops the worker', async () => {
    const { connector } = await tickets();
    await call('PUT', '/other-index', {});
    await expect(connector.check()).rejects.toMatchObject({ class: 'needs_human', code: 'unmapped_table' });

    const named = await tickets(undefined, { withoutPersonalData: ['other-*'] });
    await call('PUT', '/other-index', {});
    await named.connector.check();
  });

  test('an alias with a filter stops the worker: it hides documents', async () => {
    await tickets();
    await call('POST', '/_aliases', {
      actions: [{ add: { index: 'tickets-2026', alias: 'vip', filter: { term: { number: 1 } } } }],
    });
    const connector = opensearch.create(
      opensearch.config.parse({
        connector: 'opensearch',
        url: server.url,
        indices: [{ index: 'vip', node: NODE, identifiers: { email: 'requester.email.keyword' } }],
        withoutPersonalData: ['tickets-*'],
      }),
    );
    await expect(connector.check()).rejects.toMatchObject({ code: 'filtered_alias' });
  });

  test('an index that is gone is a failure, not an empty answer', async () => {
    const { connector } = await tickets();
    await call('DELETE', '/tickets-2026,tickets-2027');
    for (const work of [connector.search, connector.erase, connector.verify]) {
      await expect(work(jobFor(NODE, JANE))).rejects.toMatchObject({ class: 'permanent', code: 'missing_table' });
    }
  });

  test('a closed index stops the worker', async () => {
    const { connector } = await tickets();
    await call('POST', '/tickets-2027/_close');
    await expect(connector.check()).rejects.toMatchObject({ class: 'needs_human' });
  });

  test('an index that refuses writes fails the erasure', async () => {
    const { connector } = await tickets();
    await call('PUT', '/tickets-*/_settings', { 'index.blocks.write': true });
    await expect(connector.erase(jobFor(NODE, JANE))).rejects.toMatchObject({
      class: expect.stringMatching(/permanent|retryable/),
    });
    expect(await connector.search(jobFor(NODE, JANE))).toBe(2);
  });

  test('a document that is written while it is deleted is deleted all the same', async () => {
    const { connector } = await tickets();
    const ids = ['a', 'b', 'c', 'd'];
    const write = () =>
      Promise.all(
        ids.map((id) =>
          call('PUT', `/tickets-2026/_doc/${id}`, { requester: { email: JANE }, text: `again ${added++}` }),
        ),
      );
    await write();
    let writing = true;
    const writer = (async () => {
      for (let round = 0; writing && round < 20; round += 1) await write();
    })();
    const erased = await connector.erase(jobFor(NODE, JANE)).catch((error: unknown) => error);
    writing = false;
    await writer;
    // Either every document it saw was deleted, or it says that it was not: never a count that is not true.
    if (erased instanceof Error) expect(erased).toMatchObject({ class: 'retryable', code: 'conflict' });
    else expect(erased).toMatchObject({ erased: (erased as { found: number }).found });
  });
}
