import { expect, test } from 'vitest';
import { decideRequest, eventsNow, type RequestFacts, type RequestRecord } from './request.ts';
import { bankCalendar } from './working-calendar.ts';

const record: RequestRecord = {
  type: 'erasure',
  state: 'awaiting_approval',
  clock: { regime: 'gdpr', receivedOn: '2026-06-01', pauses: [], extension: null },
  filedBy: 'key:filer',
  identity: { method: 'in_person', assurance: 'high', by: 'key:filer', at: '2026-06-01T10:00:00.000Z' },
  planHash: 'plan:2',
  approval: null,
  paused: null,
  hold: null,
  suspended: false,
  acknowledgedOn: null,
};
const facts: RequestFacts = {
  actor: 'key:officer',
  hands: new Set(['key:officer']),
  now: new Date('2026-06-02T10:00:00Z'),
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

test.each([{ event: 'refuse', code: 'eu-gdpr:JustificationA17LegalClaims' }, { event: 'withdraw' }] as const)(
  'once a person is suppressed nobody leads to their data any more, so $event comes too late',
  (command) => {
    expect(decideRequest(record, command, facts)).toMatchObject({ ok: true });
    // The plan grew on the way to the start, so the request waits for an approval once more.
    const suppressing = { ...facts, suppressing: true };
    expect(decideRequest(record, command, suppressing)).toMatchObject({ ok: false, reason: '!late' });
    expect(eventsNow(record, suppressing)).toContainEqual({ event: command.event, objection: '!late' });
  },
);
