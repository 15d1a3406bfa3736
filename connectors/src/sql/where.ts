import type { Selector } from '@vestige/core/request/worker-protocol';
import { formsOf, PHONE_SEPARATORS } from '../selectors.ts';
import { type Parent, parentsOf, type TableMapping } from './mapping.ts';

/** What differs between SQL stores when a condition is written. */
export interface Dialect {
  quote(identifier: string): string;
  /** The column as text: identifiers are texts, columns may be numbers. Compared byte for byte, whatever the collation. */
  asText(column: string): string;
  /** The nth parameter, from 1. Default `$n`, which PostgreSQL, SQLite and DuckDB all read. */
  parameter?(n: number): string;
}

/** A condition whose parameters are still marked by {@link PARAM}, so that conditions can be joined before numbering. */
export interface Condition {
  readonly sql: string;
  readonly params: readonly string[];
}

/** A control character: no identifier of a mapping can hold one, so nothing else is taken for a parameter. */
export const PARAM = '\u0001';

/** Numbers the parameters of a finished statement `$1`, `$2` …, or as the store has them. */
export function numbered(dialect: Dialect, sql: string): string {
  let n = 0;
  return sql.replaceAll(PARAM, () => {
    n++;
    return dialect.parameter?.(n) ?? `$${n}`;
  });
}

export function anyOf(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.map((condition) => `(${condition.sql})`).join(' OR '),
    params: conditions.flatMap((condition) => condition.params),
  };
}

/** Double quotes, as standard SQL has them; a dot separates schema and table. */
export function quoteName(identifier: string): string {
  return identifier
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}

/**
 * A column with its table in front. Without it a mistyped column of the outer table is found in the inner query of a
 * `via` and matches every row there, and SQLite takes a bare quoted name that is no column for a text.
 */
export function columnOf(dialect: Dialect, table: TableMapping, column: string): string {
  return `${dialect.quote(table.table)}.${dialect.quote(column)}`;
}

/** How the stored text is read before it is compared; the same as `comparable` does to the identifier. */
function comparableSql(type: string, text: string): string {
  if (type === 'email') return `lower(trim(${text}))`;
  if (type !== 'phone') return text;
  return [...PHONE_SEPARATORS].reduce((inner, separator) => `replace(${inner}, '${separator}', '')`, text);
}

const TABLES_DEEP = 4;

/** True of rows of `table` that point at rows of `parent` for which `condition` holds. */
export function pointsAt(
  dialect: Dialect,
  table: TableMapping,
  { columns, references }: Parent,
  parent: TableMapping,
  condition: string,
): string {
  const own = columns.map((column) => columnOf(dialect, table, column)).join(', ');
  const theirs = references.map((column) => columnOf(dialect, parent, column)).join(', ');
  const left = columns.length === 1 ? own : `(${own})`;
  return `${left} IN (SELECT ${theirs} FROM ${dialect.quote(parent.table)} WHERE ${condition})`;
}

/**
 * The rows of a person in one table, by identifier columns and by `via` (recursively, at most four tables deep).
 *
 * @returns null when no selector fits: the caller must not read that as "no rows"
 */
export function conditionFor(
  dialect: Dialect,
  table: TableMapping,
  tables: readonly TableMapping[],
  selectors: readonly Selector[],
  depth = 0,
): Condition | null {
  const params: string[] = [];
  const parts: string[] = [];
  for (const [type, column] of Object.entries(table.identifiers)) {
    const values = formsOf(type, selectors);
    if (values.length === 0) continue;
    params.push(...values);
    const text = comparableSql(type, dialect.asText(columnOf(dialect, table, column)));
    parts.push(`${text} IN (${values.map(() => PARAM).join(', ')})`);
  }
  for (const via of depth < TABLES_DEEP ? parentsOf(table) : []) {
    const parent = tables.find((candidate) => candidate.table === via.table);
    const inner = parent && conditionFor(dialect, parent, tables, selectors, depth + 1);
    if (!parent || !inner) continue;
    parts.push(pointsAt(dialect, table, via, parent, inner.sql));
    params.push(...inner.params);
  }
  return parts.length === 0 ? null : { sql: parts.map((part) => `(${part})`).join(' OR '), params };
}

/**
 * True of rows that no identifier column says are somebody else's. One span may name the records of many people, and an
 * inferred record may be anybody's; a row that a ref alone leads to is taken only when nothing in it contradicts.
 */
export function nobodyElse(dialect: Dialect, table: TableMapping, selectors: readonly Selector[]): Condition {
  const params: string[] = [];
  const parts = Object.entries(table.identifiers).flatMap(([type, column]) => {
    const values = formsOf(type, selectors);
    if (values.length === 0) return [];
    params.push(...values);
    const text = comparableSql(type, dialect.asText(columnOf(dialect, table, column)));
    return [`coalesce(${text}, '') IN ('', ${values.map(() => PARAM).join(', ')})`];
  });
  return { sql: parts.length === 0 ? '1 = 1' : parts.join(' AND '), params };
}

/** Identifier types by which a table can be searched, through `via` too; for error messages. */
export function searchableBy(table: TableMapping, tables: readonly TableMapping[], depth = 0): string[] {
  const parents = depth < TABLES_DEEP ? parentsOf(table).map((parent) => parent.table) : [];
  const theirs = tables.filter((candidate) => parents.includes(candidate.table));
  return [
    ...new Set([
      ...Object.keys(table.identifiers),
      ...theirs.flatMap((parent) => searchableBy(parent, tables, depth + 1)),
    ]),
  ];
}
