import type { Wanted } from '../wanted.ts';
import type { IndexField } from './index-mapping.ts';

export type Query = Readonly<Record<string, unknown>>;

/**
 * A query that every document of the person matches; it may match others, whom the caller tells apart by the document
 * itself. So it has to be at least as wide as `comparable`: without case and surrounding spaces for e-mail addresses, with
 * anything between the digits for phone numbers, exact for opaque ids.
 *
 * @throws never; a field type without an entry in `fields` cannot be asked for and is left out
 */
export function queryFor(fields: ReadonlyMap<string, IndexField>, wanted: Wanted): Query {
  const should = [...wanted.identifiers].flatMap(([type, forms]) => {
    const field = fields.get(type);
    return field ? [...forms].flatMap((form) => clausesFor(type, field, form)) : [];
  });
  // A `bool` without any clause matches everything.
  if (should.length === 0) return { match_none: {} };
  return { bool: { filter: [{ bool: { should, minimum_should_match: 1 } }] } };
}

function clausesFor(type: string, field: IndexField, form: string): Query[] {
  const clause = clauseFor(type, field, form);
  if (clause === null) return [];
  return [field.nested === null ? clause : { nested: { path: field.nested, query: clause } }];
}

/** Null where the field cannot hold the value: a number field takes no letters and would refuse the whole query. */
function clauseFor(type: string, { name, type: fieldType }: IndexField, form: string): Query | null {
  const bits = NUMBER_BITS[fieldType];
  if (bits !== undefined) {
    const fits = /^-?\d{1,20}$/.test(form) && BigInt.asIntN(bits, BigInt(form)) === BigInt(form);
    return fits ? { term: { [name]: { value: form } } } : null;
  }
  switch (type) {
    case 'email':
      return { wildcard: { [name]: { value: `*${literal(form)}*`, case_insensitive: true } } };
    case 'phone':
      return { wildcard: { [name]: { value: `*${[...form].map(literal).join('*')}*` } } };
    default:
      return { term: { [name]: { value: form } } };
  }
}

/** `unsigned_long` holds 64 bits without a sign; 65 with one. */
const NUMBER_BITS: Readonly<Record<string, number>> = { byte: 8, short: 16, integer: 32, long: 64, unsigned_long: 65 };

const literal = (text: string): string => text.replaceAll(/[\\*?]/g, (character) => `\\${character}`);
