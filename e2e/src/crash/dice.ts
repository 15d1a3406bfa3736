/** Chance that is the same in every run of a test: a moment that once broke something can be met again. */
export interface Dice {
  /** A whole number, `from` inclusive, `to` exclusive. */
  between(from: number, to: number): number;
  shuffled<T>(items: readonly T[]): T[];
}

/** Mulberry32: short, and good enough to pick moments. */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from));
  return {
    between,
    shuffled(items) {
      const rest = [...items];
      return items.flatMap(() => rest.splice(between(0, rest.length), 1));
    },
  };
}
