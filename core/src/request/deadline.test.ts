import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDays, addMonths, civilDateAt, dayNumber, endOfDay, fromDayNumber, weekday } from './civil-date.ts';
import { type Clock, deadline, mayExtend, REGIMES } from './deadline.ts';
import { bankCalendar, isWorkingDay, namedHolidays } from './working-calendar.ts';

const calendar = bankCalendar('Europe/Brussels');
const clock = (receivedOn: string, more: Partial<Clock> = {}): Clock => ({
  regime: 'gdpr',
  receivedOn,
  pauses: [],
  extension: null,
  ...more,
});
const extension = (notifiedOn: string) => ({ reason: 'complexity', notifiedOn });

describe('GDPR deadlines', () => {
  // research/compliance.md §1.3
  test.each([
    ['2026-01-31', '2026-02-28', '2026-03-02', '2026-04-30', '2026-04-30'],
    ['2026-03-05', '2026-04-05', '2026-04-07', '2026-06-05', '2026-06-05'],
    ['2026-08-31', '2026-09-30', '2026-09-30', '2026-11-30', '2026-11-30'],
    ['2026-11-30', '2026-12-30', '2026-12-30', '2027-02-28', '2027-03-01'],
    ['2026-12-31', '2027-01-31', '2027-02-01', '2027-03-31', '2027-03-31'],
    ['2028-01-30', '2028-02-29', '2028-02-29', '2028-04-30', '2028-05-01'],
  ])('received %s is due as the vector says', (received, raw, due, extendedRaw, extendedDue) => {
    // 1 May 2028 is a closing day, so our calendar says 2 May; the last vector holds where that day is worked.
    const days = received === '2028-01-30' ? namedHolidays('Europe/Brussels', []) : calendar;
    const plain = deadline(clock(received), days, received);
    const extended = deadline(clock(received, { extension: extension(received) }), days, received);

    expect([plain.dueRaw, plain.due]).toEqual([raw, due]);
    expect([extended.dueRaw, extended.due]).toEqual([extendedRaw, extendedDue]);
  });

  test('a pause moves the date by the days it lasted, and overlapping pauses count once', () => {
    const pauses = [
      { from: '2026-06-02', to: '2026-06-09', reason: 'identity' as const },
      { from: '2026-06-05', to: '2026-06-12', reason: 'clarification' as const },
    ];

    expect(deadline(clock('2026-06-01', { pauses }), calendar, '2026-06-20')).toMatchObject({
      pausedDays: 10,
      dueRaw: '2026-07-11',
      due: '2026-07-13',
      paused: false,
    });
  });

  test('while a pause lasts the date moves on with every day', () => {
    const paused = clock('2026-06-01', { pauses: [{ from: '2026-06-02', to: null, reason: 'identity' }] });

    expect(deadline(paused, calendar, '2026-06-04').dueRaw).toBe('2026-07-03');
    expect(deadline(paused, calendar, '2026-06-05').dueRaw).toBe('2026-07-04');
  });

  test('an extension is refused once the first period is over, and there is only one', () => {
    expect(mayExtend(clock('2026-06-01'), calendar, '2026-07-01')).toBe(true);
    expect(mayExtend(clock('2026-06-01'), calendar, '2026-07-02')).toBe(false);
    expect(mayExtend(clock('2026-06-01', { extension: extension('2026-06-20') }), calendar, '2026-06-21')).toBe(false);
  });
});

describe('other regimes', () => {
  test('CCPA answers in 45 days, acknowledges in 10 working days and does not stop for verification', () => {
    const pauses = [{ from: '2026-06-02', to: '2026-06-20', reason: 'identity' as const }];

    expect(deadline(clock('2026-06-01', { regime: 'ccpa', pauses }), calendar, '2026-06-21')).toMatchObject({
      acknowledgeBy: '2026-06-15',
      due: '2026-07-16',
      pausedDays: 0,
      paused: false,
    });
    expect(
      deadline(clock('2026-06-01', { regime: 'ccpa', extension: extension('2026-06-10') }), calendar, '2026-06-21').due,
    ).toBe('2026-08-30');
  });

  test('LGPD answers in 15 days and cannot be extended', () => {
    const lgpd = clock('2026-06-01', { regime: 'lgpd' });

    expect(deadline(lgpd, calendar, '2026-06-01').due).toBe('2026-06-16');
    expect(mayExtend(lgpd, calendar, '2026-06-02')).toBe(false);
  });

  test('HIPAA answers in 60 days, or 90 when extended', () => {
    expect(deadline(clock('2026-06-01', { regime: 'hipaa' }), calendar, '2026-06-01').due).toBe('2026-07-31');
    expect(
      deadline(clock('2026-06-01', { regime: 'hipaa', extension: extension('2026-06-02') }), calendar, '2026-06-02')
        .due,
    ).toBe('2026-08-30');
  });

  test('the UK counts like the GDPR', () => {
    expect(deadline(clock('2026-01-31', { regime: 'uk' }), calendar, '2026-01-31').dueRaw).toBe('2026-02-28');
  });
});

const aDay = fc.integer({ min: dayNumber('2000-01-01'), max: dayNumber('2099-12-31') }).map(fromDayNumber);

describe('properties', () => {
  test('a deadline never lies before its raw date, and a pause never brings it nearer', () => {
    fc.assert(
      fc.property(aDay, fc.constantFrom(...REGIMES), fc.integer({ min: 0, max: 60 }), (received, regime, days) => {
        const plain = deadline(clock(received, { regime }), calendar, addDays(received, 90));
        const pauses = [{ from: received, to: addDays(received, days), reason: 'identity' as const }];
        const paused = deadline(clock(received, { regime, pauses }), calendar, addDays(received, 90));

        expect(plain.due >= plain.dueRaw).toBe(true);
        expect(paused.due >= plain.due).toBe(true);
        if (regime === 'gdpr') expect(isWorkingDay(plain.due, calendar)).toBe(true);
      }),
    );
  });

  test('a month later is in the next month, on the same day or the last one', () => {
    fc.assert(
      fc.property(aDay, (date) => {
        const later = addMonths(date, 1);
        expect((Number(later.slice(5, 7)) + 11) % 12).toBe(Number(date.slice(5, 7)) % 12);
        expect(later.slice(8) === date.slice(8) || addDays(later, 1).slice(8) === '01').toBe(true);
      }),
    );
  });
});

test('a day ends at midnight of the place, also when the clocks change', () => {
  expect(endOfDay('2026-06-30', 'Europe/Paris').toISOString()).toBe('2026-06-30T22:00:00.000Z');
  expect(endOfDay('2026-03-29', 'Europe/Paris').toISOString()).toBe('2026-03-29T22:00:00.000Z');
  expect(endOfDay('2026-10-25', 'Europe/Paris').toISOString()).toBe('2026-10-25T23:00:00.000Z');
  expect(endOfDay('2026-12-31', 'America/Sao_Paulo').toISOString()).toBe('2027-01-01T03:00:00.000Z');
  expect(civilDateAt(new Date('2026-06-30T22:30:00Z'), 'Europe/Paris')).toBe('2026-07-01');
  expect(weekday('2026-11-22')).toBe(7);
});
