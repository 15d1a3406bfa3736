/**
 * Calendar days without a clock: `2026-02-28`. Legal periods are counted in calendar days at the controller's place,
 * never in multiples of 24 hours.
 */
export type CivilDate = string;

const SHAPE = /^(\d{4})-(\d{2})-(\d{2})$/;

export function isCivilDate(text: string): boolean {
  return SHAPE.test(text) && fromDayNumber(dayNumber(text)) === text;
}

/** Days since 1970-01-01. */
export function dayNumber(date: CivilDate): number {
  const [year, month, day] = parts(date);
  return Date.UTC(year, month - 1, day) / 86_400_000;
}

export function fromDayNumber(days: number): CivilDate {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

export function addDays(date: CivilDate, days: number): CivilDate {
  return fromDayNumber(dayNumber(date) + days);
}

/** The same day `months` later, or the last day of that month when it has no such day (Reg. 1182/71 Art. 3(2)(c)). */
export function addMonths(date: CivilDate, months: number): CivilDate {
  const [year, month, day] = parts(date);
  const lastDay = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate();
  return fromDayNumber(Date.UTC(year, month - 1 + months, Math.min(day, lastDay)) / 86_400_000);
}

/** 1 Monday … 7 Sunday. */
export function weekday(date: CivilDate): number {
  return ((dayNumber(date) + 3) % 7) + 1;
}

/** The calendar day at `timeZone` (IANA name) when the instant happened. */
export function civilDateAt(instant: Date, timeZone: string): CivilDate {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    instant,
  );
}

/** The first instant after `date` at `timeZone`: a period that ends on a day ends here. */
export function endOfDay(date: CivilDate, timeZone: string): Date {
  const utcMidnight = (dayNumber(date) + 1) * 86_400_000;
  // Two rounds, because the offset at the guess may differ from the offset at the answer (a clock change that night).
  const guess = utcMidnight - offsetMs(utcMidnight, timeZone);
  return new Date(utcMidnight - offsetMs(guess, timeZone));
}

function offsetMs(instantMs: number, timeZone: string): number {
  const fields = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instantMs);
  const of = (type: string) => Number(fields.find((field) => field.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - instantMs;
}

function parts(date: CivilDate): [year: number, month: number, day: number] {
  const match = SHAPE.exec(date);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : [Number.NaN, Number.NaN, Number.NaN];
}
