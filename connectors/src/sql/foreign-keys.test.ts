import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cycleIn, type ForeignKey, refuseImpossibleOrder } from './foreign-keys.ts';
import { TableMapping } from './mapping.ts';

const table = (name: string, via?: object) =>
  TableMapping.parse({ table: name, node: `store:${name}`, identifiers: { email: 'email' }, ...(via ? { via } : {}) });
const key = (child: string, parent: string, onDelete: ForeignKey['onDelete'] = 'restrict'): ForeignKey => ({
  child,
  columns: [`${parent}_id`],
  parent,
  references: ['id'],
  onDelete,
});
const to = (parent: string) => ({ column: `${parent}_id`, table: parent, references: 'id' });
const codeOf = (tables: TableMapping[], keys: ForeignKey[] = []) => {
  try {
    refuseImpossibleOrder('test', tables, keys);
    return null;
  } catch (error) {
    return error;
  }
};

test('declared keys, keys that only blank, and a key of a table to itself stand in no way', () => {
  const tables = [table('people'), table('orders', to('people')), table('notes')];
  const keys = [key('orders', 'people'), key('notes', 'people', 'set_null'), key('people', 'people')];
  expect(codeOf(tables, keys)).toBeNull();
});

test.each(['restrict', 'cascade'] as const)('a key that %ss and is not in the mapping is named', (onDelete) => {
  expect(codeOf([table('people')], [key('orders', 'people', onDelete)])).toMatchObject({
    class: 'needs_human',
    code: 'unmapped_reference',
    message: expect.stringContaining('orders (people_id) → people (id)'),
  });
});

test('a key over other columns than the mapping says is not declared', () => {
  const via = { column: 'buyer_id', table: 'people', references: 'id' };
  expect(codeOf([table('people'), table('orders', via)], [key('orders', 'people')])).toMatchObject({
    code: 'unmapped_reference',
  });
});

test('a mapping in a circle is refused with the circle', () => {
  expect(codeOf([table('people', to('accounts')), table('accounts', to('people'))])).toMatchObject({
    code: 'mapping_cycle',
    message: expect.stringContaining('people → accounts → people'),
  });
});

test('foreign keys in a circle are refused with the circle and the way out', () => {
  const tables = [table('people'), table('accounts', to('people'))];
  expect(codeOf(tables, [key('accounts', 'people'), key('people', 'accounts')])).toMatchObject({
    code: 'foreign_key_cycle',
    message: expect.stringMatching(/accounts → people → accounts.*SET NULL/),
  });
});

test('a parent without a mapping is named', () => {
  expect(codeOf([table('orders', to('people'))])).toMatchObject({ code: 'unmapped_parent' });
});

test('a circle is found exactly when no order of the tables puts every child before its parent', () => {
  const edge = fc.record({ child: fc.integer({ min: 0, max: 5 }), parent: fc.integer({ min: 0, max: 5 }) });
  fc.assert(
    fc.property(fc.array(edge, { maxLength: 10 }), (drawn) => {
      const edges = drawn.map(({ child, parent }) => ({ child: `t${child}`, parent: `t${parent}` }));
      let left = [...edges];
      for (;;) {
        // Takes out tables nothing points at, as a deletion would.
        const next = left.filter(({ child }) => left.some((other) => other.parent === child));
        if (next.length === left.length) break;
        left = next;
      }
      expect(cycleIn(edges) !== null).toBe(left.length > 0);
    }),
  );
});
