import { expect, test } from 'vitest';
import { Completeness } from './answer.ts';
import { CANARY_SERVICE, completenessOf } from './completeness.ts';

const clean = {
  watermarks: [
    { service: 'support/desk', newestSpanMs: 1_700_000_000_000, missingSeq: 0 },
    { service: 'support/mailer', newestSpanMs: 1_699_999_000_000, missingSeq: 0 },
  ],
  rejectedSpans: 0,
  orphanSpans: 0,
  unattributedTouches: 0,
  unregisteredStores: [],
  truncated: false,
  traces: { followed: 4, known: 4 },
};

test('an answer is complete only when nothing is unknown', () => {
  const whole = completenessOf(clean);
  expect(whole.complete).toBe(true);
  expect(whole.statement).toBe(
    'This answer rests on what 2 services have reported; the one heard of longest ago is support/mailer, whose newest ' +
      'span began at 2023-11-14T21:56:40.000Z. Nothing is known to be missing.',
  );
});

test.each([
  ['a limit was reached, so there is more than is shown.', { truncated: true }],
  [
    'a limit was reached, so there is more than is shown (4 of at least 9 traces were followed, the oldest first).',
    { truncated: true, traces: { followed: 4, known: 9 } },
  ],
  [
    'touches that say not whose data it was were last counted at 2023-11-14T22:13:20.000Z, and spans have come in since.',
    { unattributedAsOfMs: 1_700_000_000_000 },
  ],
  ['of 3 days nobody has counted yet how many touches say not whose data it was.', { uncountedDays: 3 }],
  [
    '1 span was lost on the way (support/desk)',
    { watermarks: [{ service: 'support/desk', newestSpanMs: 0, missingSeq: 1 }] },
  ],
  ['3 spans could not be understood', { rejectedSpans: 3 }],
  ['1 span in these traces names a parent that never arrived', { orphanSpans: 1 }],
  ['1 batch run names people by a list that may hold this person under another key', { unclearRuns: 1 }],
  ['2 batch runs say what was written and not from what', { runsWithoutInputs: 2 }],
  ['nobody has counted yet how many batch runs say what was written and not from what', { runsWithoutInputs: null }],
  [
    'batch runs that say not from what they wrote were last counted at 2023-11-14T22:13:20.000Z',
    { runsAsOfMs: 1_700_000_000_000 },
  ],
  ['2 touches of stores or recipients say not whose data it was', { unattributedTouches: 2 }],
  [
    'clocks contradict each other (billing is at least 4 min behind shop/desk, processes of desk are at least 3.5 ms ' +
      'apart), so what went between such services, or through a place that both use, may be missing, and what one of ' +
      'them deleted of the other’s is told as held',
    {
      clocks: [
        { behind: 'service:billing', ahead: 'service:shop/desk', lagUs: 299_000_000 },
        { behind: 'service:desk', ahead: 'service:desk', lagUs: 3_500 },
      ],
    },
  ],
  [
    'at least 3 spans lost links at a limit (desk, mailer), and whose messages they handled is not all known',
    {
      cutSpans: [
        { service: 'mailer', links: 2, attributes: 0 },
        { service: 'desk', links: 1, attributes: 0 },
      ],
    },
  ],
  [
    'at least 1 span lost attributes at a limit (desk), which may have named people or records',
    { cutSpans: [{ service: 'desk', links: 0, attributes: 1 }] },
  ],
  ['spans that an older version has read may lie under names that are not in use any more', { olderReadings: true }],
  ['more services have sent spans than are looked at', { servicesCut: true }],
  ['1 place where the data rests is not registered (store:crm)', { unregisteredStores: ['store:crm'] }],
])('"%s" makes it incomplete', (text, gap) => {
  const found = Completeness.parse(completenessOf({ ...clean, ...gap }));
  expect(found.complete).toBe(false);
  expect(found.statement).toContain(`It is not complete: ${text}`);
});

test('of very many clocks that contradict each other the worst are listed', () => {
  const clocks = Array.from({ length: 150 }, (_, i) => ({
    behind: `service:s${i}`,
    ahead: 'service:desk',
    lagUs: 9_000_000_000 - i,
  }));
  const found = Completeness.parse(completenessOf({ ...clean, clocks }));
  expect(found.clocks?.[0]).toEqual({ behind: 's0', ahead: 'desk', atLeastMs: 9_000_000 });
  expect(found.clocks).toHaveLength(100);
  expect(found.statement).toContain('s0 is at least 2 h behind desk');
  expect(found.statement).toContain('and 147 more');
});

test('silence is not completeness', () => {
  const silent = completenessOf({ ...clean, watermarks: [] });
  expect(silent.complete).toBe(false);
  expect(silent.statement).toBe('No service has reported anything in this window, so this answer can say nothing.');
});

test('that our own canary was heard of is no report of a service', () => {
  const canary = { service: CANARY_SERVICE, newestSpanMs: 1_600_000_000_000, missingSeq: 0 };
  expect(completenessOf({ ...clean, watermarks: [...clean.watermarks, canary] })).toEqual(completenessOf(clean));
  expect(completenessOf({ ...clean, watermarks: [canary] })).toMatchObject({
    complete: false,
    statement: expect.stringMatching(/^No service has reported/),
  });
});
