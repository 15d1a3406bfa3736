import { RedisInstrumentation } from '@opentelemetry/instrumentation-redis';
import { instrumentation, record, require, step } from './recorder.mjs';
import { startRedis, stopServers } from './servers.mjs';

const { IORedisInstrumentation } = instrumentation('@opentelemetry/instrumentation-ioredis');

const port = await startRedis();
await record(
  'ioredis',
  {
    packages: ['ioredis', '@opentelemetry/instrumentation-ioredis'],
    server: 'Redis 7.0',
    instrumentations: [new IORedisInstrumentation({ requireParentSpan: false })],
  },
  async () => {
    const Redis = require('ioredis');
    const redis = new Redis({ host: '127.0.0.1', port });
    await redis.set('session:4711:cart', 'jane@example.com', 'EX', 60);
    await redis.get('session:4711:cart');
    await redis.hset('user:jane@example.com', 'name', 'Jane Doe');
    await redis.hgetall('user:jane@example.com');
    await redis.mget('session:1', 'session:2');
    await redis.del('session:4711:cart', 'user:jane@example.com');
    await redis.lpush('inbox:7', 'hello');
    await redis.rpop('inbox:7');
    await redis.publish('news', 'Jane Doe');
    await redis.xadd('events', '*', 'who', 'Jane');
    await redis.xread('COUNT', 1, 'STREAMS', 'events', '0');
    await redis.eval('return redis.call("set", KEYS[1], ARGV[1])', 1, 'session:9', 'Jane');
    await redis.multi().set('a:1', 'x').get('a:1').del('a:1').exec();
    await redis.pipeline().set('b:1', 'x').expire('b:1', 9).exec();
    await redis.scan('0', 'MATCH', 'session:*');
    await redis.ping();
    await step(() => redis.lpush('session:9', 'x'));
    await redis.flushdb();
    await redis.quit();
  },
);
if (process.env.OLD === '1') {
  await stopServers();
  process.exit(0);
}
await record(
  'redis',
  {
    packages: ['redis', '@opentelemetry/instrumentation-redis'],
    server: 'Redis 7.0',
    instrumentations: [new RedisInstrumentation({ requireParentSpan: false })],
  },
  async () => {
    const { createClient } = require('redis');
    const client = createClient({ url: `redis://127.0.0.1:${port}/3` });
    await client.connect();
    await client.set('session:4711', 'jane@example.com', { EX: 60 });
    await client.get('session:4711');
    await client.hSet('user:7', { name: 'Jane', mail: 'jane@example.com' });
    await client.hGet('user:7', 'name');
    await client.del(['session:4711', 'user:7']);
    await client.getDel('session:4711');
    await client.multi().set('a:1', 'x').get('a:1').exec();
    await client.publish('news', 'Jane');
    await client.zAdd('scores', [{ score: 1, value: 'jane@example.com' }]);
    await client.zRange('scores', 0, -1);
    await client.sendCommand(['OBJECT', 'ENCODING', 'scores']);
    await client.close();
  },
);
await stopServers();
