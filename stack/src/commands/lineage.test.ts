import type { LineageAnswer } from '@vestige/core/lineage/answer';
import { expect, test } from 'vitest';
import { lineageText } from './lineage.ts';

const AT = '2026-11-23T10:00:00.000Z';
const said = { categories: [], purposes: [] };

function answer(given: Partial<LineageAnswer>): LineageAnswer {
  return {
    subjectId: '00000000-0000-4000-8000-000000000001',
    window: { from: null, to: null, asOf: null },
    nodes: [],
    edges: [],
    residency: [],
    recipients: [],
    completeness: {
      complete: false,
      statement: 'No service has reported anything.',
      watermarks: [],
      rejectedSpans: 0,
      orphanSpans: 0,
      unattributedTouches: 0,
      unregisteredStores: [],
      truncated: false,
    },
    ...given,
  };
}

test('a company is told by its name, and a host that nobody registered as one', () => {
  const party = { id: 'mailco', legalName: 'Mail Co', role: 'processor', country: 'DE' };
  const disclosed = { ...said, firstDisclosed: AT, lastDisclosed: AT, count: 2, via: [] };
  const text = lineageText(
    answer({
      nodes: [
        { id: 'recipient:mail.example', kind: 'recipient', name: 'x', party, firstSeen: AT, lastSeen: AT, ...said },
      ],
      recipients: [
        { ...disclosed, party: 'mailco', node: 'recipient:mail.example', country: 'DE' },
        { ...disclosed, party: 'ads.example', node: 'recipient:ads.example', country: null },
      ],
    }),
  );
  expect(text).toMatch(/^ {2}Mail Co +DE {2}×2 {2}recipient:mail\.example +2026-11-23$/m);
  expect(text).toMatch(/^ {2}ads\.example \(not registered\) {2}- {3}×2 {2}recipient:ads\.example +2026-11-23$/m);
});

test('the words that an answer uses are explained, and no others', () => {
  const rests = { records: 0, state: 'held' as const, lastWrite: AT, lastDelete: null, retentionUntil: null };
  const text = lineageText(answer({ residency: [{ ...rests, store: 'store:crm', confidence: 'possible' }] }));
  expect(text).toMatch(/possible: it cannot be ruled out/);
  expect(text).not.toMatch(/ambient|declared|inferred/);
});

test('an answer about nothing says what it does not know, and explains nothing', () => {
  const text = lineageText(answer({}));
  expect(text).toMatch(/^Flows\n {2}none$/m);
  expect(text.trimEnd()).toMatch(/NOT COMPLETE: No service has reported anything\.$/);
});
