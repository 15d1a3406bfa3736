import { describe, expect, test } from 'vitest';
import { NODE_KINDS } from '../lineage/answer.ts';
import {
  agentNode,
  clientNode,
  jobNode,
  mcpServerNode,
  memoryNode,
  modelNode,
  serviceName,
  toolNode,
} from './actor.ts';
import { nodeAliases } from './alias.ts';
import { canonicalNode } from './canonical.ts';
import { cleanHost, isPrivateIp, urlAuthority } from './host.ts';
import { insideHosts } from './inside.ts';
import { KINDS, parseNodeId } from './kind.ts';
import { providerName } from './provider.ts';
import { queueNode } from './queue.ts';
import { recipientNode } from './recipient.ts';
import { reduceIndex, reduceKey, reducePath } from './reduce.ts';
import { type StoreParts, storeNode } from './store.ts';

test('the kinds are those of the lineage answer', () => expect([...KINDS]).toEqual([...NODE_KINDS]));

describe('stores are named as OpenLineage names datasets', () => {
  const rows: [StoreParts, string][] = [
    [
      { system: 'postgresql', host: 'db', database: 'shop', name: 'users' },
      'store:postgres://db:5432/shop.public.users',
    ],
    [
      { system: 'postgresql', host: 'db', port: 6432, database: 'shop', schema: 'crm', name: 'users' },
      'store:postgres://db:6432/shop.crm.users',
    ],
    [{ system: 'postgresql', host: 'db', database: 'shop' }, 'store:postgres://db:5432/shop'],
    [{ system: 'postgresql' }, 'store:postgres://-:5432/-'],
    [{ system: 'mysql', host: 'db', database: 'shop', name: 'users' }, 'store:mysql://db:3306/shop.users'],
    [
      { system: 'mariadb', host: 'db', database: 'shop', schema: 'other', name: 'users' },
      'store:mysql://db:3306/other.users',
    ],
    [{ system: 'mssql', host: 'db', database: 'shop', name: 'users' }, 'store:mssql://db:1433/shop.dbo.users'],
    [
      { system: 'oracle.db', host: 'db', database: 'XE', schema: 'HR', name: 'EMP' },
      'store:oracle://db:1521/XE.HR.EMP',
    ],
    [{ system: 'redshift', host: 'c.eu', database: 'd', schema: 's', name: 't' }, 'store:redshift://c.eu:5439/d.s.t'],
    [
      { system: 'snowflake', host: 'org-acct.snowflakecomputing.com', database: 'D', schema: 'S', name: 'T' },
      'store:snowflake://org-acct/D.S.T',
    ],
    [{ system: 'spanner', database: 'projects/p/instances/i/databases/d', name: 't' }, 'store:spanner://p:i/d.t'],
    [{ system: 'trino', host: 't', database: 'c', schema: 's', name: 't' }, 'store:trino://t:8080/c.s.t'],
    [{ system: 'cassandra', host: 'c', database: 'ks', name: 't' }, 'store:cassandra://c:9042/ks.t'],
    [{ system: 'gcp.bigquery', database: 'p', schema: 'd', name: 't' }, 'store:bigquery/p.d.t'],
    [
      { system: 'cosmosdb', host: 'a.documents.azure.com', database: 'd', name: 'c' },
      'store:azurecosmos://a.documents.azure.com/dbs/d/colls/c',
    ],
    [{ system: 's3', database: 'bucket' }, 'store:s3://bucket'],
    [{ system: 's3', database: 'bucket', name: 'exports/2026/11/jane.csv' }, 'store:s3://bucket/exports'],
    [{ system: 's3', database: 'bucket', name: 'data/users' }, 'store:s3://bucket/data/users'],
    [{ system: 'gcp.storage', database: 'b', name: 'x/1.json' }, 'store:gs://b/x'],
    [{ system: 'milvus', host: 'm', database: 'default', name: 'c' }, 'store:milvus://m:19530/default.c'],
    [{ system: 'mongodb', host: 'm', database: 'shop', name: 'users' }, 'store:mongodb://m:27017/shop.users'],
    [{ system: 'redis', host: 'cache', name: 'session:4711' }, 'store:redis://cache:6379/0.session:*'],
    [{ system: 'redis', host: 'cache', database: '3' }, 'store:redis://cache:6379/3'],
    [{ system: 'elasticsearch', host: 'es', name: 'logs-2026.11.22' }, 'store:elasticsearch://es:9200/logs-*'],
    [
      { system: 'dynamodb', region: 'eu-west-1', account: '123456789012', name: 'users' },
      'store:arn:aws:dynamodb:eu-west-1:123456789012/table/users',
    ],
    [{ system: 'dynamodb', region: 'eu-west-1', name: 'users' }, 'store:arn:aws:dynamodb:eu-west-1:-/table/users'],
    [{ system: 'qdrant', host: 'q', name: 'notes' }, 'store:qdrant://q:6333/notes'],
    [{ system: 'pinecone', host: 'i.svc.pinecone.io', name: 'n' }, 'store:pinecone://i.svc.pinecone.io:443/n'],
    [{ system: 'clickhouse', host: 'ch', database: 'd', name: 't' }, 'store:clickhouse://ch:8123/d.t'],
    [{ system: 'sqlite', database: '/data/crm.db', name: 'customers' }, 'store:sqlite:/data/crm.db/main.customers'],
    [
      { system: 'sqlite', database: 'file:/data/crm.db?mode=ro', name: 'customers' },
      'store:sqlite:/data/crm.db/main.customers',
    ],
    [{ system: 'libsql', host: 'x.turso.io', name: 't' }, 'store:libsql://x.turso.io:443/main.t'],
    [{ system: 'duckdb', database: '/data/w.duckdb', name: 't' }, 'store:duckdb:/data/w.duckdb/main.t'],
    [{ system: 'lancedb', database: '/data/vectors', name: 'notes' }, 'store:lancedb:/data/vectors/notes'],
    [{ system: 'file', name: '/data/exports/4711.json' }, 'store:file/data/exports/*.json'],
    [{ system: 'acmebase', host: 'h', port: 99, database: 'd', name: 't' }, 'store:acmebase://h:99/d.t'],
  ];
  test.each(rows)('%j → %s', (parts, id) => expect(storeNode(parts)).toBe(id));

  test('a person never becomes part of a name', () => {
    expect(storeNode({ system: 'sqlite', database: '/data/jane@example.com.db', name: 't' })).toBe(
      'store:sqlite:/data/[email]/main.t',
    );
  });
});

