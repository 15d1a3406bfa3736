import { expect, test } from 'vitest';
import { isComplete, scopeOf, type TypedScope } from './hold-scope.ts';

const email = { kind: 'email', otherKind: '', value: 'mara.lindt@example.com' } as const;
const typed: TypedScope = { scope: 'places', places: ' store:a/* \n\nstore:b/c\n', rows: [email] };

test('only what belongs to the chosen scope is sent', () => {
  expect(scopeOf(typed)).toEqual({ nodes: ['store:a/*', 'store:b/c'] });
  expect(scopeOf({ ...typed, scope: 'person' })).toEqual({
    identifiers: [{ type: 'email', value: 'mara.lindt@example.com' }],
  });
  expect(scopeOf({ ...typed, scope: 'everything' })).toEqual({});
});

test('a scope that names nothing is not sent, for it would hold everything', () => {
  expect(isComplete({ ...typed, places: ' \n' })).toBe(false);
  expect(isComplete({ ...typed, scope: 'person', rows: [{ ...email, value: ' ' }] })).toBe(false);
  expect(isComplete({ ...typed, scope: 'everything', places: '' })).toBe(true);
});
