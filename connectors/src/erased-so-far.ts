/** Tasks remembered at once; of more, the oldest are forgotten and their reports count the last attempt alone. */
const TASKS_MAX = 1_000;

/**
 * What earlier attempts of a task erased in this process without living to report it.
 *
 * A batch that is gone stays gone when its attempt fails, so the next one finds less, or nothing, and its report alone would
 * read as if there had been nothing. A worker that is killed forgets this; what is left to find is erased all the same.
 */
export class ErasedSoFar {
  readonly #rows = new Map<string, number>();

  /** @param key the task's idempotency key, the same over its attempts */
  before(key: string): number {
    return this.#rows.get(key) ?? 0;
  }

  set(key: string, rows: number): void {
    this.#rows.delete(key);
    if (rows > 0) this.#rows.set(key, rows);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > TASKS_MAX && oldest !== undefined) this.#rows.delete(oldest);
  }

  /** The rows are in a report now, or in nobody's any more. */
  forget(key: string): void {
    this.#rows.delete(key);
  }
}
