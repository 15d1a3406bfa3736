import type { Selector } from '@vestige/core/request/worker-protocol';
import { comparesWithoutCase, variantsOf } from '../selectors.ts';
import type { TableMapping } from './mapping.ts';

/** What differs between SQL stores when a condition is written. */
export interface Dialect {
  quote(identifier: string): string;
  /** The column as text: identifiers are texts, columns may be numbers. */
  asText(column: string): string;
}

/** A condition whose parameters are still marked by {@link PARAM}, so that conditions can be joined before numbering. */
export interface Condition {
  readonly sql: string;
  readonly params: readonly string[];
}

/** A control character: no identifier of a mapping can hold one, so nothing else is taken for a parameter. */
export const PARAM = '\u0001';

/** Numbers the parameters of a finished statement `$1`, `$2` …, which PostgreSQL, SQLite and DuckDB all read. */
export function numbered(sql: string): string {
  let n = 0;
  return sql.replaceAll(PARAM, () => `$${++n}`);
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
    const values = [...new Set(selectors.filter((selector) => selector.type === type).flatMap(variantsOf))];
    if (values.length === 0) continue;
    const folded = comparesWithoutCase(type);
    const text = dialect.asText(dialect.quote(column));
    params.push(...values.map((value) => (folded ? value.toLowerCase() : value)));
    parts.push(`${folded ? `lower(${text})` : text} IN (${values.map(() => PARAM).join(', ')})`);
  }
  if (table.via && depth < 4) {
    const via = table.via;
    const parent = tables.find((candidate) => candidate.table === via.table);
    const inner = parent && conditionFor(dialect, parent, tables, selectors, depth + 1);
    if (parent && inner) {
      parts.push(
        `${dialect.quote(via.column)} IN (SELECT ${dialect.quote(via.references)} FROM ${dialect.quote(parent.table)} WHERE ${inner.sql})`,
      );
      params.push(...inner.params);
    }
  }
  return parts.length === 0 ? null : { sql: parts.map((part) => `(${part})`).join(' OR '), params };
}

/** Identifier types by which a table can be searched, through `via` too; for error messages. */
export function searchableBy(table: TableMapping, tables: readonly TableMapping[], depth = 0): string[] {
  const own = Object.keys(table.identifiers);
  const parent = table.via && depth < 4 ? tables.find((candidate) => candidate.table === table.via?.table) : undefined;
  return [...new Set([...own, ...(parent ? searchableBy(parent, tables, depth + 1) : [])])];
}
