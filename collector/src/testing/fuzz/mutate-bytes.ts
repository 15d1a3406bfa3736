import type { SeededRandom } from './seeded-random.ts';

/** Inputs stay small enough that memory above the ceiling is a fault of ours and not their size. */
export const INPUT_BYTES_MAX = 65_536;

/** Numbers at which readers of lengths and varints go wrong. */
const EDGES = [
  '00',
  '7f',
  '80',
  'ff',
  'ffffffff0f',
  '8080808080808080807f',
  'ffffffffffffffffff01',
  'ffffffffffffffffffff',
];

type Mutation = (bytes: Buffer, random: SeededRandom, other: Buffer) => Buffer;
const cut = (bytes: Buffer, random: SeededRandom): [number, number] => {
  const from = random.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + random.below(random.chance(4) ? bytes.length : 16) + 1)];
};

/** What happens to bytes on a bad wire, and what a hostile sender would try. */
const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => {
    const flipped = Buffer.from(bytes);
    for (let times = 1 + random.below(4); times > 0 && flipped.length > 0; times -= 1) {
      const at = random.below(flipped.length);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
    }
    return flipped;
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => {
    const [from, to] = cut(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = cut(bytes, random);
    const times = 1 + random.below(random.chance(20) ? 200 : 3);
    return Buffer.concat([bytes.subarray(0, to), ...Array(times).fill(bytes.subarray(from, to)), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(8)), bytes.subarray(at)]);
  },
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(EDGES), 'hex'), bytes.subarray(at + 1)]);
  },
  (bytes, random, other) => {
    const [from, to] = cut(other, random);
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at)]);
  },
];

/** One to four mutations. @param other a second input, to splice from */
export function mutateBytes(bytes: Buffer, random: SeededRandom, other: Buffer): Buffer {
  let mutated = bytes;
  for (let times = 1 + random.below(4); times > 0; times -= 1) mutated = random.pick(MUTATIONS)(mutated, random, other);
  return mutated.subarray(0, INPUT_BYTES_MAX);
}
