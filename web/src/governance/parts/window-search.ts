/** How far back a question about the installation looks. In the address, so that a link shows the same. */
export const WINDOW_DAYS = [1, 7, 30, 90] as const;
export type WindowDays = (typeof WINDOW_DAYS)[number];
const DEFAULT_DAYS: WindowDays = 7;
const DAY_MS = 86_400_000;

export interface WindowSearch {
  readonly days?: WindowDays;
}

/** The default stands for itself and is in no address. */
export function readDays(search: Readonly<Record<string, unknown>>): WindowSearch {
  const days = WINDOW_DAYS.find((each) => each === Number(search['days']));
  return days === undefined || days === DEFAULT_DAYS ? {} : { days };
}

export const daysOf = ({ days }: WindowSearch): WindowDays => days ?? DEFAULT_DAYS;

/** @returns RFC 3339, whole minutes, so that one question asked twice is one question */
export function fromOf(days: WindowDays, now = Date.now()): string {
  const startMs = now - days * DAY_MS;
  return new Date(startMs - (startMs % 60_000)).toISOString();
}
