/** Without a zone: the reader's own, which the text names. */
const formatOf = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', options);

const MINUTES = formatOf({
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
});
const SECONDS = formatOf({
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});
/** A civil date belongs to no zone: the day of a deadline is the same day everywhere. */
const DAY = formatOf({ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** `23 Nov 2026, 10:03 CET`, for where no element can stand. @param at ISO 8601 with zone, or milliseconds */
export const dateTimeText = (at: string | number, precision: 'minutes' | 'seconds' = 'minutes'): string =>
  (precision === 'seconds' ? SECONDS : MINUTES).format(new Date(at));

/** `23 Nov 2026`. @param day `2026-11-23` */
export const dayText = (day: string): string => DAY.format(new Date(`${day}T00:00:00Z`));

/** A moment in the reader's zone, named; UTC on hover and for machines. */
export function DateTime({ at, precision = 'minutes' }: { at: string | number; precision?: 'minutes' | 'seconds' }) {
  const iso = new Date(at).toISOString();
  return (
    <time className="moment" dateTime={iso} title={iso}>
      {dateTimeText(at, precision)}
    </time>
  );
}

/** A civil date, such as a deadline. */
export function Day({ day }: { day: string }) {
  return (
    <time className="moment" dateTime={day}>
      {dayText(day)}
    </time>
  );
}
