import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shortNames } from './short-names.ts';

test('a name is as short as tells it from the others', () => {
  const names = ['desk/support/knowledge', 'desk/support/triage', 'desk/billing/triage', 'triage'];
  expect([...shortNames(names).values()]).toEqual(['knowledge', 'support/triage', 'billing/triage', 'triage']);
});

test('no two names become one', () => {
  const part = fc.constantFrom('a', 'b', 'c');
  const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 12 }), (names) => {
      const short = [...shortNames(names).values()];
      expect(new Set(short).size).toBe(names.length);
    }),
  );
});
