import { RETENTION_RULES, type RetentionClass } from './retention-class.ts';

/** What a store says about one of its tables. */
export interface RetentionReading {
  /** E.g. `clickhouse.spans`. */
  readonly place: string;
  readonly class: RetentionClass;
  /** Period after which rows leave, in days; null where the store states none. */
  readonly limitDays: number | null;
  /** When the oldest that is there was made; null when the table is empty. */
  readonly oldest: Date | null;
  /** What should have left and has not: parts in ClickHouse, rows in Postgres. */
  readonly overdue: number;
}

/** `overdue`: something stayed too long. `below_floor`: it leaves sooner than it may. `unlimited`: nothing makes it leave. */
export const RETENTION_PROBLEMS = ['overdue', 'below_floor', 'unlimited'] as const;
export type RetentionProblem = (typeof RETENTION_PROBLEMS)[number];

export interface JudgedRetention extends RetentionReading {
  readonly minDays: number;
  /** Empty: what is there is neither too old nor on its way out too soon. */
  readonly problems: readonly RetentionProblem[];
}

/** Compares what is there with what was promised for data of its kind. */
export function judgeRetention(reading: RetentionReading): JudgedRetention {
  const { minDays, ends } = RETENTION_RULES[reading.class];
  const problems: RetentionProblem[] = [];
  if (reading.overdue > 0) problems.push('overdue');
  if (reading.limitDays !== null && reading.limitDays < minDays) problems.push('below_floor');
  if (reading.limitDays === null && ends === 'period') problems.push('unlimited');
  return { ...reading, minDays, problems };
}
