import http from 'node:http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { instrumentation, record, require, step } from './recorder.mjs';

const { HttpInstrumentation } = instrumentation('@opentelemetry/instrumentation-http');

/** A small server of our own: what answers is not the point, what the client's spans say is. */
const answer = (request, response) => {
  request.resume();
  request.on('end', () => {
    if (request.url.startsWith('/missing')) response.writeHead(404).end();
    else if (request.method === 'DELETE') response.writeHead(204).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"name":"Jane Doe"}');
  });
};

await record(
  'http',
  {
    packages: ['@opentelemetry/instrumentation-http'],
    server: 'Node.js http',
    instrumentations: [new HttpInstrumentation()],
  },
  async () => {
    const { createServer, request } = require('node:http');
    const server = createServer(answer).listen(58_080, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const call = (method, path, body, port = 58_080) =>
      new Promise((resolve) => {
        const sent = request({
          host: '127.0.0.1',
          port,
          method,
          path,
          headers: body ? { 'content-length': body.length } : {},
        });
        sent.on('response', (response) => response.resume().on('end', resolve));
        sent.on('error', resolve);
        sent.end(body);
      });
    await call('GET', '/people/4711?mail=jane@example.com');
    await call('POST', '/people', '{"mail":"jane@example.com"}');
    await call('PUT', '/people/4711', '{"name":"Jane Doe"}');
    await call('DELETE', '/people/4711');
    await call('HEAD', '/health');
    await call('GET', '/missing');
    await call('GET', '/nobody', undefined, 1);
    server.closeAllConnections();
    server.close();
  },
);

if (process.env.OLD === '1') process.exit(0);
await record(
  'undici',
  {
    packages: ['@opentelemetry/instrumentation-undici'],
    server: 'Node.js http',
    instrumentations: [new UndiciInstrumentation()],
    keep: (span) => span.instrumentationScope.name === '@opentelemetry/instrumentation-undici',
  },
  async () => {
    const server = http.createServer(answer).listen(58_081, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const at = 'http://127.0.0.1:58081';
    await (await fetch(`${at}/people/4711?mail=jane@example.com`)).text();
    await (await fetch(`${at}/people`, { method: 'POST', body: '{"mail":"jane@example.com"}' })).text();
    await fetch(`${at}/people/4711`, { method: 'DELETE' });
    await (await fetch(`${at}/missing`)).text();
    await step(() => fetch('http://127.0.0.1:1/nobody'));
    await step(() => fetch('http://nobody.invalid/people/jane@example.com'));
    server.closeAllConnections();
    server.close();
  },
);
