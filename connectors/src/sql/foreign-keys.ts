import { ConnectorError } from '../kit.ts';
import { parentsOf, type TableMapping } from './mapping.ts';

/** A foreign key as the store's catalogue has it. */
export interface ForeignKey {
  readonly child: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly references: readonly string[];
  /** `cascade` takes rows along uncounted; `set_null` only blanks the pointer, which is no obstacle. */
  readonly onDelete: 'restrict' | 'cascade' | 'set_null';
}

/**
 * Compares the mapping's `via` with the store's foreign keys, so that an order of deleting exists before anything is
 * deleted: rows that point go before rows pointed at.
 *
 * @throws ConnectorError `mapping_cycle`, `foreign_key_cycle`, `unmapped_parent` or `unmapped_reference`
 */
export function refuseImpossibleOrder(
  kind: string,
  tables: readonly TableMapping[],
  foreignKeys: readonly ForeignKey[],
): void {
  const mapped = new Map(tables.map((table) => [table.table, table]));
  for (const table of tables) {
    const stray = parentsOf(table).find((parent) => !mapped.has(parent.table));
    if (!stray) continue;
    const text = `${kind}: ${table.table} points by \`via\` at ${stray.table}, which has no mapping of its own.`;
    throw new ConnectorError('needs_human', 'unmapped_parent', text);
  }
  const byMapping = cycleIn(
    tables.flatMap((table) => parentsOf(table).map((parent) => ({ child: table.table, parent: parent.table }))),
  );
  if (byMapping) {
    const text = `${kind}: the mapping goes in a circle: ${byMapping.join(' → ')}. Rows can only belong to rows that do not belong to them; take one \`via\` out.`;
    throw new ConnectorError('needs_human', 'mapping_cycle', text);
  }
  const binding = foreignKeys.filter((key) => key.onDelete !== 'set_null' && key.child !== key.parent);
  const byStore = cycleIn(binding);
  if (byStore?.some((table) => mapped.has(table))) {
    const text = `${kind}: foreign keys go in a circle: ${byStore.join(' → ')}. No order of deleting satisfies all of them; make one ON DELETE SET NULL.`;
    throw new ConnectorError('needs_human', 'foreign_key_cycle', text);
  }
  const undeclared = binding.filter((key) => mapped.has(key.parent) && !declares(mapped.get(key.child), key));
  if (undeclared.length === 0) return;
  const list = undeclared
    .slice(0, 10)
    .map((key) => `${key.child} (${key.columns.join(', ')}) → ${key.parent} (${key.references.join(', ')})`);
  throw new ConnectorError(
    'needs_human',
    'unmapped_reference',
    `${kind}: rows that point at mapped rows would block the erasure or go with them uncounted: ${list.join('; ')}. Map each with \`via\`.`,
  );
}

function declares(child: TableMapping | undefined, key: ForeignKey): boolean {
  const pairs = (columns: readonly string[], references: readonly string[]) =>
    columns
      .map((column, i) => `${column} ${references[i]}`)
      .sort()
      .join();
  const wanted = pairs(key.columns, key.references);
  return (child ? parentsOf(child) : []).some(
    (parent) => parent.table === key.parent && pairs(parent.columns, parent.references) === wanted,
  );
}

/** Tables in an order in which rows can be inserted; within a circle, in the order given. */
export function parentsFirst(
  tables: readonly string[],
  keys: readonly Pick<ForeignKey, 'child' | 'parent'>[],
): string[] {
  const ordered = new Set<string>();
  const visit = (table: string, path: readonly string[]) => {
    if (ordered.has(table) || path.includes(table)) return;
    for (const { parent } of keys.filter((key) => key.child === table)) visit(parent, [...path, table]);
    ordered.add(table);
  };
  for (const table of tables) visit(table, []);
  return [...ordered].filter((table) => tables.includes(table));
}

/** @returns the tables of one circle, the first again at the end; null when there is none */
export function cycleIn(edges: readonly { child: string; parent: string }[]): string[] | null {
  const done = new Set<string>();
  const walk = (table: string, path: readonly string[]): string[] | null => {
    const at = path.indexOf(table);
    if (at >= 0) return [...path.slice(at), table];
    if (done.has(table)) return null;
    for (const { parent } of edges.filter((edge) => edge.child === table)) {
      const found = walk(parent, [...path, table]);
      if (found) return found;
    }
    done.add(table);
    return null;
  };
  for (const { child } of edges) {
    const found = walk(child, []);
    if (found) return found;
  }
  return null;
}
