import { createServer } from 'node:http';
import { PineconeInstrumentation } from '@traceloop/instrumentation-pinecone';
import { QdrantInstrumentation } from '@traceloop/instrumentation-qdrant';
import { record, require, step } from './recorder.mjs';

/** Vector stores answer out of a server of our own: what their clients' spans say does not depend on what they find. */
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const json = (value, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const { url } = request;
    if (url.startsWith('/collections')) {
      const isSearch = url.includes('/search') || url.includes('/query');
      return json({
        result: isSearch ? [{ id: 1, version: 0, score: 0.9 }] : { status: 'completed', operation_id: 1 },
        status: 'ok',
        time: 0,
      });
    }
    if (url.startsWith('/query'))
      return json({ matches: [{ id: '4711', score: 0.9 }], namespace: 'eu', usage: { readUnits: 1 } });
    return json({ upsertedCount: 1, vectors: {}, namespaces: {}, dimension: 2, totalVectorCount: 1 });
  });
}).listen(58_110, '127.0.0.1');
const url = 'http://127.0.0.1:58110';

await record(
  'qdrant',
  {
    packages: ['@qdrant/js-client-rest', '@traceloop/instrumentation-qdrant'],
    server: 'a server of our own',
    instrumentations: [new QdrantInstrumentation()],
  },
  async () => {
    const { QdrantClient } = require('@qdrant/js-client-rest');
    const client = new QdrantClient({ url, checkCompatibility: false });
    await step(() =>
      client.upsert('people', { points: [{ id: 1, vector: [0.1, 0.2], payload: { mail: 'jane@example.com' } }] }),
    );
    await step(() => client.retrieve('people', { ids: [1] }));
    await step(() => client.delete('people', { points: [1] }));
  },
);

const pinecone = new PineconeInstrumentation();
await record(
  'pinecone',
  {
    packages: ['@pinecone-database/pinecone', '@traceloop/instrumentation-pinecone'],
    server: 'a server of our own',
    instrumentations: [pinecone],
  },
  async () => {
    const { Pinecone } = require('@pinecone-database/pinecone');
    const index = new Pinecone({ apiKey: 'none' }).index({ name: 'people', host: url }).namespace('eu');
    const values = [0.1, 0.2];
    await step(() => index.upsert({ records: [{ id: 'jane@example.com', values, metadata: { name: 'Jane Doe' } }] }));
    await step(() => index.query({ vector: values, topK: 1 }));
    await step(() => index.fetch({ ids: ['jane@example.com'] }));
    await step(() => index.update({ id: 'jane@example.com', values }));
    await step(() => index.deleteOne({ id: 'jane@example.com' }));
    await step(() => index.deleteAll());
  },
);
server.closeAllConnections();
server.close();
