import { people } from '../../texts/en-people.ts';
import { boxWords } from './box-svg.ts';
import { BOX, type Point, type Positions } from './column-layout.ts';
import type { Column } from './columns.ts';
import { type Curve, curveBetween } from './edge-curve.ts';
import type { Confidence, PathGraph } from './graph.ts';
import { headings } from './headings.ts';

/** Everything that is painted, in coordinates of the path. Plain data: it is handed to a worker. */
export interface Scene {
  readonly boxes: readonly SceneBox[];
  readonly lines: readonly SceneLine[];
  readonly headings: readonly { readonly column: Column; readonly text: string; readonly x: number }[];
  readonly bounds: Bounds;
}
export interface SceneBox extends Point {
  readonly id: string;
  readonly column: Column;
  readonly label: string;
  readonly detail: string;
  /** It stands for several. */
  readonly isStack: boolean;
}
export interface SceneLine extends Curve {
  readonly id: string;
  /** Places in {@link Scene.boxes}. */
  readonly from: number;
  readonly to: number;
  readonly confidence: Confidence;
  readonly isDelete: boolean;
  readonly bounds: Bounds;
}
export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function sceneOf(graph: PathGraph, positions: Positions): Scene {
  const boxes = graph.nodes.map((node): SceneBox => {
    const { x, y } = positions.get(node.id) ?? { x: 0, y: 0 };
    return {
      id: node.id,
      x,
      y,
      column: node.column,
      ...boxWords(node),
      isStack: node.members > 1,
    };
  });
  const places = new Map(boxes.map(({ id }, place) => [id, place]));
  const lines = graph.edges.flatMap((edge): SceneLine[] => {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    const [a, b] = [boxes[from ?? -1], boxes[to ?? -1]];
    if (from === undefined || to === undefined || a === undefined || b === undefined) return [];
    const curve = curveBetween(a, b);
    const points = [curve.start, curve.bend1, curve.bend2, curve.end];
    return [
      {
        id: edge.id,
        from,
        to,
        confidence: edge.confidence,
        isDelete: edge.actions.every((action) => action === 'delete'),
        ...curve,
        bounds: around(points, 0, 0),
      },
    ];
  });
  return {
    boxes,
    lines,
    headings: headings(graph.nodes, positions).map(({ column, x }) => ({
      column,
      text: people.path.columns[column],
      x: x - BOX.width / 2,
    })),
    bounds: around(boxes, BOX.width / 2, BOX.height / 2),
  };
}

function around(points: readonly Point[], dx: number, dy: number): Bounds {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x - dx);
    right = Math.max(right, x + dx);
    top = Math.min(top, y - dy);
    bottom = Math.max(bottom, y + dy);
  }
  return { left, top, right, bottom };
}
