import { expect, test } from 'vitest';
import { REQUEST_STATES } from '../request/request-state.ts';
import { IDENTITY_FORMATS, IDENTITY_TYPES, identifierOf } from './messages.ts';
import { expectedCompletion, heardFrom, reportedStatus } from './status.ts';

test('only an ended request is told as completed, and one that did not end well says so beside it', () => {
  const completed = REQUEST_STATES.filter((state) => reportedStatus(state)?.status === 'completed');
  expect(completed).toEqual(['completed', 'completed_with_exceptions', 'refused']);
  expect(completed.filter((state) => reportedStatus(state)?.outcome === null)).toEqual(['completed']);
  expect(reportedStatus('blocked')).toEqual({ status: 'in_progress', outcome: null });
  expect(reportedStatus('duplicate')).toBeNull();
});

test('what can be withdrawn is pending; what cannot is not', () => {
  const pending = REQUEST_STATES.filter((state) => reportedStatus(state)?.status === 'pending');
  expect(pending).toEqual(['received', 'identity_pending', 'assessing', 'awaiting_approval']);
});

test('an expected completion never lies in the past while the request is open', () => {
  const now = new Date('2026-06-10T12:00:00Z');
  expect(expectedCompletion('2026-06-10', null, now)).toEqual(new Date('2026-06-10T23:59:59Z'));
  expect(expectedCompletion('2026-06-09', null, now) > now).toBe(true);
  expect(expectedCompletion('2026-06-09', new Date('2026-06-08T00:00:00Z'), now)).toEqual(
    new Date('2026-06-08T00:00:00Z'),
  );
});

test('completed is consent only without a word that takes it back', () => {
  expect(heardFrom('completed', undefined)).toBe('attested');
  expect(heardFrom('completed', { outcome: 'completed' })).toBe('attested');
  expect(heardFrom('completed', { outcome: 'completed_with_exceptions' })).toBe('partial');
  expect(heardFrom('completed', { outcome: 'refused' })).toBe('refused');
  expect(heardFrom('completed', { outcome: 'something new' })).toBe('partial');
  expect(heardFrom('completed', { outcome: 7 })).toBe('partial');
  expect(heardFrom('in_progress', { outcome: 'completed' })).toBe('working');
  expect(heardFrom('cancelled', undefined)).toBe('cancelled');
});

test('every identity type is an identifier type here, hashed or not', () => {
  for (const identity_type of IDENTITY_TYPES) {
    for (const identity_format of IDENTITY_FORMATS) {
      const digits = { raw: 5, md5: 32, sha1: 40, sha256: 64 }[identity_format];
      const identity = { identity_type, identity_format, identity_value: 'a'.repeat(digits) };
      const read = identifierOf(identity, true);
      expect(read).toMatchObject({ type: expect.stringMatching(/^[a-z][a-z0-9_]{0,31}$/) });
      expect(identifierOf(identity, false)).toEqual(identity_format === 'raw' ? read : 'hashed_identity');
    }
  }
});
