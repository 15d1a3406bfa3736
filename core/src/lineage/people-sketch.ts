/**
 * A set of people as the smallest hashes of its members, 53 bits each: unions are exact, counts are exact up to
 * {@link PEOPLE_SKETCH_SIZE} and estimated above it (k minimum values; Bar-Yossef et al. 2002, standard error about
 * 1/√k, here 6 %).
 */
export const PEOPLE_SKETCH_SIZE = 256;
const HASHES = 2 ** 53;

/** Ascending, each once, at most {@link PEOPLE_SKETCH_SIZE}. */
export type PeopleSketch = readonly number[];

export interface PeopleCount {
  readonly count: number;
  /** False: an estimate, because there are more people than the sketch holds. */
  readonly exact: boolean;
}

export function unionOfPeople(sketches: Iterable<PeopleSketch>): PeopleSketch {
  const all = new Set<number>();
  for (const sketch of sketches) for (const hash of sketch) all.add(hash);
  return [...all].sort((a, b) => a - b).slice(0, PEOPLE_SKETCH_SIZE);
}

export function countPeople(sketch: PeopleSketch): PeopleCount {
  const last = sketch[PEOPLE_SKETCH_SIZE - 1];
  if (last === undefined) return { count: sketch.length, exact: true };
  return { count: Math.round(((PEOPLE_SKETCH_SIZE - 1) * HASHES) / last), exact: false };
}
