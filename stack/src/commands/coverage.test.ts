import type { CoverageAnswer } from '@vestige/core/lineage/coverage';
import { expect, test } from 'vitest';
import { coverageText, verdictText } from './coverage.ts';

const window = { from: '2026-11-16T00:00:00.000Z', to: null };
const site = { service: 'desk', scope: 'pg', name: 'SELECT shop', peer: 'store:postgres://db:5432/shop.public.users' };

function answer(touches: number, attributed: number): CoverageAnswer {
  const percent = touches === 0 ? null : Math.floor((attributed * 10_000) / touches) / 100;
  const callSites = percent === null ? [] : [{ ...site, touches, attributed, percent }];
  return { window, total: { touches, attributed, percent }, services: [], peers: [], callSites, truncated: false };
}

test('a place without a person is told by service, code and peer', () => {
  expect(coverageText(answer(9, 8))).toMatch(
    /1 of 9 {2}88\.88 % {2}desk {2}pg SELECT shop {2}store:postgres:\/\/db:5432\/shop\.public\.users$/m,
  );
});

test('a failing build is told what to do about it', () => {
  expect(verdictText(95, 88.88, true)).toMatch(/^BELOW the 95 % asked for\. .*docs\/instrument\.md/);
  expect(verdictText(95, null, true)).toMatch(/nothing is proved/);
  expect(verdictText(95, 95, false)).toBe('Not below the 95 % asked for.');
});
