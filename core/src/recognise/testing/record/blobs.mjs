import { createServer } from 'node:http';
import { createAzureSdkInstrumentation } from '@azure/opentelemetry-instrumentation-azure-sdk';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { pretend, record, require, step } from './recorder.mjs';
import { startAzurite, stopServers } from './servers.mjs';

await startAzurite();
await record(
  'azure-blob',
  {
    packages: ['@azure/storage-blob', '@azure/opentelemetry-instrumentation-azure-sdk'],
    server: 'azurite 3.37',
    instrumentations: [createAzureSdkInstrumentation()],
  },
  async () => {
    const { BlobServiceClient, StorageSharedKeyCredential } = require('@azure/storage-blob');
    const key = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
    const credential = new StorageSharedKeyCredential('devstoreaccount1', key);
    const service = new BlobServiceClient(
      `http://${pretend('devstoreaccount1.blob.core.windows.net')}:58120`,
      credential,
    );
    const container = service.getContainerClient('exports');
    await step(() => container.create());
    const blob = container.getBlockBlobClient('people/jane@example.com/4711.json');
    await step(() => blob.upload('Jane Doe', 8));
    await step(async () => (await blob.download()).readableStreamBody?.resume());
    await step(() => blob.getProperties());
    await step(() => blob.setMetadata({ owner: 'Jane' }));
    await step(async () => {
      for await (const _one of container.listBlobsFlat());
    });
    await step(() => blob.delete());
    await step(() => container.delete());
  },
);
await stopServers();

/** Google's client writes no spans of its own: what is left is its HTTP. */
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(request.method === 'DELETE' ? 204 : 200, { 'content-type': 'application/json' });
    response.end(
      request.method === 'DELETE'
        ? undefined
        : JSON.stringify({ name: 'people/4711.json', bucket: 'exports', items: [], done: true, resource: {} }),
    );
  });
}).listen(58_121, '127.0.0.1');
await record(
  'gcs',
  {
    packages: ['@google-cloud/storage', '@opentelemetry/instrumentation-undici'],
    server: 'a server of our own',
    instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
    keep: (span) => span.kind === 2,
  },
  async () => {
    const { Storage } = require('@google-cloud/storage');
    const bucket = new Storage({
      apiEndpoint: `http://${pretend('storage.googleapis.com')}:58121`,
      projectId: 'shop',
      useAuthWithCustomEndpoint: false,
      retryOptions: { autoRetry: false },
    }).bucket('exports');
    const file = bucket.file('people/jane@example.com/4711.json');
    await step(() => file.save('Jane Doe', { resumable: false, validation: false }));
    await step(() => file.download({ validation: false }));
    await step(() => file.copy(bucket.file('archive/4711.json')));
    await step(() => file.getMetadata());
    await step(() => bucket.getFiles({ prefix: 'people/' }));
    await step(() => file.delete());
  },
);
server.closeAllConnections();
server.close();
process.exit(0);
