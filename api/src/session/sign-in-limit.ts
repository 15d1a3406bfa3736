/** Attempts of one address that opened nothing, before it has to wait. A person mistypes; a program tries. */
export const FAILURES_MAX = 10;
export const WINDOW_MS = 60_000;
/** Addresses remembered at once: a flood from more than these pushes out the oldest, and costs no more memory. */
export const ADDRESSES_MAX = 10_000;

/**
 * Bounds how often an address may try keys. A key has 256 bits, so nobody finds one by trying; this keeps the trying
 * from becoming everybody's load. It is per address and per process: a flood from one address locks out nobody else.
 */
export class SignInLimit {
  readonly #attempts = new Map<string, { count: number; readonly endsAtMs: number }>();

  /** Counts an attempt when it begins, so that many at once are many. @returns whether it may be made */
  take(address: string, nowMs: number): boolean {
    const known = this.#attempts.get(address);
    if (known !== undefined && nowMs < known.endsAtMs) {
      if (known.count >= FAILURES_MAX) return false;
      known.count += 1;
      return true;
    }
    this.#attempts.delete(address);
    if (this.#attempts.size >= ADDRESSES_MAX) {
      const [oldest] = this.#attempts.keys();
      if (oldest !== undefined) this.#attempts.delete(oldest);
    }
    this.#attempts.set(address, { count: 1, endsAtMs: nowMs + WINDOW_MS });
    return true;
  }

  /** It opened a session, so it was none of those that are counted. */
  giveBack(address: string): void {
    const known = this.#attempts.get(address);
    if (known !== undefined) known.count -= 1;
  }
}
