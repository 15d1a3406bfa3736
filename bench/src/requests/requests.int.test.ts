import { expect, test } from 'vitest';
import { latencyOf } from './measure-claims.ts';
import { benchRequests } from './requests.ts';

test('the benchmark claims and reports what it filled in, for workers of one place and of all', async () => {
  const { cases } = await benchRequests({ requests: 60, tasks: 240, rounds: 1 }, () => {});

  expect(cases.map(({ serves, max }) => `${max} of ${serves}`)).toEqual([
    '1 of one place',
    '10 of one place',
    '1 of every place',
    '10 of every place',
  ]);
});

test('the 95th percentile is a value that was measured', () => {
  expect(latencyOf([5, 1, 4, 2, 3])).toEqual({ p50Ms: 3, p95Ms: 5 });
});
