import type { TaskLimits } from '@vestige/core/request/task';

/** Claims of one task, with a growing pause in between: eight take about two minutes, then a person is asked. */
const ATTEMPTS_MAX = 8;
/** Our own telemetry waits for the engine to drop old parts, which is no failure. */
const OWN_ATTEMPTS_MAX = 40;
/** Rounds of erase, verify, find something left. */
const ROUNDS_MAX = 3;

export function taskLimits(): TaskLimits {
  return { attemptsMax: ATTEMPTS_MAX, roundsMax: ROUNDS_MAX, settleMs: 0, jitter: Math.random() };
}

export function ownTaskLimits(): TaskLimits {
  return { ...taskLimits(), attemptsMax: OWN_ATTEMPTS_MAX };
}
