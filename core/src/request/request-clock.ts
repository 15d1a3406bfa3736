import { civilDateAt } from './civil-date.ts';
import { type Clock, mayExtend, type PauseReason } from './deadline.ts';
import type { WorkingCalendar } from './working-calendar.ts';

/** The only ways a clock changes (INV8). Days are those of the controller's place. */
export type Calendar = WorkingCalendar;

export function pauseClock(clock: Clock, reason: PauseReason, calendar: Calendar, now: Date): Clock {
  return { ...clock, pauses: [...clock.pauses, { from: today(calendar, now), to: null, reason }] };
}

export function resumeClock(clock: Clock, calendar: Calendar, now: Date): Clock {
  const to = today(calendar, now);
  return { ...clock, pauses: clock.pauses.map((pause) => (pause.to === null ? { ...pause, to } : pause)) };
}

/** Null when an extension can no longer be announced. */
export function extendClock(clock: Clock, reason: string, calendar: Calendar, now: Date): Clock | null {
  const notifiedOn = today(calendar, now);
  return mayExtend(clock, calendar, notifiedOn) ? { ...clock, extension: { reason, notifiedOn } } : null;
}

function today(calendar: Calendar, now: Date): string {
  return civilDateAt(now, calendar.timeZone);
}
