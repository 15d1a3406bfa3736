export const RETRY_BASE_MS = 1_000;
export const RETRY_MAX_MS = 3_600_000;

/**
 * Exponential backoff with full-range jitter: half of the delay is fixed and half is drawn, so that the tasks of one
 * broken store do not come back in one wave.
 *
 * @param attempt 1 after the first failure
 * @param jitter 0 ≤ x < 1
 */
export function retryDelayMs(attempt: number, jitter: number): number {
  const ceiling = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** Math.min(attempt - 1, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * jitter);
}
