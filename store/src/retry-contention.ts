import { setTimeout as sleep } from 'node:timers/promises';
import { isVestigeError } from '@vestige/core/errors';

/** Serialisation failure and deadlock: Postgres has undone the transaction, and the same one may succeed at once. */
const CONTENTION: ReadonlySet<unknown> = new Set(['40001', '40P01']);

/**
 * A token leads to one subject: whoever lets one lead somewhere while a collector does so too is refused, and sees the other
 * one the next time.
 */
const LIVING_ALIAS = 'aliases_living';

const ATTEMPTS_MAX = 4;
/** Different for each, or the same two meet again. */
const PAUSE_MS_MAX = 50;

/**
 * Does again what Postgres undid because two transactions waited for each other, or made the same token lead somewhere.
 *
 * @param work one transaction, and nothing beside it
 */
export async function whileContended<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isContention(error) || attempt >= ATTEMPTS_MAX) throw error;
      await sleep(Math.random() * PAUSE_MS_MAX * attempt);
    }
  }
}

const isContention = (error: unknown): boolean =>
  (isVestigeError(error, 'store_unavailable') && CONTENTION.has(error.facts['sqlState'])) ||
  (isVestigeError(error, 'conflict') && error.facts['constraint'] === LIVING_ALIAS);
