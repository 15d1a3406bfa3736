import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FieldNotice } from './notice.ts';
import { type FoundIdentifier, identifiersIn, REDACTED, type Whose, withoutOthers } from './third-parties.ts';

const own = 'mara@example.com';
const other = 'noah@example.com';
const whose = ({ value }: FoundIdentifier): Whose =>
  value === own || value === 'c-1' ? 'own' : value === other || value === 'c-2' ? 'other' : 'unknown';
const judge = (row: Record<string, unknown>, fields: Partial<FieldNotice>[] = []) =>
  withoutOthers(
    row,
    fields.map((field) => FieldNotice.parse({ title: 'x', ...field })),
    whose,
  );
const kept = (row: Record<string, unknown>, fields: Partial<FieldNotice>[] = []) => {
  const judged = judge(row, fields);
  return judged.keep ? judged.row : null;
};

describe('a row about the person', () => {
  test('loses who is known to be somebody else, wherever they stand', () => {
    expect(kept({ note: `call ${other} now`, cc: other, deep: { a: [`x ${other}`], [other]: 1 } })).toEqual({
      note: `call ${REDACTED.other_person} now`,
      cc: REDACTED.other_person,
      deep: { a: [`x ${REDACTED.other_person}`], [REDACTED.other_person]: 1 },
    });
  });

  test('keeps the person’s own, and a stranger’s where it is the whole field', () => {
    expect(kept({ email: own, second: 'mara.k@example.org', phone: '+33 6 12 34 56 78', text: `I am ${own}` })).toEqual(
      {
        email: own,
        second: 'mara.k@example.org',
        phone: '+33 6 12 34 56 78',
        text: `I am ${own}`,
      },
    );
    expect(kept({ text: 'ask lea@example.org or +33 6 12 34 56 78' })).toEqual({
      text: `ask ${REDACTED.unknown_person} or ${REDACTED.unknown_person}`,
    });
  });

  test('keeps the card number, which names nobody else', () => {
    expect(kept({ text: 'paid with 4111 1111 1111 1111' })).toEqual({ text: 'paid with 4111 1111 1111 1111' });
  });

  test('loses columns that are declared to be about somebody else, and counts each', () => {
    const judged = judge({ manager: 'Noah', id: 7, empty: null }, [
      { name: 'manager', thirdParty: true },
      { name: 'empty', thirdParty: true },
    ]);
    expect(judged).toEqual({
      keep: true,
      row: { manager: REDACTED.third_party_field, id: 7, empty: null },
      redactions: ['third_party_field'],
    });
  });

  test('loses no field when two keys become the same, nor one named __proto__', () => {
    const row = JSON.parse(`{"m":{"a ${other}":1,"a x@example.net":2,"__proto__":3}}`);
    expect(Object.values(kept({ ...row, n: { [other]: 1 } })?.['m'] as object)).toEqual([1, 2, 3]);
    expect(Object.keys(kept(JSON.parse('{"__proto__":1}')) ?? {})).toEqual(['__proto__']);
  });
});

test('a row that names somebody else as its person is not the person’s; one between two people is', () => {
  const customer = [{ name: 'customer', identifies: 'customer_id' }];
  expect(judge({ customer: 'c-2', text: 'hello' }, customer)).toEqual({ keep: false });
  expect(judge({ customer: 'c-1', text: 'hello' }, customer).keep).toBe(true);
  expect(judge({ customer: 'c-9', text: 'hello' }, customer).keep).toBe(true);
  const message = [
    { name: 'from', identifies: 'email' },
    { name: 'to', identifies: 'email' },
  ];
  expect(kept({ from: other, to: own }, message)).toEqual({ from: REDACTED.other_person, to: own });
});

test('nobody who is known to be somebody else is left in any row', () => {
  const cell = fc.oneof(
    fc.string(),
    fc.constantFrom(other, own, `<${other}>`, `"${other}"`, `x,${other};`, other.replace('@', '%40')),
    fc.string().map((text) => `${text} ${other} ${text}`),
  );
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: 'small' }, cell, fc.array(tie('any')), fc.dictionary(cell, tie('any'))),
  })).any;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), (row) => {
      const judged = withoutOthers(row, [], ({ value: found }) =>
        found.replace('%40', '@').includes(other) ? 'other' : 'unknown',
      );
      expect(JSON.stringify(judged)).not.toContain(other);
    }),
    { numRuns: 500 },
  );
});

test('everything that withoutOthers asks about was found before', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.oneof(fc.emailAddress(), fc.string(), fc.constant('+33 6 12 34 56 78'))),
      (row) => {
        const known = new Set(identifiersIn(row, []).map(({ type, value }) => `${type} ${value}`));
        withoutOthers(row, [], ({ type, value }) => {
          expect(known).toContain(`${type} ${value}`);
          return 'unknown';
        });
      },
    ),
  );
});
