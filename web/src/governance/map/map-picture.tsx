import { useMemo, useState } from 'react';
import { governance } from '../../texts/en-governance.ts';
import { KindIcon, shortName } from '../parts/node-kind.tsx';
import { peopleSentence, peopleText } from '../parts/people-count.ts';
import { byWeight, type MapNode, type ShownMap } from './map-filter.ts';
import { type Placed, placeNodes } from './map-layout.ts';
import './map-picture.css';

const texts = governance.map;
const BOX_WIDTH = 148;
const BOX_HEIGHT = 46;
const ROW_PITCH = 58;
/** What a laptop has room for beside the navigation. */
const WIDTH = 930;
/** Room for lines between boxes of the last column. */
const LOOP_WIDTH = 38;
const GAP_MAX = 150;
const STROKE_MAX = 3.5;

/**
 * The map as columns of boxes, from who asks to who receives. Lines are as wide as the people they carry; the boxes are
 * buttons in reading order, so that the picture can be walked with the keyboard.
 */
export function MapPicture({
  nodes,
  edges,
  open,
  onOpen,
}: ShownMap & { open: string | undefined; onOpen: (id: string) => void }) {
  const [near, setNear] = useState<string | null>(null);
  const placed = useMemo(() => placeNodes(nodes.toSorted(byWeight), edges), [nodes, edges]);
  const columns = Math.max(...placed.map(({ column }) => column), 0) + 1;
  const rows = Math.max(...placed.map(({ row }) => row), 0) + 1;
  const gap = columns === 1 ? 0 : Math.min(GAP_MAX, (WIDTH - LOOP_WIDTH - columns * BOX_WIDTH) / (columns - 1));
  const width = columns * BOX_WIDTH + (columns - 1) * gap + LOOP_WIDTH;
  const height = rows * ROW_PITCH;
  const at = new Map(placed.map((each) => [each.id, pointOf(each, gap, columnHeights(placed), height)]));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const lines = linesOf(edges, at);
  const peopleMax = Math.max(1, ...lines.map(({ people }) => people));
  const focus = near ?? open ?? null;
  const touched = new Set(
    lines.filter(({ from, to }) => from === focus || to === focus).flatMap((l) => [l.from, l.to]),
  );
  return (
    <div className="map-picture scroll-x" data-focus={focus !== null}>
      <div className="map-plane" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          <defs>
            <marker
              id="map-arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="8"
              markerHeight="8"
              orient="auto"
              markerUnits="userSpaceOnUse"
            >
              <path d="M0 0.8 L7 4 L0 7.2 z" fill="context-stroke" />
            </marker>
          </defs>
          {lines.map(({ key, from, to, path, people, design }) => (
            <path
              key={key}
              d={path}
              className="map-line"
              data-on={from === focus || to === focus}
              data-design={design}
              strokeWidth={1 + (STROKE_MAX - 1) * (Math.log1p(people) / Math.log1p(peopleMax))}
              markerEnd="url(#map-arrow)"
            />
          ))}
        </svg>
        <ul aria-label={texts.picture}>
          {placed.map(({ id }) => {
            const node = byId.get(id) as MapNode;
            const point = at.get(id) ?? { x: 0, y: 0 };
            return (
              <li key={id} style={{ left: point.x, top: point.y, width: BOX_WIDTH, height: BOX_HEIGHT }}>
                <button
                  type="button"
                  className="map-box"
                  data-kind={node.kind}
                  data-on={id === focus || touched.has(id)}
                  aria-pressed={id === open}
                  title={id}
                  onClick={() => onOpen(id)}
                  onPointerEnter={() => setNear(id)}
                  onPointerLeave={() => setNear(null)}
                >
                  <KindIcon kind={node.kind} />
                  <span className="map-box-name">{shortName(node.name)}</span>
                  <span className="map-box-people" title={peopleSentence(node.people)}>
                    {peopleText(node.people)}
                    {node.party?.country ? ` · ${node.party.country}` : ''}
                  </span>
                </button>
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function columnHeights(placed: readonly Placed[]): ReadonlyMap<number, number> {
  return new Map([...Map.groupBy(placed, ({ column }) => column)].map(([column, all]) => [column, all.length]));
}

/** Short columns stand in the middle. */
function pointOf({ column, row }: Placed, gap: number, heights: ReadonlyMap<number, number>, height: number): Point {
  const spare = height - (heights.get(column) ?? 0) * ROW_PITCH;
  return { x: 2 + column * (BOX_WIDTH + gap), y: spare / 2 + row * ROW_PITCH + (ROW_PITCH - BOX_HEIGHT) / 2 };
}

/** One line for each pair and direction, whatever is done between the two. */
function linesOf(edges: ShownMap['edges'], at: ReadonlyMap<string, Point>) {
  return [...Map.groupBy(edges, ({ from, to }) => `${from}\n${to}`)].flatMap(([key, group]) => {
    const [{ from, to } = { from: '', to: '' }] = group;
    const [start, end] = [at.get(from), at.get(to)];
    if (!start || !end) return [];
    const people = Math.max(0, ...group.map((edge) => edge.people?.count ?? 0));
    return [{ key, from, to, people, design: group.every(({ design }) => design === true), path: curve(start, end) }];
  });
}

/** Ways back run a little below ways there, so that both are seen. */
function curve(from: Point, to: Point): string {
  const middle = BOX_HEIGHT / 2;
  if (from.x === to.x) {
    const x = from.x + BOX_WIDTH;
    return `M${x} ${from.y + middle - 5} C${x + 38} ${from.y + middle}, ${x + 38} ${to.y + middle}, ${x + 1} ${to.y + middle + 5}`;
  }
  const isForth = to.x > from.x;
  const shift = isForth ? -5 : 6;
  const [x1, x2] = isForth ? [from.x + BOX_WIDTH, to.x - 1] : [from.x, to.x + BOX_WIDTH + 1];
  const [y1, y2] = [from.y + middle + shift, to.y + middle + shift];
  const bend = Math.max(28, Math.abs(x2 - x1) / 2) * (isForth ? 1 : -1);
  return `M${x1} ${y1} C${x1 + bend} ${y1}, ${x2 - bend} ${y2}, ${x2} ${y2}`;
}
