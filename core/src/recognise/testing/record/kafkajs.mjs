import { instrumentation, record, require } from './recorder.mjs';
import { startKafka, stopServers } from './servers.mjs';

const { KafkaJsInstrumentation } = instrumentation('@opentelemetry/instrumentation-kafkajs');

const port = await startKafka();
await record(
  'kafkajs',
  {
    packages: ['kafkajs', '@opentelemetry/instrumentation-kafkajs'],
    server: 'Apache Kafka 3.9',
    instrumentations: [new KafkaJsInstrumentation()],
  },
  async () => {
    const { Kafka, logLevel } = require('kafkajs');
    const kafka = new Kafka({ clientId: 'desk', brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'orders' }, { topic: 'batches' }] });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: 'orders', messages: [{ key: 'jane@example.com', value: 'Jane Doe' }] });
    await producer.sendBatch({
      topicMessages: [
        { topic: 'batches', messages: [{ value: 'one' }, { key: 'john@example.com', value: 'two' }] },
        { topic: 'orders', messages: [{ value: 'three' }] },
      ],
    });
    const consume = async (topic, groupId, expected, run) => {
      const consumer = kafka.consumer({ groupId });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      let seen = 0;
      await new Promise((resolve) => {
        const count = (n) => {
          seen += n;
          if (seen >= expected) setTimeout(resolve, 300);
        };
        void consumer.run(run(count));
      });
      await consumer.disconnect();
    };
    await consume('orders', 'billing', 2, (count) => ({ eachMessage: async () => count(1) }));
    await consume('batches', 'archive', 2, (count) => ({
      eachBatch: async ({ batch }) => count(batch.messages.length),
    }));
    await producer.disconnect();
    await admin.disconnect();
  },
);
await stopServers();