describe('queues', () => {
  test.each([
    [{ system: 'kafka', destination: 'orders', clusterId: 'abc', host: 'k' }, 'queue:kafka://abc/orders'],
    [{ system: 'kafka', destination: 'orders', host: 'k1' }, 'queue:kafka://k1:9092/orders'],
    [{ system: 'kafka', destination: 'orders' }, 'queue:kafka://-/orders'],
    [
      { system: 'aws_sqs', destination: 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs' },
      'queue:arn:aws:sqs:eu-west-1:123456789012/jobs',
    ],
    [
      { system: 'aws_sqs', destination: 'http://localhost:4566/000000000000/jobs', region: 'eu-west-1' },
      'queue:arn:aws:sqs:eu-west-1:000000000000/jobs',
    ],
    [{ system: 'aws_sqs', destination: 'jobs', region: 'eu-west-1' }, 'queue:arn:aws:sqs:eu-west-1:-/jobs'],
    [
      { system: 'aws.sns', destination: 'arn:aws:sns:eu-west-1:123456789012:news' },
      'queue:arn:aws:sns:eu-west-1:123456789012/news',
    ],
    [{ system: 'rabbitmq', host: 'mq', destination: 'mail', vhost: '/' }, 'queue:amqp://mq:5672/-/mail'],
    [{ system: 'rabbitmq', host: 'mq', destination: 'mail', vhost: '/eu' }, 'queue:amqp://mq:5672/eu/mail'],
    [{ system: 'bullmq', host: 'cache', destination: 'mail' }, 'queue:bullmq://cache:6379/mail'],
    [{ system: 'gcp_pubsub', destination: 'projects/p/topics/t' }, 'queue:pubsub/topic:p:t'],
    [{ system: 'gcp_pubsub', destination: 's', account: 'p', subscription: true }, 'queue:pubsub/subscription:p:s'],
    [{ system: 'nats', host: 'n', destination: 'a.b' }, 'queue:nats://n:4222/a.b'],
  ])('%j → %s', (parts, id) => expect(queueNode(parts)).toBe(id));
});

test('actors carry their service', () => {
  const service = serviceName('support', 'desk');
  expect(agentNode(service, 'triage')).toBe('agent:support/desk/triage');
  expect(toolNode('desk', undefined)).toBe('tool:desk/-');
  expect(clientNode('desk')).toBe('client:desk');
  expect(memoryNode('desk', 'notes')).toBe('memory:desk/notes');
  expect(mcpServerNode('mcp.example.com', 'x')).toBe('mcp_server:mcp.example.com');
  expect(mcpServerNode('', 'files')).toBe('mcp_server:files');
  expect(jobNode('nightly', 'copy')).toBe('job:nightly/copy');
  expect(modelNode('openai', 'gpt-4o', 'api.openai.com')).toBe('model:openai/gpt-4o@api.openai.com');
  expect(modelNode('openai', 'gpt-4o', '')).toBe('model:openai/gpt-4o');
});

test.each([
  ['openai.chat', 'openai'],
  ['openai.responses', 'openai'],
  ['google.generative-ai', 'gcp.gemini'],
  ['amazon-bedrock', 'aws.bedrock'],
  ['az.ai.openai', 'azure.ai.openai'],
  ['vertex_ai', 'gcp.vertex_ai'],
  ['xai.chat', 'x_ai'],
  ['anthropic.messages', 'anthropic'],
  ['Strands-Agents', ''],
])('provider %s is %s', (name, provider) => expect(providerName(name)).toBe(provider));

describe('services by their hosts', () => {
  test('a name that services of two namespaces bear stands for neither, whichever was seen first', () => {
    for (const services of [
      ['shop/billing', 'crm/billing', 'crm/search'],
      ['crm/billing', 'crm/search', 'shop/billing'],
    ]) {
      const inside = insideHosts([], services);
      expect(inside.serviceOf('billing')).toBeNull();
      expect(inside.serviceOf('billing.default.svc.cluster.local')).toBeNull();
      expect(inside.has('billing')).toBe(true);
      expect(inside.serviceOf('search')).toBe('crm/search');
      expect(insideHosts([], [...services, 'billing']).serviceOf('billing')).toBe('billing');
    }
  });
});

describe('inside and outside', () => {
  const inside = insideHosts(['api.acme.com', '*.acme.net'], ['support/billing', 'crm.acme.org']);
  test.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['::1', true],
    ['10.1.2.3', true],
    ['172.32.0.1', false],
    ['8.8.8.8', false],
    ['billing', true],
    ['billing.default.svc.cluster.local', true],
    ['db.internal', true],
    ['api.acme.com', true],
    ['acme.com', false],
    ['x.acme.net', true],
    ['acme.net', false],
    ['crm.acme.org', true],
    ['api.openai.com', false],
  ])('%s is inside: %s', (host, expected) => expect(inside.has(host)).toBe(expected));

  test.each([
    ['crm.acme.org', true],
    ['billing', false],
    ['billing.default.svc.cluster.local', false],
    ['api.acme.com', false],
    ['api.openai.com', false],
  ])('nothing but the name of a service makes %s inside: %s', (host, expected) =>
    expect(inside.isOnlyNamed(host)).toBe(expected),
  );

  test('an inside name stands for the service that goes by it', () => {
    expect(inside.serviceOf('billing.default.svc.cluster.local')).toBe('support/billing');
    expect(inside.serviceOf('billing.example.org')).toBeNull();
  });

  test('recipients are registrable domains, public addresses stay', () => {
    expect(recipientNode('api.eu.mail.example.co.uk')).toBe('recipient:example.co.uk');
    expect(recipientNode('8.8.8.8')).toBe('recipient:8.8.8.8');
    expect(recipientNode('shop.github.io')).toBe('recipient:shop.github.io');
  });
});

