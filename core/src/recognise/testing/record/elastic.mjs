import { createServer } from 'node:http';
import { record, require, step } from './recorder.mjs';

/** The client traces itself; what answers is a server of our own that says it is Elasticsearch. */
const hits = {
  took: 1,
  timed_out: false,
  hits: { total: { value: 1 }, hits: [{ _index: 'people', _id: '4711', _source: { name: 'Jane Doe' } }] },
};
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const isMissing = request.url.startsWith('/nowhere');
    response.writeHead(isMissing ? 404 : 200, {
      'content-type': 'application/json',
      'x-elastic-product': 'Elasticsearch',
    });
    response.end(
      JSON.stringify(
        isMissing
          ? { error: { type: 'index_not_found_exception', reason: 'no jane@example.com' } }
          : { ...hits, _id: '4711', items: [], errors: false, count: 1 },
      ),
    );
  });
}).listen(59_200, '127.0.0.1');

async function work(client) {
  const index = 'people';
  const mail = 'jane@example.com';
  await step(() => client.index({ index, id: mail, document: { mail }, body: { mail } }));
  await step(() =>
    client.search({
      index: 'people,orders-2026.11.22',
      query: { match: { mail } },
      body: { query: { match: { mail } } },
    }),
  );
  await step(() => client.get({ index, id: mail }));
  await step(() => client.count({ index }));
  await step(() =>
    client.bulk({
      operations: [{ delete: { _index: index, _id: mail } }],
      body: [{ delete: { _index: index, _id: mail } }],
    }),
  );
  await step(() => client.update({ index, id: mail, doc: { name: 'Jane' }, body: { doc: { name: 'Jane' } } }));
  await step(() => client.deleteByQuery({ index, query: { match: { mail } }, body: { query: { match: { mail } } } }));
  await step(() => client.delete({ index, id: mail }));
  await step(() =>
    client.reindex({
      source: { index },
      dest: { index: 'archive' },
      body: { source: { index }, dest: { index: 'archive' } },
    }),
  );
  await step(() => client.indices.delete({ index }));
  await step(() => client.search({ index: 'nowhere' }));
  await step(() => client.ping());
}

await record(
  'elasticsearch',
  { packages: ['@elastic/elasticsearch', '@elastic/transport'], server: 'a server of our own' },
  () => work(new (require('@elastic/elasticsearch').Client)({ node: 'http://127.0.0.1:59200', maxRetries: 0 })),
);
server.closeAllConnections();
server.close();
