/**
 * A token bucket that may be overdrawn: what something cost is known only after it was done (how many spans a body
 * holds, how far it inflates), so it is charged then, and whoever is in debt waits until it is paid off. Over time no
 * more than the rate gets through; at one moment, at most what was under way when the debt began.
 */
export class DebtBucket {
  readonly #perS: number;
  readonly #burst: number;
  #level: number;
  #atMs: number;

  /**
   * @param perS above 0
   * @param burstS what nobody used of the last so many seconds may be used at once
   */
  constructor(perS: number, burstS: number, nowMs: number) {
    this.#perS = perS;
    this.#burst = perS * burstS;
    this.#level = this.#burst;
    this.#atMs = nowMs;
  }

  /** Milliseconds until there is room; 0 when there is. */
  waitMs(nowMs: number): number {
    this.#refill(nowMs);
    return this.#level > 0 ? 0 : Math.ceil(((1 - this.#level) / this.#perS) * 1000);
  }

  charge(amount: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#level -= amount;
  }

  #refill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#level = Math.min(this.#burst, this.#level + (passedMs / 1000) * this.#perS);
    this.#atMs = Math.max(this.#atMs, nowMs);
  }
}
