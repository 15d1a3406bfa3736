import { expect, test } from 'vitest';
import type { RunDataset } from './lineage-event.ts';
import { underPresentNames } from './naming.ts';

const dataset = (given: Partial<RunDataset>): RunDataset => ({
  side: 'output',
  node: 'store:s3://lake/users',
  lifecycle: '',
  renamedFrom: '',
  columns: null,
  categories: [],
  ...given,
});
const [OLD, PRESENT] = [
  'store:snowflake://ACME-PROD/shop.public.users',
  'store:snowflake://acme-prod/SHOP.PUBLIC.USERS',
];
const [PARTITION, FOLDER] = ['store:hdfs://nn:8020/lake/users/dt=2026-11-22', 'store:hdfs://nn:8020/lake/users'];

test('a table that was dropped under its old name is dropped under its present one', () => {
  const dropped = dataset({ node: OLD, lifecycle: 'drop', categories: ['pii'] });
  expect(underPresentNames(dropped)).toEqual([{ ...dropped, node: PRESENT }]);
});

test('a partition that was dropped or emptied leaves its folder as it was', () => {
  for (const lifecycle of ['drop', 'truncate', 'overwrite'] as const) {
    expect(underPresentNames(dataset({ node: PARTITION, lifecycle }))).toEqual([dataset({ node: FOLDER })]);
  }
});

test('what was renamed came from the present name of what it was', () => {
  expect(underPresentNames(dataset({ renamedFrom: OLD }))).toEqual([dataset({ renamedFrom: PRESENT })]);
});

test('what was a partition was read from its folder, which is not gone', () => {
  expect(underPresentNames(dataset({ renamedFrom: PARTITION }))).toEqual([
    dataset({}),
    dataset({ side: 'input', node: FOLDER }),
  ]);
});

test('two spellings of one name were no change of it', () => {
  expect(underPresentNames(dataset({ node: PRESENT, renamedFrom: OLD }))).toEqual([dataset({ node: PRESENT })]);
});

test('what has its present name comes back as it is', () => {
  const given = dataset({ lifecycle: 'drop', renamedFrom: 'store:s3://lake/people' });
  expect(underPresentNames(given)[0]).toBe(given);
});
