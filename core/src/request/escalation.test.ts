import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays, civilDateAt, dayNumber, fromDayNumber } from './civil-date.ts';
import { type Clock, deadline, REGIMES } from './deadline.ts';
import { ESCALATION_LEVELS, escalationLevel, nextEscalation } from './escalation.ts';
import { bankCalendar } from './working-calendar.ts';

const calendar = bankCalendar('Europe/Brussels');
const clock = (receivedOn: string, more: Partial<Clock> = {}): Clock => ({
  regime: 'lgpd',
  receivedOn,
  pauses: [],
  extension: null,
  ...more,
});

test('fifteen days are escalated on day 8, 12 and 14, and after the last', () => {
  const levels = Array.from({ length: 17 }, (_, day) =>
    escalationLevel(clock('2026-06-01'), calendar, addDays('2026-06-01', day)),
  );

  expect(levels).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 50, 50, 50, 50, 75, 75, 90, 90, 100]);
});

test('a pause moves every level by the days it lasted, and nothing is told while it lasts', () => {
  const paused = (to: string | null) =>
    clock('2026-06-01', { regime: 'gdpr', pauses: [{ from: '2026-06-03', to, reason: 'identity' }] });

  expect(nextEscalation(paused(null), calendar, 0, new Date('2026-06-04T12:00:00Z'))).toBeNull();
  const plain = nextEscalation(clock('2026-06-01', { regime: 'gdpr' }), calendar, 0, new Date('2026-06-04T12:00:00Z'));
  const later = nextEscalation(paused('2026-06-13'), calendar, 0, new Date('2026-06-14T12:00:00Z'));
  expect(plain?.toISOString()).toBe('2026-06-15T22:00:00.000Z');
  expect(later?.toISOString()).toBe('2026-06-26T22:00:00.000Z');
});

test('an extension begins a longer period, whose levels come later', () => {
  const extended = clock('2026-06-01', { regime: 'gdpr', extension: { reason: 'x', notifiedOn: '2026-06-20' } });

  expect(escalationLevel(extended, calendar, '2026-06-25')).toBe(0);
  expect(escalationLevel(clock('2026-06-01', { regime: 'gdpr' }), calendar, '2026-06-25')).toBe(75);
});

test('whoever looks when told to tells each level once, in order, and the last one only after the deadline', () => {
  const day = fc.integer({ min: dayNumber('2020-01-01'), max: dayNumber('2040-12-31') }).map(fromDayNumber);
  fc.assert(
    fc.property(day, fc.constantFrom(...REGIMES), (receivedOn, regime) => {
      const given = clock(receivedOn, { regime });
      const told: number[] = [];
      let now = new Date(`${receivedOn}T12:00:00Z`);
      for (let next = nextEscalation(given, calendar, 0, now); next !== null; ) {
        expect(escalationLevel(given, calendar, civilDateAt(new Date(next.getTime() - 1), calendar.timeZone))).toBe(
          told.at(-1) ?? 0,
        );
        now = next;
        told.push(escalationLevel(given, calendar, civilDateAt(now, calendar.timeZone)));
        next = nextEscalation(given, calendar, told.at(-1) ?? 0, now);
      }
      expect(told).toEqual([...ESCALATION_LEVELS]);
      expect(civilDateAt(now, calendar.timeZone) > deadline(given, calendar, receivedOn).due).toBe(true);
    }),
  );
});
