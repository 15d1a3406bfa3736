import { BOX, type Positions } from './column-layout.ts';
import { COLUMNS, type Column } from './columns.ts';
import type { PathNode } from './graph.ts';

const ABOVE = 30;

/** A word above each column: over the middle of its first box on the left, at one height for all. */
export function headings(
  nodes: readonly Pick<PathNode, 'id' | 'column'>[],
  positions: Positions,
): readonly { readonly column: Column; readonly x: number; readonly y: number }[] {
  const y = Math.min(...[...positions.values()].map((point) => point.y)) - BOX.height / 2 - ABOVE;
  return COLUMNS.flatMap((column) => {
    const xs = nodes.filter((node) => node.column === column).map(({ id }) => positions.get(id)?.x ?? 0);
    return xs.length === 0 ? [] : [{ column, x: Math.min(...xs), y }];
  });
}
