import { counted } from '@vestige/core/package/plain-words';
import { html } from 'hono/html';
import { code, type Piece, table, text } from './document.ts';
import type { ShownFile } from './package-files.ts';

/** The first rows of each file as a table, so that a person need not open a file to see what is in it. */
const COLUMNS_MAX = 12;
const CELL_CHARS_MAX = 240;

export function dataPreviews(files: readonly ShownFile[], titleOf: (node: string) => string | null): Piece {
  return html`${files.map((file) => preview(file, titleOf(file.store)))}`;
}

function preview({ store, file, csv, rows, columns, preview: shown }: ShownFile, title: string | null): Piece {
  const visible = columns.slice(0, COLUMNS_MAX);
  const head = visible.map(({ name, title: words }) => words ?? text(name));
  const more = [
    shown.length < rows ? counted(rows - shown.length, 'more row') : '',
    visible.length < columns.length ? counted(columns.length - visible.length, 'more column') : '',
  ].filter((part) => part !== '');
  const rest = more.length === 0 ? '' : `; ${more.join(' and ')} in the files`;
  return html`<h3>${text(title ?? store)}</h3>
<p class="note">${title === null ? '' : html`${code(store)} · `}${counted(rows, 'row')}, all of them: <a href="${csv}">for a spreadsheet</a>, <a href="${file}">as JSON lines</a>.</p>
${
  shown.length === 0
    ? ''
    : table(
        `${shown.length === rows ? counted(rows, 'row') : `The first ${shown.length} of ${rows} rows`}${rest}`,
        head,
        shown.map((row) => visible.map(({ name }) => cell(row[name]))),
        'rows',
      )
}`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const shown = text(typeof value === 'string' ? value : JSON.stringify(value));
  const characters = [...shown];
  return characters.length <= CELL_CHARS_MAX ? shown : `${characters.slice(0, CELL_CHARS_MAX).join('')} …`;
}
