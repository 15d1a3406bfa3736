import type { Window } from './event-store.ts';

const DAY_US = 86_400_000_000;

/** A window cut at midnights (UTC): its whole days, which summaries can answer, and what is left at its ends. */
export interface CutWindow {
  /** As YYYYMMDD, both inclusive; an open end of the window is an open end here. Null when no day is whole. */
  readonly days: { readonly first: number; readonly last: number } | null;
  /** At most two, shorter than a day each. The whole window when no day is whole. */
  readonly edges: readonly Window[];
}

export function cutAtMidnights(window: Window): CutWindow {
  const { fromUs, toUs } = window;
  const firstDay = fromUs === null ? null : Math.ceil(fromUs / DAY_US);
  const endDay = toUs === null ? null : Math.floor(toUs / DAY_US);
  if (endDay !== null && endDay <= (firstDay ?? 0)) return { days: null, edges: [window] };
  const edges: Window[] = [];
  if (fromUs !== null && firstDay !== null && fromUs < firstDay * DAY_US)
    edges.push({ fromUs, toUs: firstDay * DAY_US });
  if (toUs !== null && endDay !== null && endDay * DAY_US < toUs) edges.push({ fromUs: endDay * DAY_US, toUs });
  return {
    days: {
      first: firstDay === null ? FIRST_DAY : dayNumber(firstDay),
      last: endDay === null ? LAST_DAY : dayNumber(endDay - 1),
    },
    edges,
  };
}

const FIRST_DAY = 0;
const LAST_DAY = 99_999_999;

/** The days that a window lies in, as YYYYMMDD. An open end of it is an open end here. */
export function daysOf({ fromUs, toUs }: Window): { readonly first: number; readonly last: number } {
  return {
    first: fromUs === null ? FIRST_DAY : dayNumber(Math.max(0, Math.floor(fromUs / DAY_US))),
    last: toUs === null ? LAST_DAY : dayNumber(Math.ceil(toUs / DAY_US) - 1),
  };
}

/**
 * The days that a window lies in and the days next to them, as YYYYMMDD. An open end of it is an open end here.
 */
export function daysBeside({ fromUs, toUs }: Window): { readonly first: number; readonly last: number } {
  return {
    first: fromUs === null ? FIRST_DAY : dayNumber(Math.max(0, Math.floor(fromUs / DAY_US) - 1)),
    last: toUs === null ? LAST_DAY : dayNumber(Math.ceil(toUs / DAY_US)),
  };
}

/** @param day days since the epoch */
const dayNumber = (day: number): number =>
  Number(new Date((day * DAY_US) / 1000).toISOString().slice(0, 10).replaceAll('-', ''));

/** @param day YYYYMMDD */
export function windowOfDay(day: number): { readonly fromUs: number; readonly toUs: number } {
  const text = String(day);
  const fromUs = Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6))) * 1000;
  return { fromUs, toUs: fromUs + DAY_US };
}

/** The window and a day on either side of it. */
export function dayAround({ fromUs, toUs }: Window): Window {
  return {
    fromUs: fromUs === null ? null : Math.max(0, fromUs - DAY_US),
    toUs: toUs === null ? null : toUs + DAY_US,
  };
}
