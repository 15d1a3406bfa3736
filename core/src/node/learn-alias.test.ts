import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeAliases } from './alias.ts';
import { learnAliases } from './learn-alias.ts';

const [LAKE, HIVE, OTHER] = ['store:s3://lake/users', 'store:hive://meta:9083/db.users', 'store:s3://lake/other'];
const pair = (alias: string, canonical: string) => ({ alias, canonical });
const nothing = { aliases: [], stores: [] };

test('a new name is learned, and the same again is no news', () => {
  const { add } = learnAliases(nothing, [pair(HIVE, LAKE), pair(HIVE, LAKE)]);
  expect(add).toEqual([pair(HIVE, LAKE)]);
  expect(learnAliases({ aliases: add, stores: [] }, [pair(HIVE, LAKE)])).toEqual({ add: [], conflicts: [] });
});

test.each([
  ['that stands for something else', { aliases: [pair(HIVE, OTHER)], stores: [] }, 'other_name', OTHER],
  ['that others lead to', { aliases: [pair('store:x', HIVE)], stores: [] }, 'both_known', HIVE],
  ['of a registered store, for another one', { aliases: [], stores: [HIVE, LAKE] }, 'both_known', HIVE],
])('a name %s is a conflict and overwrites nothing', (_title, known, why, standing) => {
  expect(learnAliases(known, [pair(HIVE, LAKE)])).toEqual({
    add: [],
    conflicts: [{ alias: HIVE, canonical: LAKE, why, standing }],
  });
});

test('two claims on one name are a conflict, also within one call', () => {
  const { add, conflicts } = learnAliases(nothing, [pair(HIVE, LAKE), pair(HIVE, OTHER)]);
  expect(add).toEqual([pair(HIVE, LAKE)]);
  expect(conflicts).toMatchObject([{ why: 'other_name', standing: LAKE }]);
});

test('a registered store keeps its name, whichever side it is told on', () => {
  const registered = { aliases: [], stores: ['store:hive://meta:9083/*'] };
  expect(learnAliases(registered, [pair(HIVE, LAKE)]).add).toEqual([pair(LAKE, HIVE)]);
  expect(learnAliases(registered, [pair(LAKE, HIVE)]).add).toEqual([pair(LAKE, HIVE)]);
});

test('a store and a queue are never one node', () => {
  const claim = pair('queue:kafka://b:9092/users', LAKE);
  expect(learnAliases(nothing, [claim]).conflicts).toMatchObject([{ why: 'other_kind' }]);
});

test('whatever is told, no name leads on to another one: aliases are applied once', () => {
  const names = fc.constantFrom(...['a', 'b', 'c', 'd', 'e'].map((name) => `store:${name}`));
  const pairs = fc.array(fc.record({ alias: names, canonical: names }), { maxLength: 12 });
  fc.assert(
    fc.property(pairs, pairs, fc.array(names, { maxLength: 2 }), (first, second, stores) => {
      const one = learnAliases({ aliases: [], stores }, first).add;
      const all = [...one, ...learnAliases({ aliases: one, stores }, second).add];
      const canonical = nodeAliases(all);
      expect(new Set(all.map(({ alias }) => alias)).size).toBe(all.length);
      for (const { alias } of all) expect(canonical(canonical(alias))).toBe(canonical(alias));
      // What was taken over the first time still stands.
      for (const { alias, canonical: to } of one) expect(canonical(alias)).toBe(canonical(to));
    }),
    { numRuns: 1_000 },
  );
});
