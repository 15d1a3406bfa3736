import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { consistencyPath, verifyConsistency } from './consistency.ts';
import { inclusionPath, verifyInclusion } from './inclusion.ts';
import { EMPTY_ROOT, leafHash, nodeHash } from './merkle-hash.ts';
import { grow, type HashOf, type LeafRange, nodeKey, nodesOfRange, rangeHash, rootHash } from './merkle-tree.ts';

/** The definition of RFC 6962 §2.1, word for word and slow: what everything else is held against. */
function definedRoot(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length === 0) return createHash('sha256').digest();
  const [only] = entries;
  if (entries.length === 1 && only) return leafHash(only);
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  return nodeHash(definedRoot(entries.slice(0, k)), definedRoot(entries.slice(k)));
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => Buffer.from(text, 'hex');
const made = (size: number) => Array.from({ length: size }, (_, n) => Buffer.from(`entry ${n}`));

function treeOf(entries: readonly Uint8Array[], cuts: readonly number[] = []): HashOf {
  const nodes = new Map<string, Uint8Array>();
  const hashOf: HashOf = (node) => nodes.get(nodeKey(node));
  let size = 0;
  for (const cut of [...cuts, entries.length]) {
    for (const node of grow(size, entries.slice(size, cut), hashOf)) nodes.set(nodeKey(node), node.hash);
    size = Math.max(size, cut);
  }
  return hashOf;
}
const fold = (path: readonly LeafRange[], hashOf: HashOf) => path.map((range) => rangeHash(range, hashOf));

/** Leaves of the reference tests of Certificate Transparency. */
const CT_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map(bytes);

describe('the tree agrees with RFC 6962', () => {
  test('the empty log has the hash of nothing as its root', () => {
    expect(hex(EMPTY_ROOT)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(rootHash(0, () => undefined)).toEqual(EMPTY_ROOT);
  });

  test.each([
    [1, '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    [2, 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
    [3, 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
    [4, 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
    [5, '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
    [6, '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
    [7, 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
    [8, '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'],
  ])('the first %i leaves of the reference tests have their published root', (size, root) => {
    expect(hex(rootHash(size, treeOf(CT_LEAVES)))).toBe(root);
  });

  test('the published proofs of the reference tests are ours', () => {
    const hashOf = treeOf(CT_LEAVES);
    expect(fold(inclusionPath(5, 8), hashOf).map(hex)).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
    expect(fold(consistencyPath(6, 8), hashOf).map(hex)).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  test('a log of any size, written in any batches, has the root that the definition gives', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.array(fc.integer({ min: 0, max: 300 })), (size, cuts) => {
        const entries = made(size);
        const batches = cuts.filter((cut) => cut < size).sort((a, b) => a - b);
        expect(hex(rootHash(size, treeOf(entries, batches)))).toBe(hex(definedRoot(entries)));
      }),
    );
  });

  test('a tree stores each complete subtree once, which is fewer than two nodes a leaf', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (size) => {
        const keys = grow(0, made(size), () => undefined).map(nodeKey);
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.length).toBeLessThan(2 * size);
      }),
    );
  });

  test('a proof reads no more stored nodes than the tree is high, squared, even in a huge log', () => {
    const size = 2 ** 52 + 12_345;
    for (const path of [inclusionPath(7, size), inclusionPath(size - 1, size), consistencyPath(size - 99, size)]) {
      expect(path.flatMap(nodesOfRange).length).toBeLessThan(53 * 53);
    }
  });
});

describe('every proof, sizes 1 to 70', () => {
  const entries = made(70);
  const hashOf = treeOf(entries);
  const roots = Array.from({ length: 71 }, (_, size) => rootHash(size, hashOf));
  const root = (size: number) => roots[size] ?? EMPTY_ROOT;
  const leaf = (n: number) => leafHash(entries[n] ?? Buffer.alloc(0));
  const other = leafHash(Buffer.from('another'));

  test('proves its entry, and no other entry, index, size or root', () => {
    for (let size = 1; size <= 70; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const proof = fold(inclusionPath(index, size), hashOf);
        expect(verifyInclusion(index, size, leaf(index), proof, root(size))).toBe(true);
        expect(verifyInclusion(index, size, other, proof, root(size))).toBe(false);
        expect(verifyInclusion(index, size, leaf(index), proof, other)).toBe(false);
        expect(verifyInclusion(index, size, leaf(index), [...proof, other], root(size))).toBe(false);
        expect(verifyInclusion(index, size, leaf(index), proof.slice(1), root(size))).toBe(size === 1);
        expect(verifyInclusion((index + 1) % size, size, leaf(index), proof, root(size))).toBe(size === 1);
        expect(verifyInclusion(size, size, leaf(index), proof, root(size))).toBe(false);
      }
    }
  });

  test('proves that one size continues another, and nothing else', () => {
    for (let second = 1; second <= 70; second += 1) {
      for (let first = 1; first <= second; first += 1) {
        const proof = fold(consistencyPath(first, second), hashOf);
        expect(verifyConsistency(first, second, proof, root(first), root(second))).toBe(true);
        expect(verifyConsistency(first, second, proof, other, root(second))).toBe(false);
        expect(verifyConsistency(first, second, proof, root(first), other)).toBe(false);
        expect(verifyConsistency(first, second, [...proof, other], root(first), root(second))).toBe(false);
        if (proof.length > 0) {
          expect(verifyConsistency(first, second, proof.slice(1), root(first), root(second))).toBe(false);
          expect(verifyConsistency(first, second, [other, ...proof.slice(1)], root(first), root(second))).toBe(false);
        }
      }
    }
  });

  test('a log whose past was changed has no proof back to its old root', () => {
    const forged = treeOf(entries.map((entry, n) => (n === 3 ? Buffer.from('rewritten') : entry)));
    for (let first = 4; first < 70; first += 1) {
      const proof = fold(consistencyPath(first, 70), forged);
      expect(verifyConsistency(first, 70, proof, root(first), rootHash(70, forged))).toBe(false);
    }
  });
});

test('there is no path to a leaf that is not there, nor from a larger tree to a smaller one', () => {
  expect(() => inclusionPath(3, 3)).toThrow(RangeError);
  expect(() => inclusionPath(-1, 3)).toThrow(RangeError);
  expect(() => consistencyPath(4, 3)).toThrow(RangeError);
  expect(() => consistencyPath(0, 3)).toThrow(RangeError);
});

test('a leaf whose bytes are two hashes is no node', () => {
  const [left, right] = [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))];
  expect(leafHash(Buffer.concat([left, right]))).not.toEqual(nodeHash(left, right));
});

test('a damaged tree is said to be damaged, and no root is made up', () => {
  const hashOf = treeOf(made(5));
  expect(() => rootHash(5, (node) => (node.level === 2 ? undefined : hashOf(node)))).toThrow('no node 2/0');
});
