import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 100;
const LAST_MS = 10_000;

/**
 * Waits before the next attempt: twice as long each time up to ten seconds, and a random half of it, so that collectors
 * that lost the same database do not come back at the same moment.
 *
 * @param attempt 1 after the first failure
 * @param stop ends the wait early
 */
export async function backOff(attempt: number, stop: AbortSignal): Promise<void> {
  const ms = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 20));
  try {
    await sleep(ms / 2 + (Math.random() * ms) / 2, undefined, { signal: stop });
  } catch {
    // Stopped: the caller looks at the signal.
  }
}
