import type { TaskLimits } from '@vestige/core/request/task';

/**
 * Claims of one task, with a pause that grows to between half an hour and an hour: sixty last more than a day whatever is
 * drawn, and a day and a half on average, so that a store that is down for a day delays its tasks and nothing else
 * (research/compliance.md D15, core/src/request/retry-storm.test.ts). Until then `why` names the failure, and the deadline
 * is told.
 */
const ATTEMPTS_MAX = 60;
/** Rounds of erase, verify, find something left. */
const ROUNDS_MAX = 3;

export function taskLimits(): TaskLimits {
  return { attemptsMax: ATTEMPTS_MAX, roundsMax: ROUNDS_MAX, settleMs: 0, jitter: Math.random() };
}
