import { describe, expect, test } from 'vitest';
import type { Attrs, SpanKind } from '../model/span.ts';
import { datasetNode, isPartOfNode } from '../node/dataset.ts';
import { presentDataset, presentName } from '../node/present-name.ts';
import { readContext } from '../recognise/read-context.ts';
import { readSpan } from '../recognise/read-span.ts';
import { decodedSpan } from '../recognise/testing/decoded-span.ts';
import { readLineageEvent } from './read-event.ts';

/**
 * A span that touches a store and a job that reads it must meet in one node (OpenLineage `website/docs/spec/naming.md` and
 * `client/python/src/openlineage/client/naming/dataset.py`; what integrations really write, where it differs).
 */

const sql = (system: string, namespace: string, text: string, more: Attrs = {}): Attrs => ({
  'db.system.name': system,
  'db.namespace': namespace,
  'db.query.text': text,
  'server.address': 'db',
  ...more,
});
const http = (url: string): Attrs => ({ 'http.request.method': 'PUT', 'url.full': url });

interface Row {
  readonly store: string;
  readonly span: Attrs;
  readonly kind?: SpanKind;
  readonly node: string;
  /** Each way in which a producer names it. */
  readonly datasets: readonly (readonly [namespace: string, name: string])[];
}

const ROWS: readonly Row[] = [
  {
    store: 'Postgres',
    span: sql('postgresql', 'shop', 'SELECT * FROM users WHERE id = $1'),
    node: 'store:postgres://db:5432/shop.public.users',
    datasets: [
      ['postgres://db:5432', 'shop.public.users'],
      ['postgresql://db', 'shop.public.users'],
      ['postgres://DB:5432/', 'shop.public.users'],
    ],
  },
  {
    store: 'Postgres under another port, by the old names',
    span: {
      'db.system': 'postgresql',
      'db.name': 'shop',
      'db.statement': 'DELETE FROM crm.users',
      'net.peer.name': 'DB',
      'net.peer.port': 6432,
    },
    node: 'store:postgres://db:6432/shop.crm.users',
    datasets: [['postgres://db:6432', 'shop.crm.users']],
  },
  {
    store: 'MySQL',
    span: sql('mysql', 'shop', 'SELECT * FROM users'),
    node: 'store:mysql://db:3306/shop.users',
    datasets: [
      ['mysql://db:3306', 'shop.users'],
      ['mariadb://db', 'shop.users'],
    ],
  },
  {
    store: 'SQL Server; Java clients call it sqlserver',
    span: sql('microsoft.sql_server', 'shop', 'SELECT * FROM users'),
    node: 'store:mssql://db:1433/shop.dbo.users',
    datasets: [
      ['mssql://db:1433', 'shop.dbo.users'],
      ['sqlserver://db:1433', 'shop.dbo.users'],
      ['sqlserver://db', 'shop.dbo.users'],
    ],
  },
  {
    store: 'Oracle, whose names without quotes are in upper case',
    span: sql('oracle.db', 'XE', 'SELECT * FROM hr.employees'),
    node: 'store:oracle://db:1521/XE.HR.EMPLOYEES',
    datasets: [
      ['oracle://db:1521', 'XE.HR.EMPLOYEES'],
      ['oracle://db', 'XE.hr.employees'],
    ],
  },
  {
    store: 'Db2',
    span: sql('ibm.db2', 'SHOP', 'SELECT * FROM crm.users'),
    node: 'store:db2://db:50000/SHOP.CRM.USERS',
    datasets: [
      ['db2://db:50000', 'SHOP.CRM.USERS'],
      ['db2://db', 'SHOP.crm.users'],
    ],
  },
  {
    store: 'Teradata',
    span: sql('teradata', 'shop', 'SELECT * FROM users'),
    node: 'store:teradata://db:1025/shop.users',
    datasets: [['teradata://db:1025', 'shop.users']],
  },
  {
    store: 'ClickHouse',
    span: sql('clickhouse', 'shop', 'SELECT * FROM users'),
    node: 'store:clickhouse://db:8123/shop.users',
    datasets: [
      ['clickhouse://db:8123', 'shop.users'],
      ['clickhouse://db', 'shop.users'],
    ],
  },
  {
    store: 'Trino',
    span: sql('trino', 'hive', 'SELECT * FROM crm.users'),
    node: 'store:trino://db:8080/hive.crm.users',
    datasets: [['trino://db:8080', 'hive.crm.users']],
  },
  {
    store: 'Hive',
    span: sql('hive', 'crm', 'SELECT * FROM users', { 'server.address': 'meta', 'server.port': 9083 }),
    node: 'store:hive://meta:9083/crm.users',
    datasets: [['hive://META:9083', 'crm.users']],
  },
  {
    store: 'Cassandra',
    span: sql('cassandra', 'crm', 'SELECT * FROM users'),
    node: 'store:cassandra://db:9042/crm.users',
    datasets: [['cassandra://db:9042', 'crm.users']],
  },
  {
    store: 'CockroachDB',
    span: sql('cockroachdb', 'shop', 'SELECT * FROM users'),
    node: 'store:cockroach://db:26257/shop.public.users',
    datasets: [['cockroach://db:26257', 'shop.public.users']],
  },
  {
    store: 'Redshift: by the cluster, as its Data API knows no host',
    span: sql('aws.redshift', 'dev', 'SELECT * FROM crm.users', {
      'server.address': 'lake.abc123xyz789.eu-west-1.redshift.amazonaws.com',
    }),
    node: 'store:redshift://lake.eu-west-1:5439/dev.crm.users',
    datasets: [
      ['redshift://lake.eu-west-1:5439', 'dev.crm.users'],
      ['redshift://lake.abc123xyz789.eu-west-1.redshift.amazonaws.com:5439', 'dev.crm.users'],
    ],
  },
  {
    store: 'Redshift Serverless',
    span: sql('redshift', 'dev', 'SELECT * FROM crm.users', {
      'server.address': 'team.123456789012.eu-west-1.redshift-serverless.amazonaws.com',
    }),
    node: 'store:redshift://team.eu-west-1:5439/dev.crm.users',
    datasets: [['redshift://team.eu-west-1:5439', 'dev.crm.users']],
  },
  {
    store: 'Snowflake by organisation and account; dbt tells names as they were typed',
    span: sql('snowflake', 'SHOP', 'SELECT * FROM crm.users', {
      'server.address': 'acme-analytics.snowflakecomputing.com',
    }),
    node: 'store:snowflake://acme-analytics/SHOP.CRM.USERS',
    datasets: [
      ['snowflake://acme-analytics', 'SHOP.CRM.USERS'],
      ['snowflake://ACME-ANALYTICS', 'shop.crm.users'],
    ],
  },
  {
    store: 'Snowflake by an old locator',
    span: sql('snowflake', 'SHOP', 'SELECT * FROM crm.users', {
      'server.address': 'xy12345.us-east-1.snowflakecomputing.com',
    }),
    node: 'store:snowflake://xy12345.us-east-1.aws/SHOP.CRM.USERS',
    datasets: [
      ['snowflake://xy12345.us-east-1.aws', 'SHOP.CRM.USERS'],
      ['snowflake://xy12345.us-east-1', 'SHOP.CRM.USERS'],
    ],
  },
  {
    store: 'BigQuery',
    span: sql('gcp.bigquery', 'proj', 'SELECT * FROM `proj.crm.users`'),
    node: 'store:bigquery/proj.crm.users',
    datasets: [
      ['bigquery', 'proj.crm.users'],
      ['bigquery://', 'proj.crm.users'],
    ],
  },
  {
    store: 'Spanner',
    span: sql('gcp.spanner', 'projects/p/instances/i/databases/d', 'SELECT * FROM users'),
    node: 'store:spanner://p:i/d.users',
    datasets: [['spanner://p:i', 'd.users']],
  },
  {
    store: 'DuckDB, whose file dbt says with two slashes and whose catalog is the file',
    span: { 'db.system.name': 'duckdb', 'db.namespace': '/data/w.duckdb', 'db.query.text': 'SELECT * FROM users' },
    node: 'store:duckdb:/data/w.duckdb/main.users',
    datasets: [
      ['duckdb:///data/w.duckdb', 'w.main.users'],
      ['duckdb:///data/w.duckdb', 'main.users'],
      ['duckdb:/data/w.duckdb', 'main.Users'],
    ],
  },
  {
    store: 'SQLite',
    span: { 'db.system.name': 'sqlite', 'db.namespace': '/data/crm.db', 'db.query.text': 'SELECT * FROM Users' },
    node: 'store:sqlite:/data/crm.db/main.users',
    datasets: [
      ['sqlite:/data/crm.db', 'main.users'],
      ['sqlite:///data/crm.db', 'main.users'],
    ],
  },
  {
    store: 'MongoDB',
    span: {
      'db.system.name': 'mongodb',
      'db.namespace': 'shop',
      'db.collection.name': 'users',
      'db.operation.name': 'find',
      'server.address': 'db',
    },
    node: 'store:mongodb://db:27017/shop.users',
    datasets: [['mongodb://db:27017', 'shop.users']],
  },
  {
    store: 'Cosmos DB',
    span: {
      'db.system.name': 'azure.cosmosdb',
      'db.namespace': 'shop',
      'db.collection.name': 'people',
      'db.operation.name': 'read_item',
      'server.address': 'desk.documents.azure.com',
    },
    node: 'store:azurecosmos://desk.documents.azure.com/dbs/shop/colls/people',
    datasets: [
      ['azurecosmos://desk.documents.azure.com/dbs/shop', 'colls/people'],
      ['azurecosmos://Desk.documents.azure.com:443/dbs/shop', '/colls/people'],
    ],
  },
  {
    store: 'Elasticsearch',
    span: {
      'db.system.name': 'elasticsearch',
      'db.collection.name': 'people',
      'db.operation.name': 'search',
      'server.address': 'db',
    },
    node: 'store:elasticsearch://db:9200/people',
    datasets: [['elasticsearch://db:9200', 'people']],
  },
  {
    store: 'S3 by the AWS SDK, and by Spark, which says s3a and names files',
    span: {
      'rpc.system': 'aws-api',
      'rpc.service': 'S3',
      'rpc.method': 'PutObject',
      'aws.s3.bucket': 'lake',
      'aws.s3.key': 'users/part-0.parquet',
    },
    node: 'store:s3://lake/users',
    datasets: [
      ['s3://lake', 'users'],
      ['s3a://lake', '/users/dt=2026-11-22/part-7.parquet'],
      ['s3n://lake/', 'users/'],
    ],
  },
  {
    store: 'Google Cloud Storage',
    span: http('https://storage.googleapis.com/upload/storage/v1/b/lake/o?name=users%2Fpart-0.parquet'),
    node: 'store:gs://lake/users',
    datasets: [['gs://lake', 'users/part-3.parquet']],
  },
  {
    store: 'Azure storage, by both doors',
    span: http('https://acme.blob.core.windows.net/lake/users/part-0.parquet'),
    node: 'store:abfss://lake@acme.dfs.core.windows.net/users',
    datasets: [
      ['abfss://lake@acme.dfs.core.windows.net', '/users'],
      ['abfs://lake@acme.dfs.core.windows.net', 'users/part-1.parquet'],
      ['wasbs://lake@acme.blob.core.windows.net', 'users'],
      ['wasbs://lake@acme.dfs.core.windows.net', 'users'],
    ],
  },
  {
    store: 'Kafka',
    kind: 'producer',
    span: {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'orders',
      'server.address': 'broker',
      'server.port': 9092,
    },
    node: 'queue:kafka://broker:9092/orders',
    datasets: [
      ['kafka://broker:9092', 'orders'],
      ['kafka://broker:9092,broker2:9092', 'orders'],
    ],
  },
  {
    store: 'Kinesis; Flink names the end of its ARN',
    span: {
      'rpc.system': 'aws-api',
      'rpc.service': 'Kinesis',
      'rpc.method': 'PutRecord',
      'aws.kinesis.stream.name': 'orders',
      'cloud.region': 'eu-west-1',
    },
    node: 'queue:arn:aws:kinesis:eu-west-1:-/orders',
    datasets: [
      ['arn:aws:kinesis:eu-west-1:-', 'orders'],
      ['arn:aws:kinesis:eu-west-1:-', 'stream/orders'],
    ],
  },
  {
    store: 'Pub/Sub',
    kind: 'producer',
    span: {
      'messaging.system': 'gcp_pubsub',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'projects/p/topics/orders',
    },
    node: 'queue:pubsub/topic:p:orders',
    datasets: [
      ['pubsub', 'topic:p:orders'],
      ['pubsub', 'projects/p/topics/orders'],
    ],
  },
];

