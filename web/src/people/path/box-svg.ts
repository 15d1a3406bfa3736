import { people } from '../../texts/en-people.ts';
import type { Colours } from './colours.ts';
import { BOX } from './column-layout.ts';
import type { PathNode } from './graph.ts';

/** As many characters as fit beside the band. */
const LABEL_CHARS_MAX = 21;
const DETAIL_CHARS_MAX = 27;
const FONT = 'system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, sans-serif';

/** The two lines of a box, as much of them as fits. */
export function boxWords(node: PathNode): { label: string; detail: string } {
  const parts = node.members > 1 ? people.path.members(node.members) : '';
  const detail = [parts, node.detail || people.path.kinds[node.kind]].filter(Boolean).join(' · ');
  return { label: shortened(node.label, LABEL_CHARS_MAX), detail: shortened(detail, DETAIL_CHARS_MAX) };
}

/** One box of the exported file, as paint.ts paints it; without the `<svg>` around it. */
export function boxSvg(node: PathNode, colours: Colours): string {
  const { width, height } = BOX;
  const { label, detail } = boxWords(node);
  const stack =
    node.members > 1
      ? `<rect x="4.5" y="4.5" width="${width - 9}" height="${height - 5}" rx="6" fill="${colours.surface}" stroke="${colours.line}"/>`
      : '';
  const bottom = node.members > 1 ? 4 : 1;
  return (
    `${stack}<rect x="1" y="1" width="${width - 2}" height="${height - 1 - bottom}" rx="6" fill="${colours.surface}" stroke="${colours.line}"/>` +
    `<path d="M7 1 a6 6 0 0 0 -6 6 V${height - bottom - 6} a6 6 0 0 0 6 6 Z" fill="${colours.columns[node.column]}"/>` +
    `<text x="14" y="17" font-family="${FONT}" font-size="12" font-weight="600" fill="${colours.ink}">${escaped(label)}</text>` +
    `<text x="14" y="31" font-family="${FONT}" font-size="10" fill="${colours.inkSoft}">${escaped(detail)}</text>`
  );
}

/** The middle gives way: both ends of a name tell it apart from its neighbours. */
export function shortened(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const tail = Math.floor((charsMax - 1) / 3);
  return `${text.slice(0, charsMax - 1 - tail)}…${text.slice(-tail)}`;
}

/** Names come from spans: they are text in the file, never markup, whatever they hold. */
export const escaped = (text: string): string =>
  text
    // XML has no word for these at all.
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
