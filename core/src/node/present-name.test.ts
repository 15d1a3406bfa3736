import { describe, expect, test } from 'vitest';
import { datasetNode } from './dataset.ts';
import { presentDataset, presentName } from './present-name.ts';

/** As datasets were named until the naming of session states came (ADR 97), and the pair that producers told. */
const BEFORE: readonly [id: string, namespace: string, name: string][] = [
  ['store:snowflake://ACME-PROD/shop.public.users', 'snowflake://ACME-PROD', 'shop.public.users'],
  ['store:snowflake://acme.us-east-1/SHOP.PUBLIC.USERS', 'snowflake://acme.us-east-1', 'SHOP.PUBLIC.USERS'],
  ['store:snowflake://acme/SHOP.PUBLIC.Users', 'snowflake://acme', 'SHOP.PUBLIC.Users'],
  ['store:oracle://db:1521/XE.hr.employees', 'oracle://db', 'XE.hr.employees'],
  [
    'store:redshift://shop.abc.eu-west-1.redshift.amazonaws.com:5439/dev.public.users',
    'redshift://shop.abc.eu-west-1.redshift.amazonaws.com:5439',
    'dev.public.users',
  ],
  [
    'store:wasbs://users@acct.blob.core.windows.net/lake/people/part-0001.parquet',
    'wasbs://users@acct.blob.core.windows.net',
    'lake/people/part-0001.parquet',
  ],
  ['store:duckdb:/data/shop.duckdb/shop.main.Users', 'duckdb:/data/shop.duckdb', 'shop.main.Users'],
  ['store:duckdb:///data/shop.duckdb/shop.main.users', 'duckdb:///data/shop.duckdb', 'shop.main.users'],
  ['store:sqlite:/data/crm.db/main.Customers', 'sqlite:/data/crm.db', 'main.Customers'],
  ['store:hdfs://NN:8020/lake/users/dt=2026-11-22', 'hdfs://NN:8020', '/lake/users/dt=2026-11-22'],
  ['store:hdfs://nn:8020/lake/users/dt=2026-11-22/a.parquet', 'hdfs://nn:8020', '/lake/users/dt=2026-11-22/a.parquet'],
  ['store:hdfs://nn:8020/lake/users/part-00000-x.parquet', 'hdfs://nn:8020', '/lake/users/part-00000-x.parquet'],
  ['store:dbfs/lake/users/dt=2026-11-22', 'dbfs', '/lake/users/dt=2026-11-22'],
  ['store:file/lake/users/dt=2026-*/part-*.parquet', 'file', '/lake/users/dt=2026-11-22/part-00000.parquet'],
  ['store:file://host/lake/users/country=FR', 'file://host', '/lake/users/country=FR'],
  ['store:bigquery:/shop.crm.users', 'bigquery:', 'shop.crm.users'],
  ['store:sqlserver://db:1433/shop.dbo.users', 'sqlserver://db:1433', 'shop.dbo.users'],
  ['queue:arn:aws:kinesis:eu-west-1:1/stream/clicks', 'arn:aws:kinesis:eu-west-1:1', 'stream/clicks'],
  ['queue:pubsub/projects/p/topics/t', 'pubsub', 'projects/p/topics/t'],
];

describe('a dataset that an older version named', () => {
  test.each(BEFORE)('%s has the name that its producer’s pair gets today', (id, namespace, name) => {
    expect(presentDataset(id).id).toBe(datasetNode(namespace, name));
    expect(presentDataset(id).id).not.toBe(id);
  });

  test.each(BEFORE)('%s comes to the same name in one step as in two', (id) => {
    const once = presentDataset(id).id;
    expect(presentDataset(once)).toEqual({ id: once, isPart: false });
    expect(presentName(once)).toBe(once);
    expect(presentName(presentName(id))).toBe(presentName(id));
  });

  test('that was a partition or a part file is a part of its folder, any other is the whole', () => {
    const isPart = (id: string) => presentDataset(id).isPart;
    expect(isPart('store:hdfs://nn:8020/lake/users/dt=2026-11-22')).toBe(true);
    expect(isPart('store:file/lake/users/part-*.parquet')).toBe(true);
    expect(isPart('store:wasbs://u@acct.blob.core.windows.net/lake/part-1.parquet')).toBe(true);
    expect(isPart('store:wasbs://u@acct.blob.core.windows.net/lake')).toBe(false);
    expect(isPart('store:hdfs://nn:8020/lake/users')).toBe(false);
    expect(isPart('store:snowflake://ACME/a.b.c')).toBe(false);
  });
});

test.each([
  'store:postgres://db:5432/shop.public.users',
  'store:s3://lake/users/a=b',
  'store:abfss://users@acct.dfs.core.windows.net/lake/people',
  'store:hdfs://nn:8020/warehouse/shop.db/users',
  'store:hdfs://nn:8020/lake/v1.2',
  'store:file/lake/users/data.csv',
  'store:duckdb:/data/Shop.duckdb',
  'store:sqlite:/data/crm.db/main.customers',
  'store:snowflake://acme-prod/SHOP.PUBLIC.USERS',
  'store:snowflake://-/-',
  'store:-/users',
  'queue:kafka://broker:9092/users',
  'queue:arn:aws:sqs:eu-west-1:1/users',
  'agent:desk/oracle',
  'service:file/desk',
  'store:',
  'store',
  '',
])('%j is a name of today', (id) => {
  expect(presentDataset(id)).toEqual({ id, isPart: false });
  expect(presentName(id)).toBe(id);
});

test('a table that a span or a person named in small letters keeps them: it may stand in quotes', () => {
  const quoted = 'store:snowflake://ACME-PROD/SHOP.PUBLIC.users';
  expect(presentName(quoted)).toBe('store:snowflake://acme-prod/SHOP.PUBLIC.users');
  expect(presentName('store:sqlite:/data/crm.db/main.Customers')).toBe('store:sqlite:/data/crm.db/main.Customers');
});

test('of a namespace that ends in a star only the authority is spelled, where it is whole', () => {
  expect(presentName('store:snowflake://ACME-PROD/*')).toBe('store:snowflake://acme-prod/*');
  expect(presentDataset('store:hdfs://NN:8020/lake/dt=1/*').id).toBe('store:hdfs://nn:8020/lake/dt=1/*');
  expect(presentName('store:snowflake://ac*')).toBe('store:snowflake://ac*');
});
