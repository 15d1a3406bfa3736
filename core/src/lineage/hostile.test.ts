import { expect, test } from 'vitest';
import { answerOf, type Drawn, type Run, world } from './testing/world.ts';

/**
 * What a broken or hostile sender can make of somebody's path. Nothing here is timed: work that grew with the square of
 * these numbers, or with their cube, would run into the limit of a test.
 */

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `store:${prefix}${i}`);
const inD: Record<string, Drawn> = { 'a/1': { at: [0, 1], person: 'declared', does: ['write store:d0'] } };

test('a batch run of hundreds of inputs and outputs is told, also where it overwrites them all', () => {
  const run: Run = { run: 'r', at: [10, 20], from: names('d', 400), to: names('e', 400) };
  expect(answerOf(world(inD, [run])).residency).toHaveLength(401);
  expect(answerOf(world(inD, [{ ...run, lifecycle: 'overwrite' }])).residency).toHaveLength(401);
});

test('a batch run that overwrites hundreds of tables from hundreds without the person ends what rested there', () => {
  const run: Run = { run: 'r', at: [1_000, 1_100], from: names('x', 400), to: names('d', 400), lifecycle: 'overwrite' };
  expect(answerOf(world(inD, [run])).residency).toMatchObject([{ store: 'store:d0', state: 'deleted' }]);
});
