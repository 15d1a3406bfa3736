import type { KeptPart } from '@vestige/core/request/kept-part';
import { ConnectorError } from '../kit.ts';
import type { TableMapping } from './mapping.ts';
import { type Condition, columnOf, type Dialect, PARAM } from './where.ts';

/**
 * Rows that an exemption keeps while the person's other rows go (GDPR Art. 17(3)): told by a column that holds their data
 * category, and by one that holds their day. The mapping names both; nothing is guessed.
 */
const DAY_CHARS = 10;
/** `_` stands for one character; all four engines read it so. */
const LOOKS_LIKE_A_DAY = '____-__-__%';

/**
 * @returns a condition that holds for kept rows, and one for rows of which nobody can say whether they are
 * @throws ConnectorError `cannot_keep_part` where the mapping names no column that could tell
 */
export function keptRows(
  dialect: Dialect,
  table: TableMapping,
  keeps: readonly KeptPart[],
): { readonly kept: Condition; readonly undecided: Condition } {
  const textOf = (name: string) => dialect.asText(columnOf(dialect, table, name));
  const params: string[] = [];
  const parts: string[] = [];
  const unclear = new Set<string>();
  for (const { categories, from, to } of keeps) {
    const tests: string[] = [];
    if (categories.length > 0) {
      const column = textOf(columnFor(table, 'category'));
      unclear.add(`coalesce(${column}, '') = ''`);
      // Compared by length rather than by a pattern: engines differ in how a pattern escapes an underscore.
      const below = categories.map(({ length }) => `substr(${column}, 1, ${length + 1}) = ${PARAM}`);
      tests.push(`(${categories.map((_, i) => `${column} = ${PARAM} OR ${below[i]}`).join(' OR ')})`);
      params.push(...categories.flatMap((category) => [category, `${category}.`]));
    }
    if (from !== null || to !== null) {
      const column = textOf(columnFor(table, 'day'));
      unclear.add(`coalesce(${column}, '') NOT LIKE '${LOOKS_LIKE_A_DAY}'`);
      const day = `substr(${column}, 1, ${DAY_CHARS})`;
      if (from !== null) tests.push(`${day} >= ${PARAM}`);
      if (to !== null) tests.push(`${day} <= ${PARAM}`);
      params.push(...[from, to].filter((each) => each !== null));
    }
    parts.push(`(${tests.join(' AND ')})`);
  }
  return {
    kept: { sql: parts.join(' OR '), params },
    undecided: { sql: [...unclear].map((each) => `(${each})`).join(' OR '), params: [] },
  };
}

function columnFor(table: TableMapping, what: 'category' | 'day'): string {
  const column = table.keep?.[what];
  if (column !== undefined) return column;
  const text = `${table.node}: a part of it is exempt, and the mapping names no \`keep.${what}\` column that tells which rows.`;
  throw new ConnectorError('needs_human', 'cannot_keep_part', text);
}
