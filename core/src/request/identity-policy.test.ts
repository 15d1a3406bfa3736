import { expect, test } from 'vitest';
import { ASSURANCE_LEVELS, DEFAULT_IDENTITY_POLICY, reaches } from './identity-policy.ts';
import { decideRequest, REQUEST_TYPES, type RequestFacts, type RequestRecord } from './request.ts';
import { bankCalendar } from './working-calendar.ts';

const request: RequestRecord = {
  type: 'erasure',
  state: 'identity_pending',
  clock: { regime: 'gdpr', receivedOn: '2026-06-01', pauses: [], extension: null },
  filedBy: 'key:filer',
  identity: null,
  planHash: null,
  approval: null,
  paused: null,
  hold: null,
  suspended: false,
  acknowledgedOn: null,
};
const facts: RequestFacts = {
  actor: 'key:officer',
  hands: new Set(['key:officer']),
  now: new Date('2026-06-01T10:00:00Z'),
  calendar: bankCalendar('Europe/Paris'),
  requiredAssurance: 'substantial',
  exemptedBy: [],
  singleKeyAllowed: false,
  unsealedAccess: false,
  heldByScope: false,
  workPaused: false,
  started: false,
  suppressing: false,
  suppressed: false,
  sealed: false,
  tasks: [],
};
const verify = (assurance: string) => ({ event: 'verify_identity', method: 'account_login', assurance }) as const;

test('a level below the one that is asked for leaves the request unverified, and says that verifying is still possible', () => {
  expect(decideRequest(request, verify('low'), facts)).toMatchObject({
    ok: false,
    reason: 'assurance_too_low',
    legal: expect.arrayContaining(['verify_identity']),
  });
  expect(decideRequest(request, verify('substantial'), facts)).toMatchObject({ ok: true });
  expect(decideRequest(request, verify('high'), facts)).toMatchObject({ ok: true });
});

test('a level nobody knows reaches nothing, also where the lowest is enough', () => {
  for (const required of ASSURANCE_LEVELS) expect(reaches('certain', required)).toBe(false);
  expect(reaches('low', 'low')).toBe(true);
});

test('unverified, a request is neither planned, approved nor started, and makes nobody a duplicate (FM4)', () => {
  const assessing = { ...request, planHash: 'h' };
  const ways = [
    ['assessing', { event: 'plan', planHash: 'h' }],
    ['assessing', { event: 'find_duplicate' }],
    ['awaiting_approval', { event: 'find_duplicate' }],
    ['awaiting_approval', { event: 'approve', planHash: 'h' }],
    ['approved', { event: 'start' }],
  ] as const;
  for (const [state, command] of ways) {
    expect(decideRequest({ ...assessing, state }, command, facts)).toMatchObject({ ok: false, reason: 'unverified' });
  }
});

test('what hands out, changes or destroys data asks for more than what leaves it alone', () => {
  const { requiredAssurance, proofKinds } = DEFAULT_IDENTITY_POLICY;
  expect(REQUEST_TYPES.filter((type) => requiredAssurance[type] === 'low')).toEqual(['restriction', 'objection']);
  // EDPB Guidelines 01/2022: copies of documents are the exception.
  expect(proofKinds).not.toContain('document');
});
