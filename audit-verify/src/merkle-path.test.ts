import { describe, expect, test } from 'vitest';
import { leafHash, nodeHash, rootOfProof } from './merkle.ts';
import { consistencySteps, inclusionSides } from './merkle-path.ts';

/** RFC 6962 §2.1 word for word and slow: what the paths are held against. */
const SIZE_MAX = 70;
const leaves = Array.from({ length: SIZE_MAX }, (_, n) => leafHash(Buffer.from(`entry ${n}`)));

const cutOf = (size: number): number => {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
};
function rootOf(part: readonly Buffer[]): Buffer {
  const [only] = part;
  if (part.length === 1 && only) return only;
  const k = cutOf(part.length);
  return nodeHash(rootOf(part.slice(0, k)), rootOf(part.slice(k)));
}
/** PATH(m, D[n]) of §2.1.1. */
function pathTo(index: number, part: readonly Buffer[]): Buffer[] {
  if (part.length === 1) return [];
  const k = cutOf(part.length);
  const [left, right] = [part.slice(0, k), part.slice(k)];
  return index < k ? [...pathTo(index, left), rootOf(right)] : [...pathTo(index - k, right), rootOf(left)];
}
/** SUBPROOF(m, D[n], b) of §2.1.2. */
function subproof(first: number, part: readonly Buffer[], known: boolean): Buffer[] {
  if (first === part.length) return known ? [] : [rootOf(part)];
  const k = cutOf(part.length);
  const [left, right] = [part.slice(0, k), part.slice(k)];
  return first <= k
    ? [...subproof(first, left, known), rootOf(right)]
    : [...subproof(first - k, right, false), rootOf(left)];
}
/** What a verifier makes of a proof: the roots of both trees. */
function rebuilt(first: number, second: number, proof: readonly Buffer[], firstRoot: Buffer): Buffer[] | null {
  const steps = consistencySteps(first, second);
  if (steps === null) return null;
  const rest = [...proof];
  const begin = steps.begin === 'first_root' ? firstRoot : rest.shift();
  if (begin === undefined || rest.length !== steps.joins.length) return null;
  let [earlier, later] = [begin, begin];
  for (const [n, join] of steps.joins.entries()) {
    const hash = rest[n] ?? Buffer.alloc(0);
    if (join === 'both') [earlier, later] = [nodeHash(hash, earlier), nodeHash(hash, later)];
    else later = nodeHash(later, hash);
  }
  return [earlier, later];
}

describe('the path of a proof', () => {
  test(`leads from every leaf of every tree of up to ${SIZE_MAX} to its root`, () => {
    for (let size = 1; size <= SIZE_MAX; size += 1) {
      const part = leaves.slice(0, size);
      for (const [index, leaf] of part.entries()) {
        expect(rootOfProof(index, size, leaf, pathTo(index, part))).toEqual(rootOf(part));
      }
    }
  });

  test(`rebuilds both roots from the proof between any two trees of up to ${SIZE_MAX}`, () => {
    for (let second = 2; second <= SIZE_MAX; second += 1) {
      const part = leaves.slice(0, second);
      for (let first = 1; first < second; first += 1) {
        const firstRoot = rootOf(leaves.slice(0, first));
        const roots = rebuilt(first, second, subproof(first, part, true), firstRoot);
        expect([first, second, roots]).toEqual([first, second, [firstRoot, rootOf(part)]]);
      }
    }
  });

  test('is refused for a proof that is one hash too short or too long', () => {
    const part = leaves.slice(0, 13);
    const proof = pathTo(4, part);
    const leaf = leaves[4] ?? Buffer.alloc(0);
    expect(rootOfProof(4, 13, leaf, proof.slice(1))).toBeNull();
    expect(rootOfProof(4, 13, leaf, [...proof, leaf])).toBeNull();
    expect(rebuilt(5, 13, subproof(5, part, true).slice(1), leaf)).toBeNull();
  });

  test.each([
    [-1, 4],
    [4, 4],
    [0, 0],
    [0.5, 4],
    [0, Number.MAX_SAFE_INTEGER + 1],
  ])('there is none to leaf %f of a tree of %f', (index, size) => {
    expect(inclusionSides(index, size)).toBeNull();
  });

  test.each([
    [0, 4],
    [4, 4],
    [5, 4],
    [1.5, 4],
  ])('there is none from a tree of %f to one of %f', (first, second) => {
    expect(consistencySteps(first, second)).toBeNull();
  });

  test('to the last leaf of the largest tree a checkpoint can claim is not longer than its height', () => {
    expect(inclusionSides(Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER)?.length).toBeLessThanOrEqual(53);
  });
});
