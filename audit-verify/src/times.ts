import type { X509Certificate } from 'node:crypto';
import type { Entry } from './entry.ts';
import type { Report } from './finding.ts';
import { BadTimestamp, verifyTimestamp } from './timestamp.ts';

/** What clocks of authorities and databases may differ by. */
const SKEW_MS = 5 * 60_000;
/** An entry that waited longer for its index was held back by something. */
const WAIT_MS_MAX = 3_600_000;

/** Times inside the log (check 4, first half): they never go back. */
export class EntryTimes {
  readonly #report: Report;
  #latest = '';

  constructor(report: Report) {
    this.#report = report;
  }

  add(entry: Entry): void {
    const where = `entry ${entry.index}`;
    if (entry.loggedAt < this.#latest) {
      this.#report(
        'broken',
        'times',
        'time_went_back',
        where,
        `It was logged at ${entry.loggedAt}, before the entry before it.`,
        BACKDATED,
      );
    }
    if (entry.at > entry.loggedAt) {
      this.#report(
        'broken',
        'times',
        'logged_before_written',
        where,
        `It was logged before it was written (${entry.at}).`,
        BACKDATED,
      );
    }
    if (Date.parse(entry.loggedAt) - Date.parse(entry.at) > WAIT_MS_MAX) {
      this.#report(
        'gap',
        'times',
        'logged_late',
        where,
        `It was written at ${entry.at} and logged at ${entry.loggedAt}.`,
        LATE,
      );
    }
    if (entry.loggedAt > this.#latest) this.#latest = entry.loggedAt;
  }
}

export interface Stamp {
  readonly at: string;
  readonly size: number;
  readonly note: string;
  readonly answer: Buffer;
}

/**
 * Time stamps over checkpoints (check 4, second half).
 *
 * A stamp says that everything up to its size was there at its time; so no entry before it may claim to be younger, and
 * none after it older.
 *
 * @param loggedAt of the last entry before, and the first entry from, each size that has a stamp
 */
export function checkStamps(
  stamps: readonly Stamp[],
  authorities: readonly X509Certificate[],
  loggedAt: ReadonlyMap<number, { last: string; next: string | null }>,
  report: Report,
): number {
  let held = 0;
  let before: { size: number; ms: number } | null = null;
  for (const stamp of stamps.toSorted((a, b) => a.size - b.size)) {
    const broken = (code: string, says: string) => report('broken', 'times', code, stamp.at, says, BAD_STAMP);
    try {
      const { at, vouched } = verifyTimestamp(stamp.answer, Buffer.from(stamp.note, 'utf8'), authorities);
      if (authorities.length > 0 && !vouched)
        broken('stamp_not_vouched', 'None of the authorities you gave vouches for it.');
      if (authorities.length === 0)
        report('note', 'times', 'stamp_unchecked', stamp.at, 'Nobody vouches for this authority yet.', GIVE_CA);
      const ms = at.getTime();
      if (before !== null && before.size < stamp.size && ms + SKEW_MS < before.ms) {
        broken('stamps_out_of_order', 'It is older than the stamp of a smaller checkpoint.');
      }
      const around = loggedAt.get(stamp.size);
      if (around && Date.parse(around.last) > ms + SKEW_MS) {
        broken('younger_than_stamp', `The last entry claims ${around.last}, and was stamped at ${at.toISOString()}.`);
      }
      if (around?.next && Date.parse(around.next) + SKEW_MS < ms) {
        broken('backdated', `Entry ${stamp.size} claims ${around.next}, and was not there yet at ${at.toISOString()}.`);
      }
      before = { size: stamp.size, ms };
      held += 1;
    } catch (error) {
      broken(
        'bad_stamp',
        `The time stamp does not hold: ${error instanceof BadTimestamp ? error.message : 'it cannot be read'}.`,
      );
    }
  }
  return held;
}

const BACKDATED =
  'An entry was given a time it does not have: ask the operator, and compare with checkpoints kept elsewhere.';
const LATE = 'Ask whether the database or the log was stopped between the two times.';
const BAD_STAMP = 'Do not rely on the times around this stamp; ask the authority for its record.';
const GIVE_CA = 'Give the certificate of the authority with --tsa-ca.';
