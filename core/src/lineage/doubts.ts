import { type Disorder, largestDisorders } from './clock-disorder.ts';

/**
 * Clocks that deletes are not believed by, of those that contradict others by more than is tolerated
 * (docs/adr/0103-what-clocks-and-limits-hide.md).
 *
 * Of two clocks that contradict each other nobody can tell which one is wrong, and the wrong one is wrong towards everybody:
 * so each of them is doubted beside every other clock, also where no call shows it. Beside itself a clock is doubted only where
 * processes of one service disagree. What is doubted stays doubted.
 */
export class Doubts {
  #clocks: readonly Disorder[] = [];
  readonly #doubted = new Set<string>();
  readonly #split = new Set<string>();

  constructor(clocks: readonly Disorder[] = []) {
    this.add(clocks);
  }

  /** Why, and nothing else is doubted: of each pair the largest lag, the largest of all first. */
  get clocks(): readonly Disorder[] {
    return this.#clocks;
  }

  add(clocks: readonly Disorder[]): void {
    if (clocks.length === 0) return;
    for (const { behind, ahead } of clocks) {
      this.#doubted.add(behind).add(ahead);
      if (behind === ahead) this.#split.add(behind);
    }
    this.#clocks = largestDisorders([this.#clocks, clocks]);
  }

  /** Whether instants by the clock of one service say nothing about those by the clock of the other. */
  between(a: string, b: string): boolean {
    if (a === b) return this.#split.has(a);
    return this.#doubted.has(a) || this.#doubted.has(b);
  }
}
