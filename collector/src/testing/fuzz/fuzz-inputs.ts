import { gzipSync } from 'node:zlib';
import type { Corpus } from './corpus.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';
import { mutateMessage } from './mutate-message.ts';
import { SeededRandom } from './seeded-random.ts';

export interface FuzzInput {
  readonly kind: 'protobuf' | 'json' | 'lineage';
  readonly body: Buffer;
}

/** Input number `index` of a seed, always the same: a failure is found again by its number alone. */
export function fuzzInput(from: Corpus, seed: number, index: number): FuzzInput {
  const random = new SeededRandom(seed ^ Math.imul(index + 1, 0x9e37_79b1));
  const roll = random.below(20);
  if (roll === 0)
    return { kind: 'lineage', body: mutateJson(random.pick(from.lineage), random, random.pick(from.lineage)) };
  if (roll < 9) return { kind: 'json', body: mutateJson(random.pick(from.json), random, random.pick(from.json)) };
  const [body, other] = [random.pick(from.protobuf), random.pick(from.protobuf)];
  return {
    kind: 'protobuf',
    body: random.chance(4) ? mutateBytes(body, random, other) : mutateMessage(body, random, other),
  };
}

/** The same body as it may come over a bad wire: packed, and the pack damaged. */
export function packedInput(body: Buffer, seed: number, index: number): Buffer {
  const random = new SeededRandom(~seed ^ Math.imul(index + 1, 0x85eb_ca6b));
  const packed = gzipSync(body);
  return random.chance(2) ? packed : mutateBytes(packed, random, body);
}
