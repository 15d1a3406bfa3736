import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchOrganisation } from './testing/batch-organisation.ts';
import { answerOf } from './testing/world.ts';

test('wherever batch runs really brought a person, and nothing took them away, an answer says that they may be', () => {
  fc.assert(
    fc.property(batchOrganisation, ({ world, directory, holding, story }) => {
      const { residency } = answerOf(world, { directory });
      const there = new Set(residency.filter(({ state }) => state !== 'deleted').map(({ store }) => store));
      expect(
        [...holding].filter((node) => !there.has(node)),
        story.join('\n'),
      ).toEqual([]);
    }),
    // Always the same ones; 25,000 others were drawn when it was written.
    { numRuns: 1_500, seed: 7 },
  );
});

test('the organisations that are drawn bring the person somewhere, and take them away', () => {
  const drawn = fc.sample(batchOrganisation, { numRuns: 300, seed: 1 });
  const answers = drawn.map(({ world, directory }) => answerOf(world, { directory }).residency);
  const states = answers.flat().map(({ state, confidence }) => `${state} ${confidence}`);
  for (const state of ['held declared', 'held inferred', 'held possible', 'deleted declared', 'deleted possible']) {
    expect(states.filter((one) => one === state).length, state).toBeGreaterThan(5);
  }
  expect(drawn.filter(({ holding }) => holding.size > 1).length).toBeGreaterThan(20);
});
