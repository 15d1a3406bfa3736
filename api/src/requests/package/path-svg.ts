import type { LineageAnswer } from '@vestige/core/lineage/answer';
import { type PathBox, pathPicture } from '@vestige/core/package/path-picture';
import { html } from 'hono/html';
import { type Piece, text } from './document.ts';

const CLASSES: Readonly<Record<string, string>> = {
  client: 'client',
  store: 'keeps',
  memory: 'keeps',
  queue: 'keeps',
  recipient: 'receives',
};

/** The way of the data as a picture; the sections below it say the same in words. */
export function pathFigure(lineage: LineageAnswer, titleOf: (node: string) => string | null): Piece {
  const { width, height, columns, boxes, lines } = pathPicture(lineage, titleOf);
  if (boxes.length === 0) return '';
  const busiest = Math.max(...lines.map(({ count }) => count), 1);
  return html`<figure>
<svg width="${width}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="path-title path-desc" xmlns="http://www.w3.org/2000/svg">
<title id="path-title">The path of your data</title>
<desc id="path-desc">${describe(columns, boxes)}</desc>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse" markerUnits="userSpaceOnUse"><path d="M0 .8 7.2 4 0 7.2z" fill="#5c6c7b"/></marker></defs>
${columns.map(({ title, x }) => html`<text class="head" x="${x}" y="22">${title}</text>`)}
${lines.map(({ d, count, possible }) => html`<path class="${possible ? 'line possible' : 'line'}" d="${d}" stroke-width="${widthOf(count, busiest)}" marker-end="url(#tip)"/>`)}
${boxes.map((box) => html`<g class="${CLASSES[box.kind] ?? 'works'}"><title>${text(box.node ?? box.label)}</title><rect class="box" x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="6"/><text x="${box.x + 10}" y="${box.y + box.height / 2 + 4.5}">${text(box.label)}</text></g>`)}
</svg>
<figcaption class="note">Read from left to right. Thicker lines carried data more often. A dashed line is possible, not certain: a job that copies whole tables ran there.</figcaption>
</figure>`;
}

const widthOf = (count: number, busiest: number): string =>
  (1 + 2 * (Math.log1p(count) / Math.log1p(busiest))).toFixed(2);

function describe(columns: readonly { title: string; x: number }[], boxes: readonly PathBox[]): string {
  return columns
    .map(
      ({ title, x }) =>
        `${title}: ${boxes
          .filter((box) => box.x === x)
          .map(({ label }) => text(label))
          .join(', ')}.`,
    )
    .join(' ');
}
