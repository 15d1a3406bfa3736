import { z } from 'zod';

const name = z.string().min(1).max(128);

/**
 * How a table is searched for a person. Declared, never guessed: a table without a mapping stops the worker at start,
 * because a table nobody looked into is how "deleted" data stays.
 */
export const TableMapping = z
  .strictObject({
    /** Name in the store, with schema or database in front where needed: `public.users`. */
    table: name,
    /** Node id in lineage, e.g. `store:postgres://db:5432/shop.public.users`. */
    node: z.string().min(3).max(512),
    /** Identifier type → column that holds it. */
    identifiers: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,31}$/), name).default({}),
    /** The column (or columns, in order) whose value makes a record ref; lets rows be found by `recordRefs`. */
    recordKey: z.union([name, z.array(name).min(1).max(8)]).optional(),
    /** Rows belong to the person whose row in another mapped table they point at. */
    via: z.strictObject({ column: name, table: name, references: name }).optional(),
  })
  .refine(
    (table) => Object.keys(table.identifiers).length > 0 || table.via !== undefined || table.recordKey !== undefined,
    {
      message: 'needs `identifiers`, `via` or `recordKey`: without one of them nobody can be found in it',
    },
  );
export type TableMapping = z.infer<typeof TableMapping>;

export const SqlTables = z.strictObject({
  tables: z.array(TableMapping).min(1).max(500),
  /** Tables that hold no personal data, said by someone who knows. Every table of the store is in one of the two lists. */
  withoutPersonalData: z.array(name).max(2000).default([]),
});
export type SqlTables = z.infer<typeof SqlTables>;

export function keyColumns(table: TableMapping): readonly string[] {
  return table.recordKey === undefined ? [] : typeof table.recordKey === 'string' ? [table.recordKey] : table.recordKey;
}
