import { describe, expect, test } from 'vitest';
import { judge, type Report } from './task.ts';

const report: Report = {
  found: 0,
  erased: 0,
  residual: 0,
  method: 'count',
  evidenceDigest: `sha256:${'e'.repeat(64)}`,
  searched: true,
  cannotErase: [],
};
const verifying = { state: 'verifying', action: 'erase', counts: { found: 2, erased: 2, residual: 0 } } as const;
const erasing = { state: 'leased', action: 'erase', counts: null } as const;

describe('a verification', () => {
  test('that looked and found nothing proves', () => {
    expect(judge(verifying, report)).toEqual({ event: 'verify_gone' });
  });
  test.each([0, 7])('that did not look proves nothing, whatever it says it erased: %i', (erased) => {
    expect(judge(verifying, { ...report, searched: false, erased })).toEqual({ event: 'fail', fault: 'not_searched' });
  });
  test('that erases proves nothing: who looks and who removes are two', () => {
    expect(judge(verifying, { ...report, erased: 1 })).toEqual({ event: 'fail', fault: 'counts_disagree' });
  });
});

test.each([
  ['more than was found', { found: 1, erased: 2 }],
  ['something where nothing was found', { found: 0, erased: 2 }],
])('an erasure of %s is not believed: it would end as a place that held nothing', (_, counts) => {
  expect(judge(erasing, { ...report, method: 'delete', ...counts })).toEqual({
    event: 'fail',
    fault: 'counts_disagree',
  });
});
