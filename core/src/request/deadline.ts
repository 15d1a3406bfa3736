import { addDays, addMonths, type CivilDate, dayNumber } from './civil-date.ts';
import { addWorkingDays, rollToWorkingDay, type WorkingCalendar } from './working-calendar.ts';

/**
 * When an answer is due, per legal regime (research/compliance.md §1.3). Recomputed from the clock's events whenever it
 * is asked for; nobody can set a date (INV8).
 */
export const REGIMES = ['gdpr', 'uk', 'ccpa', 'lgpd', 'hipaa'] as const;
export type Regime = (typeof REGIMES)[number];

export const PAUSE_REASONS = ['identity', 'clarification'] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

export interface Pause {
  readonly from: CivilDate;
  /** Null while the pause lasts. */
  readonly to: CivilDate | null;
  readonly reason: PauseReason;
}

/** Everything that moves a deadline. The day of receipt is day zero. */
export interface Clock {
  readonly regime: Regime;
  readonly receivedOn: CivilDate;
  readonly pauses: readonly Pause[];
  readonly extension: { readonly reason: string; readonly notifiedOn: CivilDate } | null;
}

interface Period {
  readonly months?: number;
  readonly days?: number;
}

interface RegimeRule {
  readonly answer: Period;
  /** Counted from receipt, not from the first deadline. Null: the regime knows no extension. */
  readonly extended: Period | null;
  readonly acknowledgeWorkingDays: number | null;
  /** The clock stands still while the person is asked who they are or what they mean. */
  readonly pauses: boolean;
  /** A deadline on a day off moves to the next working day. */
  readonly rolls: boolean;
}

export const REGIME_RULES: Readonly<Record<Regime, RegimeRule>> = {
  // Art. 12(3) with Reg. 1182/71; pauses: EDPB 01/2022 §5.3.
  gdpr: { answer: { months: 1 }, extended: { months: 3 }, acknowledgeWorkingDays: null, pauses: true, rolls: true },
  // The pause is statutory since the Data (Use and Access) Act 2025.
  uk: { answer: { months: 1 }, extended: { months: 3 }, acknowledgeWorkingDays: null, pauses: true, rolls: true },
  // 11 CCR §7021: verification does not stop the clock.
  ccpa: { answer: { days: 45 }, extended: { days: 90 }, acknowledgeWorkingDays: 10, pauses: false, rolls: false },
  // Art. 19 II, the complete declaration.
  lgpd: { answer: { days: 15 }, extended: null, acknowledgeWorkingDays: null, pauses: false, rolls: false },
  // 45 CFR 164.528(c)(1).
  hipaa: { answer: { days: 60 }, extended: { days: 90 }, acknowledgeWorkingDays: null, pauses: false, rolls: false },
};

export interface Deadline {
  readonly acknowledgeBy: CivilDate | null;
  /** Before rolling over days off: both dates are shown, because a reader checks the rule and not our calendar. */
  readonly dueRaw: CivilDate;
  readonly due: CivilDate;
  readonly extended: boolean;
  readonly pausedDays: number;
  readonly paused: boolean;
  /** The last day on which an extension can still be announced; null when the regime has none. */
  readonly extendBy: CivilDate | null;
}

/** @param today counts a pause that still lasts; the date moves on with it until somebody resumes */
export function deadline(clock: Clock, calendar: WorkingCalendar, today: CivilDate): Deadline {
  const rule = REGIME_RULES[clock.regime];
  const pausedDays = rule.pauses ? daysPaused(clock.pauses, today) : 0;
  const roll = (date: CivilDate) => (rule.rolls ? rollToWorkingDay(date, calendar) : date);
  const firstDue = roll(addDays(end(clock.receivedOn, rule.answer), pausedDays));
  const extended = clock.extension !== null && rule.extended !== null;
  const period = extended && rule.extended ? rule.extended : rule.answer;
  const dueRaw = addDays(end(clock.receivedOn, period), pausedDays);
  return {
    acknowledgeBy:
      rule.acknowledgeWorkingDays === null
        ? null
        : addWorkingDays(clock.receivedOn, rule.acknowledgeWorkingDays, calendar),
    dueRaw,
    due: roll(dueRaw),
    extended,
    pausedDays,
    paused: rule.pauses && clock.pauses.some((pause) => pause.to === null),
    extendBy: rule.extended ? firstDue : null,
  };
}

/** An extension must reach the person within the first period (Art. 12(3)), and there is only one. */
export function mayExtend(clock: Clock, calendar: WorkingCalendar, today: CivilDate): boolean {
  const { extendBy } = deadline(clock, calendar, today);
  return clock.extension === null && extendBy !== null && today <= extendBy;
}

function end(receivedOn: CivilDate, period: Period): CivilDate {
  return addDays(addMonths(receivedOn, period.months ?? 0), period.days ?? 0);
}

/** Calendar days on which the clock stood, overlapping pauses once. The day a pause begins still counts as running. */
function daysPaused(pauses: readonly Pause[], today: CivilDate): number {
  const spans = pauses
    .map((pause) => [dayNumber(pause.from), dayNumber(pause.to ?? today)] as const)
    .sort(([a], [b]) => a - b);
  let days = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const [from, to] of spans) {
    const start = Math.max(from, reached);
    if (to > start) {
      days += to - start;
      reached = to;
    }
  }
  return days;
}
