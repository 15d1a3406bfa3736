import { AmqplibInstrumentation } from '@opentelemetry/instrumentation-amqplib';
import { record, require } from './recorder.mjs';
import { startRabbit, stopServers } from './servers.mjs';

const port = await startRabbit();
await record(
  'amqplib',
  {
    packages: ['amqplib', '@opentelemetry/instrumentation-amqplib'],
    server: 'RabbitMQ 3.10',
    instrumentations: [new AmqplibInstrumentation()],
  },
  async () => {
    const amqp = require('amqplib');
    const connection = await amqp.connect(`amqp://guest:guest@127.0.0.1:${port}`);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('mails');
    await channel.assertExchange('shop', 'topic');
    await channel.assertQueue('orders');
    await channel.bindQueue('orders', 'shop', 'order.*');
    channel.sendToQueue('mails', Buffer.from('jane@example.com'));
    channel.publish('shop', 'order.4711', Buffer.from('Jane Doe'));
    await channel.waitForConfirms();
    let seen = 0;
    await new Promise((resolve) => {
      const take = (message) => {
        channel.ack(message);
        if (++seen === 2) setTimeout(resolve, 200);
      };
      channel.consume('mails', take);
      channel.consume('orders', take);
    });
    await channel.close();
    await connection.close();
  },
);
await stopServers();
