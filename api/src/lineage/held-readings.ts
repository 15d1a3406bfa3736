/** Different questions, of all who page. */
const READINGS_MAX = 16;

export interface HeldReadingsLimits<Reading> {
  readonly keptMs: number;
  /** How much of the memory one takes, in a unit of which no more than `weightMax` is held. */
  readonly weightOf: (reading: Reading) => number;
  readonly weightMax: number;
}

/**
 * What somebody is paging through, so that not every page is read anew. Held for minutes in the memory of one process and
 * never longer; what is not here is worked out again. The key is to name everything that an answer depends on but time: what
 * is asked, and the version of the suppression list, so that nothing of a person is shown from here once their erasure has
 * begun.
 */
export class HeldReadings<Reading> {
  readonly #nowMs: () => number;
  readonly #limits: HeldReadingsLimits<Reading>;
  readonly #readings = new Map<
    string,
    { readonly reading: Reading; readonly weight: number; readonly untilMs: number }
  >();

  constructor(nowMs: () => number, limits: HeldReadingsLimits<Reading>) {
    this.#nowMs = nowMs;
    this.#limits = limits;
  }

  get(key: string): Reading | null {
    this.#dropOld();
    return this.#readings.get(key)?.reading ?? null;
  }

  set(key: string, reading: Reading): void {
    const { keptMs, weightOf, weightMax } = this.#limits;
    this.#readings.delete(key);
    const weight = weightOf(reading);
    // It would put out everybody else’s, and then itself.
    if (weight > weightMax) return;
    this.#readings.set(key, { reading, weight, untilMs: this.#nowMs() + keptMs });
    this.#dropOld();
  }

  #dropOld(): void {
    const nowMs = this.#nowMs();
    let held = [...this.#readings.values()].reduce((sum, { weight }) => sum + weight, 0);
    for (const [key, { weight, untilMs }] of this.#readings) {
      if (untilMs > nowMs && held <= this.#limits.weightMax && this.#readings.size <= READINGS_MAX) break;
      this.#readings.delete(key);
      held -= weight;
    }
  }
}
