import { createHash } from 'node:crypto';
import type { FieldEntry } from '@vestige/core/package/answer';
import type { FieldNotice } from '@vestige/core/package/notice';
import { csvLine, fileSlug, safeJson } from '@vestige/core/package/safe-text';

export type DataRow = Readonly<Record<string, unknown>>;

/** The rows of one store as JSON lines, each value as it was delivered, and as a table that a spreadsheet opens safely. */
export interface DataFile {
  /** Without extension; made by us, so that no store name can leave the folder (zip-slip). */
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly FieldEntry[];
  /** The first rows, for the page. */
  readonly preview: readonly DataRow[];
  readonly sha256: string;
  jsonl(): Iterable<Buffer>;
  csv(): Iterable<Buffer>;
}

const PREVIEW_ROWS_MAX = 25;
/** Lines are joined to pieces of about this size: a buffer per row would cost more than the row. */
const PIECE_CHARS = 65_536;

/** @param lines one JSON object each, made by {@link rowLine} */
export function dataFile(
  index: number,
  node: string,
  lines: readonly string[],
  fields: readonly FieldNotice[],
  provenance: FieldEntry['provenance'],
): DataFile {
  const columns = new Map<string, Set<FieldEntry['types'][number]>>();
  for (const line of lines) {
    for (const [column, value] of Object.entries(JSON.parse(line) as DataRow)) {
      const types = columns.get(column) ?? new Set();
      columns.set(column, types.add(typeOf(value)));
    }
  }
  const declared = new Map(fields.map((field) => [field.name, field]));
  const names = [...columns.keys()];
  const jsonl = () => pieces(lines, (line) => `${line}\n`);
  return {
    name: `data/${String(index + 1).padStart(3, '0')}-${fileSlug(node)}`,
    rows: lines.length,
    columns: names.map((name) => {
      const field = declared.get(name);
      return {
        name,
        title: field?.title ?? null,
        category: field?.category ?? null,
        provenance: field?.provenance ?? provenance,
        types: [...(columns.get(name) ?? [])].sort(),
      };
    }),
    preview: lines.slice(0, PREVIEW_ROWS_MAX).map((line) => JSON.parse(line) as DataRow),
    sha256: hashOf(jsonl()),
    jsonl,
    *csv() {
      // The mark tells spreadsheets that the text is UTF-8; without it they read the local code page.
      yield Buffer.from(`\ufeff${names.length > 0 ? csvLine(names) : ''}`);
      yield* pieces(lines, (line) => {
        const row = new Map(Object.entries(JSON.parse(line) as DataRow));
        return csvLine(names.map((name) => row.get(name)));
      });
    },
  };
}

export const rowLine = (row: DataRow): string => safeJson(row);

/** The rows of a delivery, which `countRows` has checked: one JSON object a line. */
export function* deliveredRows(ndjson: Uint8Array): Iterable<DataRow> {
  const bytes = Buffer.from(ndjson.buffer, ndjson.byteOffset, ndjson.byteLength);
  let start = 0;
  while (start < bytes.length) {
    const next = bytes.indexOf(0x0a, start);
    const end = next === -1 ? bytes.length : next;
    const line = bytes.toString('utf8', start, end);
    if (line.trim() !== '') yield JSON.parse(line) as DataRow;
    start = end + 1;
  }
}

function* pieces(lines: readonly string[], textOf: (line: string) => string): Iterable<Buffer> {
  let piece = '';
  for (const line of lines) {
    piece += textOf(line);
    if (piece.length < PIECE_CHARS) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  if (piece !== '') yield Buffer.from(piece);
}

function hashOf(content: Iterable<Buffer>): string {
  const hash = createHash('sha256');
  for (const piece of content) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

function typeOf(value: unknown): FieldEntry['types'][number] {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}
