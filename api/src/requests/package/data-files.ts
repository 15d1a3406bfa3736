import { stringify } from 'csv-stringify/sync';

/** The rows of one store as the worker delivered them, and the same rows as a table that a spreadsheet opens safely. */
export interface DataFiles {
  /** Without extension; made by us, so that no store name can leave the folder (zip-slip). */
  readonly name: string;
  readonly jsonl: Buffer;
  readonly csv: Buffer;
}

export function dataFiles(index: number, node: string, ndjson: Uint8Array): DataFiles {
  const rows = Buffer.from(ndjson)
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    name: `data/${String(index + 1).padStart(3, '0')}-${slug(node)}`,
    jsonl: Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
    csv: Buffer.from(asCsv(rows)),
  };
}

/** Cells that a spreadsheet would run as a formula get a leading apostrophe (CWE-1236). */
function asCsv(rows: readonly Record<string, unknown>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) return '';
  const cells = rows.map((row) => columns.map((column) => cell(row[column])));
  return stringify([columns, ...cells], { escape_formulas: true, record_delimiter: 'windows' });
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function slug(node: string): string {
  return (
    node
      .replaceAll(/[^A-Za-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(-60) || 'store'
  );
}
