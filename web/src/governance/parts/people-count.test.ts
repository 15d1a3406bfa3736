import { expect, test } from 'vitest';
import { countText, peopleText } from './people-count.ts';

test.each([
  [{ count: 12, exact: true }, '12'],
  [{ count: 1200, exact: false }, 'about 1,200'],
  [{ count: 0, exact: false, roundedTo: 5 }, '< 5'],
  [{ count: 10, exact: false, roundedTo: 5 }, '10+'],
  [null, '–'],
] as const)('%j is read as %s', (people, text) => {
  expect(peopleText(people)).toBe(text);
});

test('a count that is not rounded says nobody where it is nobody', () => {
  expect(countText(0, undefined)).toBe('0');
});
