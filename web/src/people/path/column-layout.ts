import { COLUMNS, type Column } from './columns.ts';

/** What a layout needs to know: no names, so that little goes to the worker. */
export interface LayoutNode {
  readonly id: string;
  readonly column: Column;
}
export interface LayoutEdge {
  readonly from: string;
  readonly to: string;
}
export interface Point {
  readonly x: number;
  readonly y: number;
}
/** Centres of boxes, by node id. */
export type Positions = ReadonlyMap<string, Point>;

export const BOX = { width: 160, height: 40 } as const;
export const COLUMN_GAP = 64;
const ROW_GAP = 16;
/** A column of many nodes is folded into several beside each other: a picture 40 times as high as wide shows nothing. */
const ROWS_MAX = 60;
const FOLD_GAP = 28;
/** Orders hardly change after that. */
const SWEEPS = 6;

/**
 * Columns by kind, ordered so that lines cross little (barycentre heuristic: each node stands at the mean height of what
 * it is joined to, a few sweeps). Linear in edges for each sweep: a few milliseconds for 2,000 nodes and 10,000 edges,
 * where a layered layout that minimises crossings takes seconds.
 */
export function columnLayout(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Map<string, Point> {
  const columns = COLUMNS.map((column) => nodes.filter((node) => node.column === column).map(({ id }) => id)).filter(
    (ids) => ids.length > 0,
  );
  const joined = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  for (const { from, to } of edges) {
    joined.get(from)?.push(to);
    joined.get(to)?.push(from);
  }
  const height = new Map<string, number>();
  const place = (ids: readonly string[]) => {
    for (const [row, id] of ids.entries()) height.set(id, (row + 0.5) / ids.length);
  };
  for (const ids of columns) place(ids);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const ids of sweep % 2 === 0 ? columns : columns.toReversed()) {
      const wanted = new Map(ids.map((id) => [id, mean(joined.get(id) ?? [], height) ?? height.get(id) ?? 0]));
      ids.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      place(ids);
    }
  }
  return spread(columns);
}

function mean(ids: readonly string[], height: ReadonlyMap<string, number>): number | null {
  if (ids.length === 0) return null;
  let sum = 0;
  for (const id of ids) sum += height.get(id) ?? 0;
  return sum / ids.length;
}

/** Every column around one middle line, folded where it is too long. */
function spread(columns: readonly (readonly string[])[]): Map<string, Point> {
  const positions = new Map<string, Point>();
  const rowsAtMost = Math.min(ROWS_MAX, Math.max(...columns.map((ids) => ids.length), 1));
  let left = 0;
  for (const ids of columns) {
    const folds = Math.ceil(ids.length / rowsAtMost);
    const rows = Math.ceil(ids.length / folds);
    for (const [i, id] of ids.entries()) {
      // Row by row, so that neighbours in the order stay at about the same height.
      const [row, fold] = [Math.floor(i / folds), i % folds];
      positions.set(id, {
        x: left + BOX.width / 2 + fold * (BOX.width + FOLD_GAP),
        y: (row - (rows - 1) / 2) * (BOX.height + ROW_GAP),
      });
    }
    left += folds * (BOX.width + FOLD_GAP) - FOLD_GAP + COLUMN_GAP;
  }
  return positions;
}
