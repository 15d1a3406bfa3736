import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jobFor } from '../connector-contract.ts';
import { comparable } from '../selectors.ts';
import { wantedOf } from '../wanted.ts';
import { fieldIn, type IndexField, Mappings, valuesAt } from './index-mapping.ts';
import { queryFor } from './person-query.ts';

const field = (type: string, nested: string | null = null): IndexField => ({
  name: 'f',
  sourcePath: ['f'],
  type,
  nested,
});
const wanted = (type: string, value: string) =>
  wantedOf(jobFor('store:x', '', { selectors: [{ type, value }] }), [type], []);
const queryOf = (type: string, value: string, fieldType = 'keyword') =>
  queryFor(new Map([[type, field(fieldType)]]), wanted(type, value));

/** What the store's `wildcard` and `term` mean, for values without line breaks. */
function finds(query: object, stored: string): boolean {
  const clauses = [...JSON.stringify(query).matchAll(/"(wildcard|term)":\{"f":(\{[^}]*\})\}/g)];
  return clauses.some(([, kind, json = '{}']) => {
    const { value, case_insensitive } = JSON.parse(json) as { value: string; case_insensitive?: boolean };
    if (kind === 'term') return value === stored;
    const pattern = value.replaceAll(/\\(.)|([*?])|([^\\*?])/gs, (_all, escaped, wild, plain) =>
      wild === '*' ? '.*' : wild === '?' ? '.' : (escaped ?? plain).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    );
    return new RegExp(`^${pattern}$`, case_insensitive ? 'isu' : 'su').test(stored);
  });
}

test('whatever counts as the person’s address is found by the query', () => {
  const part = fc.stringMatching(/^[a-zA-Z0-9*?.+-]{1,8}$/).filter((text) => !/^\.|\.$|\.\./.test(text));
  fc.assert(
    fc.property(part, fc.constantFrom('', ' ', '  '), fc.boolean(), (local, space, upper) => {
      const address = `${local}@example.com`;
      const stored = `${space}${upper ? address.toUpperCase() : address}${space}`;
      fc.pre(comparable('email', stored) === comparable('email', address));
      expect(finds(queryOf('email', address), stored)).toBe(true);
    }),
  );
});

test('whatever counts as the person’s phone number is found by the query', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\+49[0-9]{6,10}$/), fc.array(fc.nat(12)), (number, breaks) => {
      let stored = number;
      for (const at of breaks) stored = `${stored.slice(0, at)}${at % 2 === 0 ? ' ' : '-'}${stored.slice(at)}`;
      expect(finds(queryOf('phone', number), stored)).toBe(true);
    }),
  );
});

test('an opaque id is compared exactly', () => {
  expect(finds(queryOf('customer_id', 'U-1'), 'U-1')).toBe(true);
  expect(finds(queryOf('customer_id', 'U-1'), 'u-1')).toBe(false);
  expect(finds(queryOf('customer_id', 'U*'), 'U-1')).toBe(false);
});

test('a value that a number field cannot hold asks for nothing instead of everything', () => {
  expect(queryOf('customer_id', 'U-1', 'long')).toEqual({ match_none: {} });
  expect(queryOf('customer_id', '40000', 'short')).toEqual({ match_none: {} });
  expect(JSON.stringify(queryOf('customer_id', '40000', 'integer'))).toContain('40000');
});

const mappings = Mappings.parse({
  people: {
    mappings: {
      properties: {
        contact: { properties: { mail: { type: 'text', fields: { raw: { type: 'keyword' } } } } },
        off: { type: 'object', enabled: false },
        other: { type: 'alias', path: 'contact.mail.raw' },
        list: { type: 'nested', properties: { mail: { type: 'keyword' } } },
      },
    },
  },
  blind: { mappings: { _source: { enabled: false }, properties: { mail: { type: 'keyword' } } } },
});

test('a sub-field is queried by its own name and read from its parent', () => {
  expect(fieldIn(mappings, 'people', 'contact.mail.raw')).toEqual({
    name: 'contact.mail.raw',
    sourcePath: ['contact', 'mail'],
    type: 'keyword',
    nested: null,
  });
  expect(fieldIn(mappings, 'people', 'list.mail').nested).toBe('list');
});

test.each([
  ['people', 'contact.mail'],
  ['people', 'contact'],
  ['people', 'off.mail'],
  ['people', 'other'],
  ['people', 'nothing'],
  ['blind', 'mail'],
  ['elsewhere', 'mail'],
])('%s, %s cannot be searched and says so', (index, name) => {
  expect(() => fieldIn(mappings, index, name)).toThrow(expect.objectContaining({ code: 'unsearchable_field' }));
});

test('values are read through lists, objects and dotted keys', () => {
  expect(valuesAt({ a: [{ b: 'x' }, { b: ['y', null] }] }, ['a', 'b'])).toEqual(['x', 'y']);
  expect(valuesAt({ 'a.b': 'x', a: { b: 'y' } }, ['a', 'b'])).toEqual(['x', 'y']);
  expect(valuesAt({ a: 'x' }, ['a', 'b'])).toEqual([]);
});
