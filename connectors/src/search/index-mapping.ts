import { z } from 'zod';
import { ConnectorError } from '../kit.ts';
import { comparable } from '../selectors.ts';
import type { Wanted } from '../wanted.ts';

/**
 * What a search index says about its own fields, as far as it decides whether a person can be found in them. The trap: a
 * query on a field that does not exist, is not indexed, or is analysed into words answers "nothing", not an error.
 */
interface Property {
  readonly type?: string | undefined;
  readonly index?: boolean | undefined;
  readonly enabled?: boolean | undefined;
  readonly path?: string | undefined;
  readonly properties?: Readonly<Record<string, Property>> | undefined;
  readonly fields?: Readonly<Record<string, Property>> | undefined;
}

const Property: z.ZodType<Property> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    index: z.boolean().optional(),
    enabled: z.boolean().optional(),
    path: z.string().optional(),
    properties: z.record(z.string(), Property).optional(),
    fields: z.record(z.string(), Property).optional(),
  }),
);

/** Answer of `GET /{index}/_mapping`: concrete index → its mapping. */
export const Mappings = z.record(
  z.string(),
  z.object({
    mappings: z.object({
      _source: z.object({ enabled: z.boolean().optional() }).loose().optional(),
      properties: z.record(z.string(), Property).optional(),
    }),
  }),
);
export type Mappings = z.infer<typeof Mappings>;

export interface IndexField {
  /** As it is queried, e.g. `contact.email.keyword`. */
  readonly name: string;
  /** Where the value stands in the document, e.g. `contact.email`. */
  readonly sourcePath: readonly string[];
  readonly type: string;
  /** Path of the innermost `nested` object around it; a query reaches it only through a nested query. */
  readonly nested: string | null;
}

/** Types whose whole value is one term. Numbers are compared by value. */
const WHOLE_VALUE = ['keyword', 'constant_keyword', 'wildcard', 'long', 'integer', 'short', 'byte', 'unsigned_long'];

/**
 * @param index concrete index the mapping is of
 * @throws ConnectorError when the field cannot be searched for a whole value, which would make every answer empty
 */
export function fieldIn(mappings: Mappings, index: string, name: string): IndexField {
  const mapping = mappings[index]?.mappings;
  if (mapping?._source?.enabled === false) {
    throw misfit(index, name, 'the index does not keep its documents (`_source` is off), so nothing can be compared');
  }
  let level = mapping?.properties;
  let nested: string | null = null;
  const sourcePath: string[] = [];
  const parts = name.split('.');
  for (const [at, part] of parts.entries()) {
    const property: Property | undefined = level?.[part];
    if (!property) throw misfit(index, name, 'no such field is mapped');
    if (property.enabled === false) throw misfit(index, name, 'the object around it is not indexed');
    sourcePath.push(part);
    if (property.type === 'nested') nested = parts.slice(0, at + 1).join('.');
    const last = at === parts.length - 1;
    const sub = at === parts.length - 2 ? property.fields?.[parts[at + 1] ?? ''] : undefined;
    if (last || sub) return { name, sourcePath, nested, type: wholeValue(sub ?? property, index, name) };
    level = property.properties;
  }
  throw misfit(index, name, 'no such field is mapped');
}

function wholeValue(property: Property, index: string, name: string): string {
  const type = property.type ?? 'object';
  if (type === 'alias') throw misfit(index, name, `it is an alias; map \`${property.path ?? ''}\` itself`);
  if (property.index === false) throw misfit(index, name, 'it is stored and not indexed');
  if (!WHOLE_VALUE.includes(type)) {
    throw misfit(index, name, `its type ${type} is not compared as a whole; map a \`keyword\` sub-field of it`);
  }
  return type;
}

function misfit(index: string, name: string, why: string): ConnectorError {
  return new ConnectorError('permanent', 'unsearchable_field', `search: ${index}, field ${name}: ${why}.`);
}

/** Every value a document holds at this place; arrays on the way are walked. */
export function valuesAt(document: unknown, sourcePath: readonly string[]): string[] {
  if (Array.isArray(document)) return document.flatMap((entry) => valuesAt(entry, sourcePath));
  const [first, ...rest] = sourcePath;
  if (first === undefined) return document === null || document === undefined ? [] : [String(document)];
  if (document === null || typeof document !== 'object') return [];
  const held = document as Readonly<Record<string, unknown>>;
  // `{"a.b": 1}` and `{"a": {"b": 1}}` are the same field to the index.
  const flat = sourcePath.join('.');
  return [
    ...(rest.length > 0 && flat in held ? valuesAt(held[flat], []) : []),
    ...(first in held ? valuesAt(held[first], rest) : []),
  ];
}

/**
 * The identifier a record carries for one type: the person's where she is named, else the first.
 *
 * @throws ConnectorError `shared_record` when the record names her and somebody else: deleting it would destroy what is
 *   another person's, leaving it would keep hers, so a human decides
 */
export function identifierAmong(
  values: readonly string[],
  type: string,
  place: string,
  wanted: Wanted,
): string | undefined {
  const told = values.filter((value) => comparable(type, value) !== '');
  const hers = told.find((value) => wanted.names(type, value));
  if (hers !== undefined && told.some((value) => !wanted.names(type, value))) {
    const text = `${wanted.node}: a record names several people under ${place}; deleting it would destroy what is another person's.`;
    throw new ConnectorError('needs_human', 'shared_record', text);
  }
  return hers ?? told[0];
}
