import { people } from '../../texts/en-people.ts';
import { boxSvg, escaped } from './box-svg.ts';
import type { Colours } from './colours.ts';
import { BOX, type Point, type Positions } from './column-layout.ts';
import { curveBetween, middleOf } from './edge-curve.ts';
import { CONFIDENCES, type Confidence, type PathEdge, type PathGraph } from './graph.ts';
import { headings } from './headings.ts';
import { STROKES } from './strokes.ts';

const MARGIN = 32;
const FOOT = 64;
const FONT = 'system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, sans-serif';

/**
 * The picture as a file of its own: the same boxes and lines, the legend, and what the answer cannot know, because a
 * picture travels without the page around it.
 */
export function pathSvg(graph: PathGraph, positions: Positions, colours: Colours, statement: string): string {
  const points = [...positions.values()];
  const left = Math.min(0, ...points.map(({ x }) => x - BOX.width / 2)) - MARGIN;
  const right = Math.max(600, ...points.map(({ x }) => x + BOX.width / 2)) + MARGIN;
  const top = Math.min(0, ...points.map(({ y }) => y - BOX.height / 2)) - MARGIN - 40;
  const bottom = Math.max(0, ...points.map(({ y }) => y + BOX.height / 2)) + MARGIN;
  const lines = wrapped(statement, Math.floor((right - left - 2 * MARGIN) / 6));
  const height = bottom - top + FOOT + lines.length * 16;
  const width = right - left;
  const size = `width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
    `<title>${escaped(people.path.summary(graph.nodes.length, graph.edges.length))}</title>`,
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${colours.surface}"/>`,
    ...headings(graph.nodes, positions).map(({ column, x, y }) =>
      said(people.path.columns[column], x - BOX.width / 2, y, 12, colours.columns[column], 600),
    ),
    ...graph.edges.map((edge) => lineSvg(edge, positions, colours)),
    ...graph.nodes.map((node) => {
      const { x, y } = positions.get(node.id) ?? { x: 0, y: 0 };
      return `<g transform="translate(${round(x - BOX.width / 2)} ${round(y - BOX.height / 2)})">${boxSvg(node, colours)}</g>`;
    }),
    ...CONFIDENCES.map((confidence, i) => legendSvg(confidence, left + MARGIN + i * 140, bottom + 16, colours)),
    ...lines.map((line, i) => said(line, left + MARGIN, bottom + FOOT - 16 + i * 16, 11, colours.inkSoft, 400)),
    '</svg>',
  ].join('\n');
}

function lineSvg(edge: PathEdge, positions: Positions, colours: Colours): string {
  const [from, to] = [positions.get(edge.from), positions.get(edge.to)];
  if (from === undefined || to === undefined) return '';
  const curve = curveBetween(from, to);
  const path = `M${at(curve.start)} Q${at(curve.bend1)} ${at(middleOf(curve))} Q${at(curve.bend2)} ${at(curve.end)}`;
  const colour = edge.actions.every((action) => action === 'delete') ? colours.bad : colours.edge;
  const { width, dash } = STROKES[edge.confidence];
  // The end is flat, since every line comes in level.
  const back = curve.end.x < curve.bend2.x ? 7 : -7;
  const { x, y } = curve.end;
  return (
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}"${dashed(dash)}/>` +
    `<path d="M${at(curve.end)} L${at({ x: x + back, y: y - 4 })} L${at({ x: x + back, y: y + 4 })} Z" fill="${colour}"/>`
  );
}

function legendSvg(confidence: Confidence, x: number, y: number, colours: Colours): string {
  const { width, dash } = STROKES[confidence];
  return (
    `<path d="M${round(x)} ${round(y)} h32" fill="none" stroke="${colours.edge}" stroke-width="${width}"${dashed(dash)}/>` +
    said(people.path.confidences[confidence].name, x + 40, y + 4, 11, colours.ink, 400)
  );
}

const said = (text: string, x: number, y: number, size: number, colour: string, weight: number) =>
  `<text x="${round(x)}" y="${round(y)}" font-family="${FONT}" font-size="${size}" font-weight="${weight}" fill="${colour}">${escaped(text)}</text>`;
const dashed = (dash: readonly number[]) => (dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`);
const round = (value: number) => Math.round(value * 10) / 10;
const at = ({ x, y }: Point) => `${round(x)} ${round(y)}`;

export function wrapped(text: string, charsMax: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > charsMax) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
