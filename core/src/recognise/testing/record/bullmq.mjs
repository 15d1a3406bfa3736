import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { BullMQOtel } from 'bullmq-otel';
import { record, require } from './recorder.mjs';
import { startRedis, stopServers } from './servers.mjs';

const port = await startRedis();
await record(
  'bullmq',
  {
    packages: ['bullmq', 'bullmq-otel', '@opentelemetry/instrumentation-ioredis'],
    server: 'Redis 7.0',
    instrumentations: [new IORedisInstrumentation()],
    keep: (span) => span.instrumentationScope.name !== '@opentelemetry/instrumentation-ioredis',
  },
  async () => {
    const { Queue, Worker, FlowProducer } = require('bullmq');
    const connection = { host: '127.0.0.1', port };
    const telemetry = new BullMQOtel({ tracerName: 'desk' });
    const queue = new Queue('mails', { connection, telemetry });
    await queue.add('welcome', { to: 'jane@example.com' });
    await queue.addBulk([{ name: 'news', data: { to: 'john@example.com' } }]);
    const flow = new FlowProducer({ connection, telemetry });
    await flow.add({
      name: 'parent',
      queueName: 'mails',
      data: {},
      children: [{ name: 'child', queueName: 'mails', data: {} }],
    });
    let done = 0;
    const worker = new Worker('mails', async () => 'sent', { connection, telemetry });
    await new Promise((resolve) => worker.on('completed', () => ++done === 4 && resolve()));
    await worker.close();
    await queue.drain();
    await queue.clean(0, 10);
    await queue.obliterate({ force: true });
    await flow.close();
    await queue.close();
  },
);
await stopServers();