describe.each(ROWS)('$store', ({ span, kind = 'client', node, datasets }) => {
  test('a span names it so', () => {
    const read = readSpan(decodedSpan(span, { kind }), readContext());
    if ('rejected' in read) throw new Error(read.rejected);
    expect(read.span.touches.map(({ peer }) => peer)).toEqual([node]);
  });

  test('has a name of today', () => {
    expect(presentDataset(node)).toEqual({ id: node, isPart: false });
    expect(presentName(node)).toBe(node);
  });

  test.each(datasets)('so does a job: %s %s', (namespace, name) => {
    expect(datasetNode(namespace, name)).toBe(node);
    const event = readLineageEvent({ eventTime: '2026-11-22T02:00:00Z', dataset: { namespace, name } });
    if ('rejected' in event) throw new Error(event.rejected);
    expect(event.event.datasets).toMatchObject([{ node }]);
  });
});

/** What no span of ours names yet, or names by itself only: it must be kept apart and keep its name. */
test.each([
  ['awsathena://athena.eu-west-1.amazonaws.com', 'AwsDataCatalog.crm.users'],
  ['arn:aws:glue:eu-west-1:123456789012', 'table/crm/users'],
  ['databricks://acme.cloud.databricks.com', 'main.crm.users'],
  ['s3://lake/warehouse', 'crm.users'],
  ['hdfs://name:8020', 'data/users'],
  ['dremio://d:9047', 'Space.users'],
])('%s %s', (namespace, name) => expect(datasetNode(namespace, name)).toBe(`store:${namespace}/${name}`));

