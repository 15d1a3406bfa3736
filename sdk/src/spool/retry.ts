/** Status codes after which OTLP lets a client try again (specification v1.11, failures). */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** The data is fine and the key or the address is not: sending on would turn every batch into a dead one. */
const ENDPOINT_FAULT: ReadonlySet<number> = new Set([401, 403, 404, 405]);

/**
 * What becomes of a batch after an answer.
 *
 * - `taken`: durable at the collector, delete it
 * - `retry`: the collector or the way to it is down or busy
 * - `endpoint`: key or address are wrong; keep everything, try again slowly, tell a person
 * - `dead`: this batch will never be taken; put it aside
 * - `broken`: an answer OTLP calls final although it may not be (500); a few more attempts, then `dead`
 */
export type Verdict = 'taken' | 'retry' | 'endpoint' | 'dead' | 'broken';

/** @param status HTTP status, or 0 when there was no answer */
export function verdictOf(status: number): Verdict {
  if (status >= 200 && status < 300) return 'taken';
  if (status === 0 || RETRYABLE.has(status)) return 'retry';
  if (ENDPOINT_FAULT.has(status)) return 'endpoint';
  return status >= 500 ? 'broken' : 'dead';
}

/** A `Retry-After` beyond this is taken for a mistake. */
const RETRY_AFTER_MS_MAX = 15 * 60_000;

/** @param value seconds or an HTTP date (RFC 9110, 10.2.3). @returns milliseconds from now, or null when unreadable */
export function readRetryAfter(value: string | undefined, nowMs: number): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX);
}

/**
 * Doubling pause with full jitter, so that a fleet does not come back as one.
 *
 * @param failures in a row, from 1
 * @param random in [0, 1)
 */
export function backoffMs(failures: number, minMs: number, maxMs: number, random: number): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
  return minMs + (Math.max(ceiling, minMs) - minMs) * random;
}
