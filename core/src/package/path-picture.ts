import { type LineageAnswer, NODE_KINDS, type NodeKind } from '../lineage/answer.ts';

/**
 * The path of one person's data as boxes and lines: who told us on the left, what worked with it in the middle, where it
 * rests and who received it on the right. Pure geometry; whoever draws it escapes the labels.
 *
 * Bounded: a person with thousands of places gets the busiest of each column and a box that counts the others.
 */
export interface PathPicture {
  readonly width: number;
  readonly height: number;
  readonly columns: readonly { readonly title: string; readonly x: number }[];
  readonly boxes: readonly PathBox[];
  readonly lines: readonly PathLine[];
}

export interface PathBox {
  /** Null for the box that stands for the rest of a column. */
  readonly node: string | null;
  readonly kind: NodeKind | 'more';
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PathLine {
  readonly from: string;
  readonly to: string;
  /** The data of an SVG path. */
  readonly d: string;
  readonly count: number;
  /** Seen only as a possibility: drawn dashed. */
  readonly possible: boolean;
}

const COLUMNS = [
  { title: 'Came from', kinds: ['client'] },
  { title: 'Worked with by', kinds: ['agent', 'workflow', 'service', 'job'] },
  { title: 'Using', kinds: ['model', 'tool', 'mcp_server'] },
  { title: 'Kept in', kinds: ['store', 'memory', 'queue'] },
  { title: 'Given to', kinds: ['recipient'] },
] as const satisfies readonly { title: string; kinds: readonly NodeKind[] }[];

const BOXES_PER_COLUMN_MAX = 12;
const BOX = { width: 172, height: 40, gapX: 60, gapY: 14 };
const MARGIN = 12;
const HEADER = 34;
/** What fits a box in the font the page uses; the whole name stands in its title. */
const LABEL_CHARS_MAX = 24;

/** @param titleOf what people call a node; null for its own name */
export function pathPicture(lineage: LineageAnswer, titleOf: (node: string) => string | null): PathPicture {
  const kinds = new Map(lineage.nodes.map((node) => [node.id, node]));
  const traffic = new Map<string, number>();
  for (const { from, to, count } of lineage.edges) {
    for (const end of [from, to]) traffic.set(end, (traffic.get(end) ?? 0) + count);
  }
  const known = [...traffic.keys()].map((id) => ({ id, kind: kinds.get(id)?.kind ?? kindOf(id) }));
  const columns = COLUMNS.map(({ title, kinds: own }) => ({
    title,
    nodes: known
      .filter(({ kind }) => (own as readonly string[]).includes(kind))
      .sort((a, b) => (traffic.get(b.id) ?? 0) - (traffic.get(a.id) ?? 0) || (a.id < b.id ? -1 : 1)),
  })).filter(({ nodes }) => nodes.length > 0);

  const boxes: PathBox[] = [];
  columns.forEach(({ nodes }, column) => {
    const x = MARGIN + column * (BOX.width + BOX.gapX);
    const shown = nodes.slice(0, BOXES_PER_COLUMN_MAX);
    const at = (row: number) => ({ x, y: HEADER + MARGIN + row * (BOX.height + BOX.gapY), ...size });
    shown.forEach(({ id, kind }, row) => {
      boxes.push({ node: id, kind, label: short(titleOf(id) ?? kinds.get(id)?.name ?? id), ...at(row) });
    });
    const more = nodes.length - shown.length;
    if (more > 0) boxes.push({ node: null, kind: 'more', label: `and ${more} more`, ...at(shown.length) });
  });
  const boxOf = new Map(boxes.flatMap((box) => (box.node === null ? [] : [[box.node, box] as const])));
  const rows = Math.max(1, ...columns.map(({ nodes }) => Math.min(nodes.length, BOXES_PER_COLUMN_MAX + 1)));
  return {
    width: 2 * MARGIN + columns.length * BOX.width + Math.max(0, columns.length - 1) * BOX.gapX,
    height: HEADER + 2 * MARGIN + rows * (BOX.height + BOX.gapY),
    columns: columns.map(({ title }, column) => ({ title, x: MARGIN + column * (BOX.width + BOX.gapX) })),
    boxes,
    lines: joined(lineage).flatMap(({ from, to, count, possible }) => {
      const [start, end] = [boxOf.get(from), boxOf.get(to)];
      return start && end ? [{ from, to, count, possible, d: curve(start, end) }] : [];
    }),
  };
}

const size = { width: BOX.width, height: BOX.height };

/** One line per direction between two nodes, in the direction in which data moved: a read is drawn out of its store. */
function joined(lineage: LineageAnswer) {
  const lines = new Map<string, { from: string; to: string; count: number; possible: boolean }>();
  for (const edge of lineage.edges) {
    const outOfPeer = edge.action === 'read' && /^(store|memory|queue):/.test(edge.to);
    const [from, to] = outOfPeer ? [edge.to, edge.from] : [edge.from, edge.to];
    if (from === to) continue;
    const key = JSON.stringify([from, to]);
    const line = lines.get(key) ?? { from, to, count: 0, possible: true };
    line.count += edge.count;
    line.possible &&= edge.confidence === 'possible';
    lines.set(key, line);
  }
  return [...lines.values()];
}

/** Forwards from side to side; backwards and within a column in a bow, so that no line hides behind a box. */
function curve(from: PathBox, to: PathBox): string {
  const middle = (box: PathBox) => box.y + box.height / 2;
  if (from.x < to.x) {
    const [x1, y1, x2, y2] = [from.x + from.width, middle(from), to.x, middle(to)];
    if (x2 - x1 === BOX.gapX) return wave(x1, y1, x2, y2);
    // Over columns in between it runs through the gap between two rows, or it would seem to go through their boxes.
    const row = BOX.height + BOX.gapY;
    const first = HEADER + MARGIN - BOX.gapY / 2;
    const gap = first + Math.max(0, Math.round(((y1 + y2) / 2 - first) / row)) * row;
    return `${wave(x1, y1, x1 + BOX.gapX, gap)}H${x2 - BOX.gapX}${wave(x2 - BOX.gapX, gap, x2, y2).replace(/^M\S+ [^C]+/, '')}`;
  }
  if (from.x === to.x) {
    const [x, y1, y2] = [from.x + from.width, middle(from) + 6, middle(to) - 6];
    return `M${x} ${y1}C${x + 44} ${y1} ${x + 44} ${y2} ${x} ${y2}`;
  }
  const [x1, y1, x2, y2] = [from.x, middle(from) + 8, to.x + to.width, middle(to) + 8];
  const bend = (x1 - x2) / 2;
  return `M${x1} ${y1}C${x1 - bend} ${y1} ${x2 + bend} ${y2} ${x2} ${y2}`;
}

function wave(x1: number, y1: number, x2: number, y2: number): string {
  const bend = (x2 - x1) / 2;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

/** A node that only an edge names; its id begins with its kind. */
function kindOf(id: string): NodeKind {
  const kind = id.slice(0, Math.max(0, id.indexOf(':')));
  return NODE_KINDS.find((each) => each === kind) ?? 'service';
}

function short(label: string): string {
  const characters = [...label];
  if (characters.length <= LABEL_CHARS_MAX) return label;
  // The end of a name tells more than its beginning: databases of one server differ there.
  return `…${characters.slice(1 - LABEL_CHARS_MAX).join('')}`;
}