describe('reduction', () => {
  test.each([
    ['session:4711:cart', 'session:*:cart'],
    ['user:6f1e0f4e-6a0c-4a0e-8e3a-0f6b1c2d3e4f', 'user:*'],
    ['u/jane@example.com/x', 'u/*/x'],
    ['cache:deadbeefcafe', 'cache:*'],
    ['user:[email]:cart', 'user:*:cart'],
    ['user-4711', 'user-*'],
    ['lock:a-very-long-segment-that-says-much', 'lock:*'],
    ['plain', 'plain'],
  ])('key %s → %s', (key, pattern) => expect(reduceKey(key)).toBe(pattern));

  test.each([
    ['/users/4711/orders?x=1', '/users/{id}/orders'],
    ['/u/jane%40example.com', '/u/{id}'],
    ['/v1/chat/completions', '/v1/chat/completions'],
    ['', ''],
  ])('path %s → %s', (path, template) => expect(reducePath(path)).toBe(template));

  test.each([
    ['logs-2026.11.22', 'logs-*'],
    ['logs-2026.11', 'logs-*'],
    ['orders-000001', 'orders-*'],
    ['users', 'users'],
    ['users_v2', 'users_v2'],
  ])('index %s → %s', (index, pattern) => expect(reduceIndex(index)).toBe(pattern));
});

