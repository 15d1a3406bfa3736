import { texts } from '../texts/en.ts';
import { Day } from './date-time.tsx';

const DAY_MS = 86_400_000;

/** Whole days from today to a civil date; negative behind it. */
export function daysUntil(date: string, now: Date): number {
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  return Math.round((Date.parse(`${date}T00:00:00Z`) - today) / DAY_MS);
}

/** A deadline as a date and in words, in the colour of its urgency. */
export function DaysLeft({ due, paused, now = new Date() }: { due: string; paused: boolean; now?: Date }) {
  const days = daysUntil(due, now);
  const tone = paused ? 'soft' : days < 0 ? 'bad' : days <= 7 ? 'warn' : 'soft';
  const words = paused
    ? texts.request.paused
    : days < 0
      ? texts.time.overdue(-days)
      : days === 0
        ? texts.time.today
        : texts.time.left(days);
  return (
    <span className="days" data-tone={tone}>
      <Day day={due} /> <span>{words}</span>
    </span>
  );
}
