import { expect, test } from 'vitest';
import { identifierOf, selectorsOf } from './identifier.ts';

test.each([
  ['ada@example.com', { type: 'email', value: 'ada@example.com' }],
  ['+49 30 901820', { type: 'phone', value: '+49 30 901820' }],
  ['ps1.k1.p_x0H6dCcIrmkjq9h18JCA', { token: 'ps1.k1.p_x0H6dCcIrmkjq9h18JCA' }],
])('%s needs no type', (given, expected) => expect(identifierOf(given)).toEqual(expected));

test('a type that is said is taken, whatever the value looks like', () => {
  expect(identifierOf('ada@example.com', 'user_id')).toEqual({ type: 'user_id', value: 'ada@example.com' });
});

test('anything else wants its type said, and is not repeated in the complaint', () => {
  expect(() => identifierOf('C-17')).toThrow(/^(?!.*C-17).*--type/);
});

test('people of a request are told apart by whether they are tokens, and a type may stand before a value', () => {
  const token = 'ps1.k1.p_x0H6dCcIrmkjq9h18JCA';
  expect(selectorsOf(['ada@example.com', 'customer_id=C=17', token])).toEqual({
    identifiers: [
      { type: 'email', value: 'ada@example.com' },
      { type: 'customer_id', value: 'C=17' },
    ],
    tokens: [token],
  });
});
