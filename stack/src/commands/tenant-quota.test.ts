import { expect, test } from 'vitest';
import { changedQuota, quotaText } from './tenant-quota.ts';

const before = { spansPerS: 500, bytesPerS: null };

test('what an option names is changed, the rest stays', () => {
  expect(changedQuota(before, {})).toEqual(before);
  expect(changedQuota(before, { bytesPerS: '1000' })).toEqual({ spansPerS: 500, bytesPerS: 1000 });
  expect(changedQuota(before, { spansPerS: 'default', bytesPerS: '0' })).toEqual({ spansPerS: null, bytesPerS: 0 });
});

test.each(['-1', '1.5', 'many', '', '1e9'])('the rate "%s" is refused', (given) => {
  expect(() => changedQuota(before, { spansPerS: given })).toThrow(/--spans-per-s must be a whole number or "default"/);
});

test('a limit, none, and what the collector is set to are told apart', () => {
  expect(quotaText({ spansPerS: 500, bytesPerS: 0 })).toBe('500 spans per second and bytes without limit');
  expect(quotaText({ spansPerS: null, bytesPerS: 7 })).toBe(
    'as many spans as it is set to take and 7 bytes per second',
  );
});