describe('hosts', () => {
  test.each([
    ['DB.Example.COM.', 'db.example.com'],
    ['db:5432', 'db'],
    ['[::1]:5432', '::1'],
    ['/var/run/postgresql', ''],
    ['jane@example.com', ''],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s → %s', (text, host) => expect(cleanHost(text)).toBe(host));

  test('user info and further hosts of a connection string are cut off', () => {
    expect(urlAuthority('postgres://jane:secret@db:5433,db2/x')).toEqual({
      scheme: 'postgres',
      host: 'db',
      port: 5433,
    });
  });

  test('an IPv4 address inside IPv6 is judged as IPv4', () => {
    expect(isPrivateIp('::ffff:10.0.0.1')).toBe(true);
    expect(isPrivateIp('::ffff:8.8.8.8')).toBe(false);
  });
});

describe('ids written by hand', () => {
  test.each([
    ['store:postgres://DB/shop.public.users', 'store:postgres://db:5432/shop.public.users'],
    ['store:postgresql://jane:pw@db/shop', 'store:postgres://db:5432/shop'],
    ['store:s3a://Bucket/x', 'store:s3://Bucket/x'],
    [
      'store:abfss://exports@acme1.dfs.core.windows.net/people',
      'store:abfss://exports@acme1.dfs.core.windows.net/people',
    ],
    ['store:sqlite:/data/crm.db/main.customers', 'store:sqlite:/data/crm.db/main.customers'],
    ['queue:kafka://Abc_9/orders', 'queue:kafka://Abc_9/orders'],
    ['queue:kafka://K1.example/orders', 'queue:kafka://k1.example:9092/orders'],
    ['recipient:api.mail.example.com', 'recipient:example.com'],
    ['model:openai/gpt-4o@api.openai.com', 'model:openai/gpt-4o@api.openai.com'],
    ['agent:desk/jane@example.com', 'agent:desk/[email]'],
    ['recipient:jane%40example.com', 'recipient:[email]'],
    ['memory:desk/notes', 'memory:desk/notes'],
    ['bucket:x', null],
    ['store:', null],
  ])('%s → %s', (id, canonical) => expect(canonicalNode(id)).toBe(canonical));

  test('a node id parses into kind and name', () => {
    expect(parseNodeId('mcp_server:files')).toEqual({ kind: 'mcp_server', name: 'files' });
  });
});

test('the longest alias prefix wins, an exact one beats it', () => {
  const alias = nodeAliases([
    { alias: 'store:postgres://10.0.0.5:5432/*', canonical: 'store:postgres://db:5432/*' },
    { alias: 'store:postgres://10.0.0.5:5432/old.*', canonical: 'store:postgres://db:5432/new.*' },
    { alias: 'store:postgres://10.0.0.5:5432/old.x', canonical: 'store:duckdb:x' },
  ]);
  expect(alias('store:postgres://10.0.0.5:5432/shop.public.users')).toBe('store:postgres://db:5432/shop.public.users');
  expect(alias('store:postgres://10.0.0.5:5432/old.t')).toBe('store:postgres://db:5432/new.t');
  expect(alias('store:postgres://10.0.0.5:5432/old.x')).toBe('store:duckdb:x');
  expect(alias('agent:a/b')).toBe('agent:a/b');
});
