import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalNode } from './canonical.ts';
import { datasetNode } from './dataset.ts';
import { NODE_ID_CHARS_MAX } from './kind.ts';

const NAMESPACES = [
  'postgres://db:5432',
  'snowflake://acme-prod',
  's3://lake',
  'hdfs://nn:8020',
  'file',
  'file://host',
  'bigquery',
  'duckdb:/data/shop.duckdb',
  'wasbs://users@acct.blob.core.windows.net',
  'kafka://broker:9092',
  'custom',
];

test('of an address that stands where a name is cut, no half is kept', () => {
  const place = fc.tuple(fc.constantFrom(...NAMESPACES), fc.integer({ min: 100, max: 620 }));
  fc.assert(
    fc.property(place, fc.constantFrom('jane.roe@example.com', '+491701234567'), ([namespace, before], personal) => {
      const folders = 'folder/'.repeat(Math.ceil(before / 7)).slice(-before);
      const id = datasetNode(namespace, `${folders}/${personal}/x`);
      expect(id.length).toBeLessThanOrEqual(NODE_ID_CHARS_MAX);
      expect(id).not.toMatch(/jane|491/);
    }),
    { numRuns: 300 },
  );
});

test('of an address in a namespace that is longer than a name may be, no half is kept', () => {
  for (let before = 470; before < 515; before += 1) {
    expect(datasetNode(`custom://${'a'.repeat(before)}/jane.roe@example.com`, 't')).not.toContain('jane');
    expect(datasetNode(`custom:${'a'.repeat(before)}/jane.roe@example.com`, 't')).not.toContain('jane');
  }
});

test('an address whose dots a producer escaped is masked', () => {
  expect(datasetNode('postgres://db:5432', 'shop.public.jane\\.roe@example\\.com')).toBe(
    'store:postgres://db:5432/[email]',
  );
});

test('both doors to a container of Azure are one store, whoever names it', () => {
  const typed = 'store:wasbs://users@acct.blob.core.windows.net/people';
  expect(canonicalNode(typed)).toBe('store:abfss://users@acct.dfs.core.windows.net/people');
  expect(datasetNode('wasbs://users@acct.blob.core.windows.net', 'people')).toBe(canonicalNode(typed));
});
