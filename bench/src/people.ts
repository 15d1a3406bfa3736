import { createHash } from 'node:crypto';
import type { SeededRandom } from './random.ts';

/** How many invented people there are; by Zipf a quarter of them appears in ten million spans (research/perf.md). */
const PEOPLE = 1_000_000;
const CACHE_MAX = 100_000;
const tokens = new Map<number, string>();

/** Subject tokens as the SDK makes them; made from a number, so nobody's. */
export function tokenOf(person: number): string {
  let token = tokens.get(person);
  if (token === undefined) {
    token = `ps1.k1.${hash22(`person ${person}`)}`;
    if (tokens.size < CACHE_MAX) tokens.set(person, token);
  }
  return token;
}

export const somebody = (random: SeededRandom): number => random.zipf(PEOPLE);

/** `<node>#<hash>`: a record of that person in a store (ruling 25). */
export function recordRef(node: string, person: number): string {
  return `${node}#${hash22(`record ${person}`)}`;
}

function hash22(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
}
