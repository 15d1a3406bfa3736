import { instrumentation, record, require, step } from './recorder.mjs';
import { startMongo, stopServers } from './servers.mjs';

const { MongoDBInstrumentation } = instrumentation('@opentelemetry/instrumentation-mongodb');

const port = await startMongo();
await record(
  'mongodb',
  {
    packages: ['mongodb', '@opentelemetry/instrumentation-mongodb'],
    server: 'mongo-java-server 1.47',
    instrumentations: [new MongoDBInstrumentation({ requireParentSpan: false })],
  },
  async () => {
    const { MongoClient } = require('mongodb');
    const client = await MongoClient.connect(`mongodb://127.0.0.1:${port}`);
    const users = client.db('shop').collection('users');
    await users.insertOne({ _id: 1, email: 'jane@example.com' });
    await users.insertMany([{ email: 'john@example.com' }]);
    await users.find({ email: 'jane@example.com' }).toArray();
    await users.findOne({ _id: 1 });
    await users.updateMany({ email: 'jane@example.com' }, { $set: { name: 'Jane Doe' } });
    await users.findOneAndUpdate({ _id: 1 }, { $set: { name: 'x' } });
    await users.findOneAndDelete({ email: 'john@example.com' });
    await users
      .aggregate([{ $match: { email: 'jane@example.com' } }, { $group: { _id: null, n: { $sum: 1 } } }])
      .toArray();
    await step(() => users.aggregate([{ $match: {} }, { $out: 'people' }]).toArray());
    await users.countDocuments({ email: 'jane@example.com' });
    await users.distinct('name');
    await users.bulkWrite([{ deleteOne: { filter: { _id: 1 } } }, { insertOne: { document: { _id: 2 } } }]);
    await users.deleteMany({});
    await client.db('shop').collection('events.2026').insertOne({ who: 'Jane' });
    await users.createIndex({ email: 1 });
    await users.drop();
    await client.db('shop').dropDatabase();
    await client.close();
  },
);
await stopServers();
