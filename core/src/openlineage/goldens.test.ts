import { describe, expect, test } from 'vitest';
import { goldens, keptOf, movesOf, readingOf } from './testing/golden.ts';

/** Events of real producers, read as people who looked at what the producer did say they must be. */

const GOLDENS = goldens();

test('there are goldens', () => expect(GOLDENS.length).toBeGreaterThan(4));

describe.each(GOLDENS)('$name', (golden) => {
  test.each([...golden.events.entries()])('event %i', (_at, event) => expect(readingOf(event)).toEqual(event.reads));

  test('what all of them moved', () => expect(movesOf(golden)).toEqual(golden.moves));

  // The people who appear in recordings have these names.
  test('nothing of the people in it is kept', () => {
    for (const event of golden.events) expect(keptOf(event)).not.toMatch(/jane|john/i);
  });
});
