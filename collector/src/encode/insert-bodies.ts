import type { InsertBlock } from '@vestige/store/clickhouse/client';
import { mergeRows, readNativeRows, selectRows, writeNativeRows } from '@vestige/store/clickhouse/native-rows';
import { LINK_COLUMNS, RECORD_TOUCH_COLUMNS, SPAN_COLUMNS, TOUCH_COLUMNS } from '@vestige/store/events/event-blocks';
import type { EncodedBlocks } from '@vestige/store/events/event-store';
import { subjectColumn } from '@vestige/store/events/touch-columns';
import type { Section, SectionTable } from './payload.ts';

const COLUMNS: Readonly<Record<SectionTable, readonly string[]>> = {
  spans: SPAN_COLUMNS,
  record_touches: RECORD_TOUCH_COLUMNS,
  links_in: LINK_COLUMNS,
  touches: TOUCH_COLUMNS,
};

/** As of `event-blocks.ts`: a body is one block of the table, written whole or not at all. */
const ROWS_MAX = 50_000;
const BYTES_MAX = 32 * 1024 * 1024;
/** Below this the server takes longer to begin a block than we to merge it with its neighbours (ADR 0030). */
const ROWS_ALONE_MIN = 256;
const SUBJECT_BYTES = 16;

interface Piece {
  readonly rows: number;
  readonly block: Uint8Array;
  /** For `touches`. */
  readonly subjects: Uint8Array;
}

/** Blocks of several records as insert bodies: one for each table and partition, mostly by laying them end to end. */
export class InsertBodies {
  readonly #pieces = new Map<string, { readonly table: SectionTable; readonly pieces: Piece[] }>();

  /** @param rows that are kept; null for all */
  add(section: Section, rows: Uint32Array | null): void {
    this.#add(section, rows, NO_BYTES);
  }

  /** @param subjects 16 bytes for each row */
  addTouches(section: Section, rows: Uint32Array | null, subjects: Uint8Array): void {
    if (rows === null || rows.length <= ROWS_MAX) {
      this.#add(section, rows, subjects);
      return;
    }
    // A set of subjects may name a hundred thousand people on one span.
    for (let start = 0; start < rows.length; start += ROWS_MAX) {
      const end = start + ROWS_MAX;
      this.#add(section, rows.subarray(start, end), subjects.subarray(start * SUBJECT_BYTES, end * SUBJECT_BYTES));
    }
  }

  #add(section: Section, rows: Uint32Array | null, subjects: Uint8Array): void {
    const { table, period } = section;
    const count = rows?.length ?? section.rows;
    if (count === 0) return;
    const key = `${table} ${period}`;
    let body = this.#pieces.get(key);
    if (body === undefined) {
      body = { table, pieces: [] };
      this.#pieces.set(key, body);
    }
    const block =
      rows === null ? section.block : writeNativeRows(selectRows(readNativeRows(section.block, toCome(table)), rows));
    body.pieces.push({ rows: count, block, subjects });
  }

  blocks(): EncodedBlocks {
    const first: InsertBlock[] = [];
    const last: InsertBlock[] = [];
    for (const { table, pieces } of this.#pieces.values()) {
      for (const part of parts(pieces)) (table === 'touches' ? last : first).push(insertBlock(table, part));
    }
    return { first, last };
  }
}

const NO_BYTES = new Uint8Array(0);
const toCome = (table: SectionTable) => (table === 'touches' ? 1 : 0);

/** Cut by rows and bytes, in order. */
function* parts(pieces: readonly Piece[]): Generator<Piece[]> {
  let part: Piece[] = [];
  let rows = 0;
  let bytes = 0;
  for (const piece of pieces) {
    const pieceBytes = piece.block.length + piece.subjects.length;
    if (part.length > 0 && (rows + piece.rows > ROWS_MAX || bytes + pieceBytes > BYTES_MAX)) {
      yield part;
      part = [];
      rows = 0;
      bytes = 0;
    }
    part.push(piece);
    rows += piece.rows;
    bytes += pieceBytes;
  }
  if (part.length > 0) yield part;
}

function insertBlock(table: SectionTable, pieces: readonly Piece[]): InsertBlock {
  const body = merged(table, pieces).flatMap(({ block, subjects }) =>
    table === 'touches' ? [block, ...subjectColumn(subjects)] : [block],
  );
  const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
  return { table, columns: COLUMNS[table], format: 'Native', body, rows };
}

/** Small pieces that follow each other become one. */
function merged(table: SectionTable, pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  let small: Piece[] = [];
  const flush = () => {
    const [only] = small;
    if (small.length === 1 && only !== undefined) result.push(only);
    else if (small.length > 1) result.push(mergedPiece(table, small));
    small = [];
  };
  for (const piece of pieces) {
    if (piece.rows < ROWS_ALONE_MIN) small.push(piece);
    else {
      flush();
      result.push(piece);
    }
  }
  flush();
  return result;
}

function mergedPiece(table: SectionTable, pieces: readonly Piece[]): Piece {
  const rows = mergeRows(pieces.map(({ block }) => readNativeRows(block, toCome(table))));
  return {
    rows: rows.rows,
    block: writeNativeRows(rows),
    subjects: Buffer.concat(pieces.map(({ subjects }) => subjects)),
  };
}
