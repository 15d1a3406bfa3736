import type { TaskLimits } from '@vestige/core/request/task';

/**
 * Claims of one task, with a pause that grows to an hour in between: forty take about 28 hours, so that a store that is
 * down for a day delays its tasks and nothing else. Until then `why` names the failure, and the deadline is told.
 */
const ATTEMPTS_MAX = 40;
/** Rounds of erase, verify, find something left. */
const ROUNDS_MAX = 3;

export function taskLimits(): TaskLimits {
  return { attemptsMax: ATTEMPTS_MAX, roundsMax: ROUNDS_MAX, settleMs: 0, jitter: Math.random() };
}
