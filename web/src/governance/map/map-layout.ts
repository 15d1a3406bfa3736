import type { NodeKind } from '../parts/node-kind.tsx';

/**
 * Where the boxes of the map stand: one column for each part that nodes play, from who asks over who works to where data
 * rests and who receives it. Within a column neighbours of what they are joined to come near it.
 */
export interface Placed {
  readonly id: string;
  readonly column: number;
  readonly row: number;
}

const COLUMN_OF: Readonly<Record<NodeKind, number>> = {
  client: 0,
  service: 0,
  workflow: 1,
  agent: 1,
  job: 1,
  tool: 2,
  mcp_server: 2,
  model: 2,
  store: 3,
  memory: 3,
  queue: 3,
  recipient: 4,
};

/** More of them settle nothing that a reader would see. */
const SWEEPS = 6;

/** @param nodes most important first: they keep the top where nothing else decides */
export function placeNodes(
  nodes: readonly { readonly id: string; readonly kind: NodeKind }[],
  edges: readonly { readonly from: string; readonly to: string }[],
): Placed[] {
  const used = [...new Set(nodes.map(({ kind }) => COLUMN_OF[kind]))].sort((a, b) => a - b);
  const columns = used.map((column) => nodes.filter(({ kind }) => COLUMN_OF[kind] === column).map(({ id }) => id));
  const neighbours = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  for (const { from, to } of edges) {
    neighbours.get(from)?.push(to);
    neighbours.get(to)?.push(from);
  }
  const height = new Map<string, number>();
  const settle = (ids: readonly string[]) => {
    for (const [row, id] of ids.entries()) height.set(id, (row + 0.5) / ids.length);
  };
  columns.forEach(settle);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (const ids of sweep % 2 === 0 ? columns : columns.toReversed()) {
      const own = new Set(ids);
      const wanted = new Map(
        ids.map((id) => {
          const near = (neighbours.get(id) ?? []).filter((each) => !own.has(each)).map((each) => height.get(each) ?? 0);
          return [id, near.length === 0 ? (height.get(id) ?? 0) : near.reduce((sum, at) => sum + at, 0) / near.length];
        }),
      );
      ids.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      settle(ids);
    }
  }
  return columns.flatMap((ids, column) => ids.map((id, row) => ({ id, column, row })));
}
