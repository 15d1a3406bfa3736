import { expect, test } from 'vitest';
import { openPoints } from './open-points.ts';

const input = {
  recipients: [
    { node: 'recipient:b.example', named: false },
    { node: 'recipient:a.example', named: false },
    { node: 'recipient:a.example', named: false },
    { node: 'recipient:c.example', named: true },
  ],
  truncated: true,
  stores: [
    { node: 'store:x', declared: false },
    { node: 'store:y', declared: true },
  ],
};

test('an access answer waits for names, once for each host, and for a path that was cut', () => {
  expect(openPoints({ profile: 'access', ...input })).toEqual([
    { what: 'recipient:a.example', reason: 'unnamed_recipient' },
    { what: 'recipient:b.example', reason: 'unnamed_recipient' },
    { what: 'lineage', reason: 'lineage_truncated' },
  ]);
});

test('a portability package waits for what its stores are used for, and for nobody’s name', () => {
  expect(openPoints({ profile: 'portability', ...input })).toEqual([
    { what: 'lineage', reason: 'lineage_truncated' },
    { what: 'store:x', reason: 'not_declared' },
  ]);
});

test('nothing is open where everything is known', () => {
  expect(openPoints({ profile: 'access', recipients: [], truncated: false, stores: input.stores })).toEqual([]);
});
