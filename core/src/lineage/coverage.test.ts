import { expect, test } from 'vitest';
import { CoverageAnswer, type CoverageCount, coverageOf } from './coverage.ts';

const count = (level: CoverageCount['level'], touches: number, attributed: number, given: object = {}) => ({
  level,
  service: '',
  peer: '',
  scope: '',
  name: '',
  touches,
  attributed,
  ...given,
});
const NOW = { from: null, to: null };

test('the worst come first, and 100 % means all', () => {
  const answer = coverageOf(
    [
      count('all', 200_000, 199_999),
      count('service', 100_000, 100_000, { service: 'good' }),
      count('service', 100_000, 99_999, { service: 'bad' }),
      count('peer', 3, 2, { peer: 'store:crm' }),
      count('site', 3, 2, { service: 'bad', peer: 'store:crm', scope: 'pg', name: 'SELECT' }),
    ],
    NOW,
    false,
  );
  expect(CoverageAnswer.parse(answer)).toEqual(answer);
  expect(answer.total.percent).toBe(99.99);
  expect(answer.services.map(({ service, percent }) => [service, percent])).toEqual([
    ['bad', 99.99],
    ['good', 100],
  ]);
  expect(answer.callSites).toEqual([
    { service: 'bad', scope: 'pg', name: 'SELECT', peer: 'store:crm', touches: 3, attributed: 2, percent: 66.66 },
  ]);
});

test('where nothing was touched there is no percentage that could pass for good', () => {
  expect(coverageOf([], NOW, false).total).toEqual({ touches: 0, attributed: 0, percent: null });
});
