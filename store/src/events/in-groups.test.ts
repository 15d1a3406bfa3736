import { expect, test } from 'vitest';
import { inGroups } from './in-groups.ts';

test('calls that come while a group is worked on are the next group, each name once', async () => {
  const groups: (readonly string[])[] = [];
  const call = inGroups(async (names) => {
    groups.push(names);
    await new Promise((next) => setTimeout(next, 5));
  });
  const first = ['a', 'b'].map(call);
  await new Promise((next) => setTimeout(next, 2));
  await Promise.all([...first, ...['c', 'd', 'c'].map(call)]);
  await call('e');
  expect(groups).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});

test('a failed group fails its callers and no others', async () => {
  const call = inGroups(async (names) => {
    if (names.includes('bad')) throw new Error('no');
  });
  const [bad, beside] = await Promise.allSettled([call('bad'), call('beside')]);
  expect([bad?.status, beside?.status]).toEqual(['rejected', 'rejected']);
  await expect(call('later')).resolves.toBeUndefined();
});

test('a thousand calls at once are a few groups of bounded size', async () => {
  const sizes: number[] = [];
  const call = inGroups(async (names) => {
    sizes.push(names.length);
  });
  await Promise.all(Array.from({ length: 1000 }, (_, n) => call(`${n}`)));
  expect([sizes.length, Math.max(...sizes)]).toEqual([5, 200]);
});
