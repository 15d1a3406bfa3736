import { z } from 'zod';

const name = z.string().min(1).max(128);
const names = z.union([name, z.array(name).min(1).max(8)]);

const mark = z.union([z.boolean(), z.int(), z.string().min(1).max(128)]);

/** How rows of one table point at rows of another. */
const Via = z
  .strictObject({ column: names, table: name, references: names })
  .refine(({ column, references }) => [column].flat().length === [references].flat().length, {
    message: '`column` and `references` name the same number of columns, in the same order',
  });

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
    recordKey: names.optional(),
    /** Where a row says that it is restricted (GDPR Art. 18), and what stands there. */
    restriction: z
      .strictObject({ column: name, whenRestricted: mark.default(true), whenNot: mark.default(false) })
      .optional(),
    /** Identifier type or data category → column that a rectification writes. `{}`: nothing here can be wrong. */
    corrections: z.record(z.string().regex(/^[a-z0-9_]+(\.[a-z0-9_]+){0,9}$/), name).optional(),
    /** How rows that an exemption keeps are told apart: a column with the data category, one that begins `YYYY-MM-DD`. */
    keep: z.strictObject({ category: name.optional(), day: name.optional() }).optional(),
    /** Rows belong to the person whose row in another mapped table they point at; of several, one is enough. */
    via: z.union([Via, z.array(Via).min(1).max(8)]).optional(),
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
  return [table.recordKey ?? []].flat();
}

/** One way from a table to the rows it belongs to; the columns pair up by position. */
export interface Parent {
  readonly columns: readonly string[];
  readonly table: string;
  readonly references: readonly string[];
}

export function parentsOf(table: TableMapping): readonly Parent[] {
  return [table.via ?? []].flat().map((via) => ({
    columns: [via.column].flat(),
    table: via.table,
    references: [via.references].flat(),
  }));
}

/** Columns that restricting and correcting write. */
export function changedColumns(table: TableMapping): readonly string[] {
  const mark = table.restriction?.column;
  return [...new Set([...(mark === undefined ? [] : [mark]), ...Object.values(table.corrections ?? {})])];
}

/** Every column the mapping names, which the table must have. */
export function mappedColumns(table: TableMapping, tables: readonly TableMapping[]): readonly string[] {
  const pointedAt = tables.flatMap(parentsOf).filter((parent) => parent.table === table.table);
  return [
    ...new Set([
      ...Object.values(table.identifiers),
      ...keyColumns(table),
      ...changedColumns(table),
      ...[table.keep?.category, table.keep?.day].filter((column) => column !== undefined),
      ...parentsOf(table).flatMap((parent) => parent.columns),
      ...pointedAt.flatMap((parent) => parent.references),
    ]),
  ];
}