test.each([
  ['a partition', 's3://lake', 'users/dt=2026-11-22', true],
  ['a file', 's3a://lake', '/users/part-0.parquet', true],
  ['a folder', 's3://lake', '/users/', false],
  ['a bucket', 's3://lake', '/', false],
  ['a file of a record', 'file', '/exports/4711.csv', true],
  ['a file', 'file', '/exports/all.csv', false],
  ['a partition', 'file', '/lake/users/country=FR', true],
  ['a part file', 'file', '/lake/users/country=FR/part-00000-1f0d2b3c.c000.snappy.parquet', true],
  ['a folder', 'file', '/lake/users', false],
  ['a part file', 'hdfs://name:8020', '/data/users/part-0.parquet', true],
  ['a table', 'postgres://db', 'shop.public.users', false],
])('%s of %s %s is part of what its node stands for: %s', (_title, namespace, name, isPart) =>
  expect(isPartOfNode(namespace, name)).toBe(isPart),
);

test('partitions and part files of a table on disk are the table', () => {
  const table = 'store:file/lake/users';
  expect(datasetNode('file', '/lake/users')).toBe(table);
  expect(datasetNode('file:', '/lake/users/country=FR/city=Paris')).toBe(table);
  expect(datasetNode('file', '/lake/users/part-00000-1f0d2b3c-c000.snappy.parquet')).toBe(table);
  expect(datasetNode('file://nas', '/lake/users/country=FR/')).toBe('store:file://nas/lake/users');
});

test('a dot that was escaped in a part of a name is a dot', () => {
  expect(datasetNode('oracle://db', 'shop\\.example\\.com.HR.EMP')).toBe(
    'store:oracle://db:1521/shop.example.com.HR.EMP',
  );
});

test('names of thousands of slashes are read in no time: one event may have many thousand of them', () => {
  const slashes = `${'/'.repeat(2_000)}x`;
  const start = performance.now();
  for (let i = 0; i < 500; i++) expect(isPartOfNode(slashes, slashes)).toBe(false);
  for (let i = 0; i < 500; i++) expect(isPartOfNode('file', `/a${'/b=c'.repeat(500)}/x`)).toBe(true);
  expect(performance.now() - start).toBeLessThan(2_000);
});
