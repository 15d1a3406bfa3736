import type { Entry } from './entry.ts';
import type { Report } from './finding.ts';

const DAY_MS = 86_400_000;
/** A heartbeat a day, and the hours in which the next one may come. */
const SILENCE_MS_MAX = 36 * 3_600_000;

/** Counts the days on which the log said that it was alive (check 8). */
export class HeartbeatDays {
  readonly #report: Report;
  #last: string | null = null;
  #lastLogged: string | null = null;
  days = 0;

  constructor(report: Report) {
    this.#report = report;
  }

  add({ type, object, index, loggedAt }: Entry): void {
    this.#lastLogged = loggedAt;
    if (type !== 'audit.heartbeat') return;
    const day = object.id;
    if (!/^\d{4}-\d\d-\d\d$/.test(day) || Math.abs(Date.parse(loggedAt) - Date.parse(day)) > 2 * DAY_MS) {
      this.#report('broken', 'gaps', 'odd_heartbeat', `entry ${index}`, 'It is the heartbeat of another day.', SILENT);
      return;
    }
    this.days += 1;
    const missing = this.#last === null ? 0 : Math.round((Date.parse(day) - Date.parse(this.#last)) / DAY_MS) - 1;
    if (missing > 0) {
      const says = `Between ${this.#last} and ${day} there are ${missing} days without a heartbeat.`;
      this.#report('gap', 'gaps', 'heartbeat_missing', `entry ${index}`, says, SILENT);
    }
    this.#last = day;
  }

  /** @param madeAt when the bundle was made, as it says itself */
  finish(madeAt: string): void {
    if (this.days === 0) {
      this.#report('gap', 'gaps', 'no_heartbeat', 'log', 'The log has no heartbeat at all.', SILENT);
    }
    const silent = this.#lastLogged === null ? 0 : Date.parse(madeAt) - Date.parse(this.#lastLogged);
    if (!(silent <= SILENCE_MS_MAX)) {
      const says = `Its last entry is of ${this.#lastLogged}, and the bundle was made at ${madeAt}.`;
      this.#report(
        'gap',
        'gaps',
        'log_ends_early',
        'log',
        says,
        'Entries may have been cut off: compare with checkpoints kept elsewhere.',
      );
    }
  }
}

const SILENT = 'Ask what was done in this time without being logged: outages, maintenance, restores.';
