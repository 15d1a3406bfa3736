import { addDays, type CivilDate, civilDateAt, dayNumber, endOfDay } from './civil-date.ts';
import { type Clock, deadline } from './deadline.ts';
import type { WorkingCalendar } from './working-calendar.ts';

/**
 * When people are told that a deadline comes near: at half, three quarters and nine tenths of the legal time, and once
 * it is over. Computed from the clock alone; what has been told is a number that only grows within one period.
 */
export const ESCALATION_LEVELS = [50, 75, 90, 100] as const;
export type EscalationLevel = (typeof ESCALATION_LEVELS)[number];

/**
 * The highest level reached on a day, or 0. Days on which the clock stood do not count; at 100 the last day is over.
 *
 * @param today at the controller's place
 */
export function escalationLevel(clock: Clock, calendar: WorkingCalendar, today: CivilDate): EscalationLevel | 0 {
  const reached = ESCALATION_LEVELS.filter((level) => today >= dayOf(level, clock, calendar, today));
  return reached.at(-1) ?? 0;
}

/**
 * The first instant at which more has to be told than `told`; null when nothing will be while things stand as they do:
 * all was told, or the clock stands still and moves every level on with it.
 */
export function nextEscalation(clock: Clock, calendar: WorkingCalendar, told: number, now: Date): Date | null {
  const today = civilDateAt(now, calendar.timeZone);
  const next = ESCALATION_LEVELS.find((level) => level > told);
  if (next === undefined || deadline(clock, calendar, today).paused) return null;
  return endOfDay(addDays(dayOf(next, clock, calendar, today), -1), calendar.timeZone);
}

function dayOf(level: EscalationLevel, clock: Clock, calendar: WorkingCalendar, today: CivilDate): CivilDate {
  const { due, pausedDays } = deadline(clock, calendar, today);
  if (level === 100) return addDays(due, 1);
  const days = dayNumber(due) - dayNumber(clock.receivedOn) - pausedDays;
  return addDays(clock.receivedOn, pausedDays + Math.ceil((days * level) / 100));
}
