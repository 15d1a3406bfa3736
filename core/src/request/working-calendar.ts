import { addDays, type CivilDate, fromDayNumber, weekday } from './civil-date.ts';

/**
 * The days on which the controller works. Which public holidays count is a fact of the controller's establishment
 * (Reg. 1182/71 Art. 2), so a tenant may name its own; {@link bankHoliday} is what it gets without doing so.
 */
export interface WorkingCalendar {
  /** IANA name, e.g. `Europe/Paris`: decides on which day an instant falls. */
  readonly timeZone: string;
  isHoliday(date: CivilDate): boolean;
}

export function namedHolidays(timeZone: string, holidays: readonly CivilDate[]): WorkingCalendar {
  const named = new Set(holidays);
  return { timeZone, isHoliday: (date) => named.has(date) };
}

/** The six closing days of the euro payment system: the smallest set that all of the euro area shares. */
export function bankCalendar(timeZone: string): WorkingCalendar {
  return { timeZone, isHoliday: bankHoliday };
}

function bankHoliday(date: CivilDate): boolean {
  if (['01-01', '05-01', '12-25', '12-26'].includes(date.slice(5))) return true;
  const easter = easterSunday(Number(date.slice(0, 4)));
  return date === addDays(easter, -2) || date === addDays(easter, 1);
}

export function isWorkingDay(date: CivilDate, calendar: WorkingCalendar): boolean {
  return weekday(date) <= 5 && !calendar.isHoliday(date);
}

/** A period that would end on a Saturday, Sunday or holiday ends on the next working day (Reg. 1182/71 Art. 3(4)). */
export function rollToWorkingDay(date: CivilDate, calendar: WorkingCalendar): CivilDate {
  let rolled = date;
  while (!isWorkingDay(rolled, calendar)) rolled = addDays(rolled, 1);
  return rolled;
}

/** The `days`-th working day after `date`. */
export function addWorkingDays(date: CivilDate, days: number, calendar: WorkingCalendar): CivilDate {
  let reached = date;
  for (let left = days; left > 0; ) {
    reached = addDays(reached, 1);
    if (isWorkingDay(reached, calendar)) left -= 1;
  }
  return reached;
}

/** Gregorian Easter by the anonymous algorithm (Meeus, *Astronomical Algorithms*, ch. 8). */
function easterSunday(year: number): CivilDate {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = Math.floor(b / 4);
  const e = b % 4;
  const f = Math.floor((b + 8) / 25);
  const g = Math.floor((b - f + 1) / 3);
  const h = (19 * a + b - d - g + 15) % 30;
  const i = Math.floor(c / 4);
  const k = c % 4;
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const month = Math.floor((h + l - 7 * m + 114) / 31);
  const day = ((h + l - 7 * m + 114) % 31) + 1;
  return fromDayNumber(Date.UTC(year, month - 1, day) / 86_400_000);
}
