import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fourEyesObjection, TWO_PERSON_ACTIONS, type TwoPersonActionName } from './four-eyes.ts';

const actions = Object.keys(TWO_PERSON_ACTIONS) as TwoPersonActionName[];
const hands = (...actors: string[]) => new Set(actors);

describe('what needs two people', () => {
  test.each(actions)('%s is refused to the first person under every one of their keys', (action) => {
    expect(fourEyesObjection(action, 'key:a', hands('key:a'))).toContain('may not');
    expect(fourEyesObjection(action, 'key:a', hands('key:b', 'key:a'))).toContain('may not');
  });

  test.each(actions)('%s is open to another person', (action) => {
    expect(fourEyesObjection(action, 'key:a', hands('key:b', 'key:c'))).toBeNull();
  });

  test('can be waived by policy for requests, and for nothing that shows who people are', () => {
    const waived = actions.filter((action) => fourEyesObjection(action, 'key:a', hands('key:a'), true) === null);
    expect(waived.filter((action) => /^exposure\./.test(action))).toEqual([]);
    expect(waived).toContain('request.approve');
  });

  test('depends on nothing but whether the first actor is one of the second’s', () => {
    const actor = fc.integer({ min: 0, max: 5 }).map((n) => `key:${n}`);
    fc.assert(
      fc.property(fc.constantFrom(...actions), actor, fc.array(actor), (action, first, own) => {
        expect(fourEyesObjection(action, first, new Set(own)) === null).toBe(!own.includes(first));
      }),
    );
  });
});
