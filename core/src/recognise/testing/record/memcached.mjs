import { MemcachedInstrumentation } from '@opentelemetry/instrumentation-memcached';
import { record, require } from './recorder.mjs';
import { startMemcached, stopServers } from './servers.mjs';

const port = await startMemcached();
await record(
  'memcached',
  {
    packages: ['memcached', '@opentelemetry/instrumentation-memcached'],
    server: 'memcached 1.6',
    instrumentations: [new MemcachedInstrumentation({ enhancedDatabaseReporting: true })],
  },
  async () => {
    const Memcached = require('memcached');
    const client = new Memcached(`127.0.0.1:${port}`);
    const run = (method, ...args) => new Promise((resolve) => client[method](...args, resolve));
    await run('set', 'session:4711', 'jane@example.com', 60);
    await run('get', 'session:4711');
    await run('getMulti', ['session:1', 'session:2']);
    await run('touch', 'session:4711', 10);
    await run('del', 'session:4711');
    client.end();
  },
);
await stopServers();
