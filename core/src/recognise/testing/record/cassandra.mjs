import { createServer } from 'node:net';
import { CassandraDriverInstrumentation } from '@opentelemetry/instrumentation-cassandra-driver';
import { record, require, step } from './recorder.mjs';

/**
 * Speaks as much of Cassandra's native protocol (version 4) as its driver needs to connect: every statement succeeds, reads
 * find one person. What a client's span says does not depend on what it is answered.
 */
const [STARTUP, OPTIONS, QUERY, PREPARE, EXECUTE, REGISTER, BATCH] = [0x01, 0x05, 0x07, 0x09, 0x0a, 0x0b, 0x0d];
const [READY, SUPPORTED, RESULT, ERROR] = [0x02, 0x06, 0x08, 0x00];
const [TEXT, UUID_TYPE, INET, SET] = [0x0d, 0x0c, 0x10, 0x22];

const int = (value) => Buffer.from(Int32Array.of(value).buffer).swap32();
const short = (value) => Buffer.from(Uint16Array.of(value).buffer).swap16();
const string = (text) => Buffer.concat([short(Buffer.byteLength(text)), Buffer.from(text)]);
const bytes = (value) => Buffer.concat([int(value.length), value]);

/** Columns as [name, type, value], in one row or none. */
function rows(columns, count) {
  const types = columns.map(([name, type]) => [
    string(name),
    short(type),
    type === SET ? short(TEXT) : Buffer.alloc(0),
  ]);
  const values = Array.from({ length: count }, () => columns.map(([, , value]) => bytes(value)));
  return Buffer.concat(
    [int(2), int(1), int(columns.length), string('shop'), string('t'), types, int(count), values].flat(3),
  );
}

const LOCAL = [
  ['key', TEXT, Buffer.from('local')],
  ['cluster_name', TEXT, Buffer.from('desk')],
  ['data_center', TEXT, Buffer.from('dc1')],
  ['rack', TEXT, Buffer.from('r1')],
  ['release_version', TEXT, Buffer.from('4.1.0')],
  ['partitioner', TEXT, Buffer.from('org.apache.cassandra.dht.Murmur3Partitioner')],
  ['rpc_address', INET, Buffer.from([127, 0, 0, 1])],
  ['schema_version', UUID_TYPE, Buffer.alloc(16, 1)],
  ['tokens', SET, Buffer.concat([int(1), bytes(Buffer.from('0'))])],
];
const PERSON = [
  ['id', TEXT, Buffer.from('4711')],
  ['email', TEXT, Buffer.from('jane@example.com')],
];

function resultOf(statement) {
  if (/system\.local/i.test(statement)) return rows(LOCAL, 1);
  if (/system[._]/i.test(statement)) return rows(LOCAL, 0);
  if (/^use /i.test(statement)) return Buffer.concat([int(3), string('shop')]);
  return /^select/i.test(statement) ? rows(PERSON, 1) : int(1);
}

/** A statement takes as many texts as it has question marks, and its id is itself. */
function preparedOf(statement) {
  const wanted = statement.split('?').length - 1;
  const columns = Array.from({ length: wanted }, (_, at) => [string(`c${at}`), short(TEXT)]);
  const taken = [int(1), int(wanted), int(0), string('shop'), string('t'), ...columns.flat()];
  return Buffer.concat([int(4), string(statement), ...taken, int(4), int(0)]);
}

function answer(opcode, body) {
  switch (opcode) {
    case STARTUP:
    case REGISTER:
      return [READY, Buffer.alloc(0)];
    case OPTIONS:
      return [SUPPORTED, short(0)];
    case QUERY: {
      const statement = body.toString('utf8', 4, 4 + body.readInt32BE(0));
      if (!/nowhere/.test(statement)) return [RESULT, resultOf(statement)];
      return [ERROR, Buffer.concat([int(0x2200), string('unconfigured table nowhere, jane@example.com')])];
    }
    case PREPARE:
      return [RESULT, preparedOf(body.toString('utf8', 4, 4 + body.readInt32BE(0)))];
    case EXECUTE:
      return [RESULT, resultOf(body.toString('utf8', 2, 2 + body.readUInt16BE(0)))];
    case BATCH:
      return [RESULT, int(1)];
    default:
      return [ERROR, Buffer.concat([int(0x000a), string(`opcode ${opcode}`)])];
  }
}

const HEADER_BYTES = 9;
const server = createServer((socket) => {
  let held = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= HEADER_BYTES && held.length >= HEADER_BYTES + held.readInt32BE(5)) {
      const end = HEADER_BYTES + held.readInt32BE(5);
      const [opcode, body] = answer(held[4], held.subarray(HEADER_BYTES, end));
      socket.write(Buffer.concat([Buffer.from([0x84, 0]), held.subarray(2, 4), Buffer.from([opcode]), bytes(body)]));
      held = held.subarray(end);
    }
  });
}).listen(59_042, '127.0.0.1');

/** `node cassandra.mjs plain` records the same without statements, which is what the instrumentation does unasked. */
const isPlain = process.argv[2] === 'plain';
await record(
  isPlain ? 'cassandra-plain' : 'cassandra',
  {
    packages: ['cassandra-driver', '@opentelemetry/instrumentation-cassandra-driver'],
    server: 'a server of our own',
    instrumentations: [new CassandraDriverInstrumentation({ enhancedDatabaseReporting: !isPlain })],
  },
  async () => {
    const { Client } = require('cassandra-driver');
    const client = new Client({
      contactPoints: ['127.0.0.1'],
      localDataCenter: 'dc1',
      keyspace: 'shop',
      isMetadataSyncEnabled: false,
      protocolOptions: { port: 59_042, maxVersion: 4 },
      pooling: { warmup: false },
    });
    await client.connect();
    const mail = 'jane@example.com';
    const prepare = true;
    await step(() => client.execute('INSERT INTO people (id, email) VALUES (?, ?)', ['4711', mail], { prepare }));
    await step(() => client.execute('SELECT id, email FROM people WHERE email = ?', [mail], { prepare }));
    await step(() => client.execute(`UPDATE people SET email = 'john@example.com' WHERE id = '4711'`));
    await step(() => client.execute('DELETE FROM crm.people WHERE id = ?', ['4711'], { prepare }));
    await step(() => client.batch([`DELETE FROM notes WHERE id = '1'`, `INSERT INTO people (id) VALUES ('4712')`]));
    await step(() => client.execute('TRUNCATE people'));
    await step(() => client.execute('SELECT * FROM nowhere'));
    const found = client.stream('SELECT id FROM people WHERE email = ?', [mail], { prepare });
    await step(() => found.toArray());
    await client.shutdown();
  },
);
server.close();
