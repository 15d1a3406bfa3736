import { expect, test } from 'vitest';
import type { Attrs } from '../model/span.ts';
import { datasetNode } from '../node/dataset.ts';
import { readContext } from '../recognise/read-context.ts';
import { readSpan } from '../recognise/read-span.ts';
import { decodedSpan } from '../recognise/testing/decoded-span.ts';
import { readLineageEvent } from './read-event.ts';

/** A span that touches a store and a job that reads it must meet in one node (research: OpenLineage naming, otel §6). */

const sql = (system: string, namespace: string, text: string, more: Attrs = {}): Attrs => ({
  'db.system.name': system,
  'db.namespace': namespace,
  'db.query.text': text,
  'server.address': 'db',
  ...more,
});

test.each<[string, Attrs, { namespace: string; name: string }]>([
  [
    'Postgres',
    sql('postgresql', 'shop', 'SELECT * FROM users WHERE id = $1'),
    { namespace: 'postgres://db:5432', name: 'shop.public.users' },
  ],
  [
    'Postgres under another port, by the old names',
    {
      'db.system': 'postgresql',
      'db.name': 'shop',
      'db.statement': 'DELETE FROM crm.users',
      'net.peer.name': 'DB',
      'net.peer.port': 6432,
    },
    { namespace: 'postgres://db:6432', name: 'shop.crm.users' },
  ],
  ['MySQL', sql('mysql', 'shop', 'SELECT * FROM users'), { namespace: 'mysql://db:3306', name: 'shop.users' }],
  [
    'BigQuery',
    sql('gcp.bigquery', 'proj', 'SELECT * FROM `proj.crm.users`'),
    { namespace: 'bigquery', name: 'proj.crm.users' },
  ],
  [
    'S3 by the AWS SDK, and by Spark, which says s3a and names files',
    {
      'rpc.system': 'aws-api',
      'rpc.service': 'S3',
      'rpc.method': 'PutObject',
      'aws.s3.bucket': 'lake',
      'aws.s3.key': 'users/part-0.parquet',
    },
    { namespace: 's3a://lake', name: '/users/dt=2026-11-22/part-7.parquet' },
  ],
  [
    'Kafka',
    {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'orders',
      'server.address': 'broker',
      'server.port': 9092,
    },
    { namespace: 'kafka://broker:9092', name: 'orders' },
  ],
])('%s', (_title, attributes, dataset) => {
  const read = readSpan(decodedSpan(attributes, { kind: 'client' }), readContext());
  if ('rejected' in read) throw new Error(read.rejected);
  expect(read.span.touches.map(({ peer }) => peer)).toEqual([datasetNode(dataset.namespace, dataset.name)]);
  const event = readLineageEvent({ eventTime: '2026-11-22T02:00:00Z', dataset });
  if ('rejected' in event) throw new Error(event.rejected);
  expect(event.event.datasets).toMatchObject([{ node: read.span.touches[0]?.peer }]);
});
