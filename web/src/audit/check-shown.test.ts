import { expect, test } from 'vitest';
import { readAuditSearch } from './audit-search.ts';
import { checkShown } from './check-shown.ts';

const shown = {
  type: 'request.approve',
  actor: 'key:b',
  at: '2026-03-01T10:00:00.000Z',
  commitment: `sha256:${'a'.repeat(64)}`,
  requestId: null,
};

test('an entry that is shown as it was hashed holds', () => {
  expect(checkShown(shown, JSON.stringify({ ...shown, v: 1, loggedAt: 'later' })).verdict).toBe('holds');
});

test.each(['type', 'actor', 'at', 'commitment', 'requestId'])('another %s than was hashed does not hold', (field) => {
  expect(checkShown(shown, JSON.stringify({ ...shown, [field]: 'other' })).verdict).toBe('broken');
});

test('nothing that can be read is no proof of what is shown', () => {
  for (const text of [null, '', '{', 'null']) expect(checkShown(shown, text).verdict).toBe('broken');
});

test('the address of the log takes ids of ours and no address of a person', () => {
  expect(readAuditSearch({ actor: 'ada@example.com', request: 'ada@example.com', type: 'nothing.' })).toEqual({});
  const request = '7c1d5a66-1111-4f7e-8d1c-9b1f4c1d2e33';
  expect(readAuditSearch({ actor: 'key:ab12', request, type: 'subject.', tab: 'log' })).toEqual({
    actor: 'key:ab12',
    request,
    type: 'subject.',
    tab: 'log',
  });
});
