import { madeStream, type Stream } from './native-block.ts';
import { Dictionary, dictionaryStream } from './native-dictionary.ts';

/**
 * Columns whose value is the same for all rows of a kind. Spans of one place in a program differ in ids, times and a few
 * numbers; all else is said once per kind and written in one tight loop over `kindOf`, about a nanosecond a row.
 *
 * A request of a thousand spans has some two hundred kinds and forty columns of them, so what is done per kind counts as
 * much as what is done per row: plain loops and plain arrays, and one value for all kinds is filled in.
 */
export interface KindedRows<Kind> {
  readonly rows: number;
  readonly kinds: readonly Kind[];
  /** Number in `kinds` of each row; may be longer than `rows`. */
  readonly kindOf: Uint32Array;
}

/** Kinds and rows while they are being added. */
export class GrowingKinds<Kind> implements KindedRows<Kind> {
  rows = 0;
  kindOf = new Uint32Array(16);
  readonly kinds: Kind[] = [];

  /** @returns the number of the first of these; the others follow it */
  take(kinds: readonly Kind[]): number {
    const first = this.kinds.length;
    for (const kind of kinds) this.kinds.push(kind);
    return first;
  }

  clear(): void {
    this.rows = 0;
    this.kinds.length = 0;
  }

  add(kind: number): void {
    if (this.rows === this.kindOf.length) {
      const grown = new Uint32Array(this.rows * 2);
      grown.set(this.kindOf);
      this.kindOf = grown;
    }
    this.kindOf[this.rows++] = kind;
  }
}

/** One `LowCardinality(String)` a row. */
export function textOfKind<Kind>({ rows, kinds, kindOf }: KindedRows<Kind>, textOf: (kind: Kind) => string): Stream {
  const dictionary = new Dictionary();
  const codeOf: number[] = [];
  for (const kind of kinds) codeOf.push(dictionary.code(textOf(kind)));
  const only = onlyOf(codeOf);
  return dictionaryStream(dictionary, rows, (codes) => {
    if (only >= 0) codes.fill(only);
    else for (let row = 0; row < rows; row++) codes[row] = codeOf[kindOf[row] as number] as number;
  });
}

/** One byte a row: `Enum8`, `UInt8`, `Bool`. */
export function byteOfKind<Kind>({ rows, kinds, kindOf }: KindedRows<Kind>, byteOf: (kind: Kind) => number): Stream {
  const bytes: number[] = [];
  for (const kind of kinds) bytes.push(byteOf(kind));
  const only = onlyOf(bytes);
  return madeStream(rows, (out, at) => {
    if (only >= 0) out.fill(only, at, at + rows);
    else for (let row = 0; row < rows; row++) out[at + row] = bytes[kindOf[row] as number] as number;
  });
}

/** One little-endian `UInt16` a row. */
export function smallOfKind<Kind>({ rows, kinds, kindOf }: KindedRows<Kind>, numberOf: (kind: Kind) => number): Stream {
  const numbers: number[] = [];
  for (const kind of kinds) numbers.push(numberOf(kind));
  return madeStream(rows * 2, (out, start) => {
    const view = viewAt(out, start, rows * 2);
    for (let row = 0; row < rows; row++) view.setUint16(row * 2, numbers[kindOf[row] as number] as number, true);
  });
}

/** One `Int64` a row, of numbers that may be anything: see {@link int64}. */
export function longOfKind<Kind>({ rows, kinds, kindOf }: KindedRows<Kind>, numberOf: (kind: Kind) => number): Stream {
  const lows: number[] = [];
  const highs: number[] = [];
  for (const kind of kinds) {
    const number = numberOf(kind);
    const isSmall = (number | 0) === number;
    lows.push(isSmall ? number : Number(BigInt.asIntN(32, int64(number))));
    highs.push(isSmall ? number >> 31 : Number(BigInt.asIntN(32, int64(number) >> 32n)));
  }
  return madeStream(rows * 8, (out, start) => {
    const view = viewAt(out, start, rows * 8);
    for (let row = 0; row < rows; row++) {
      const kind = kindOf[row] as number;
      view.setInt32(row * 8, lows[kind] as number, true);
      view.setInt32(row * 8 + 4, highs[kind] as number, true);
    }
  });
}

/** The same `UInt32` in every row. */
export function sameNumber(rows: number, number: number): Stream {
  return madeStream(rows * 4, (out, start) => {
    const view = viewAt(out, start, rows * 4);
    for (let row = 0; row < rows; row++) view.setUint32(row * 4, number, true);
  });
}

/** One `String` a row. */
export function stringOfKind<Kind>({ rows, kinds, kindOf }: KindedRows<Kind>, textOf: (kind: Kind) => string): Stream {
  const encoded: Buffer[] = [];
  let isEmpty = true;
  for (const kind of kinds) {
    const bytes = stringBytes(textOf(kind));
    if (bytes !== EMPTY_STRING) isEmpty = false;
    encoded.push(bytes);
  }
  let size = rows;
  if (!isEmpty) {
    size = 0;
    for (let row = 0; row < rows; row++) size += (encoded[kindOf[row] as number] as Buffer).length;
  }
  return madeStream(size, (out, start) => {
    let at = start;
    if (isEmpty) out.fill(0, at, at + size);
    else for (let row = 0; row < rows; row++) at += (encoded[kindOf[row] as number] as Buffer).copy(out, at);
  });
}

/** Lists of one length per kind. Several columns may share one `Lists`: those of one nested structure do. */
export interface Lists {
  readonly offsets: Stream;
  /** Of all rows together. */
  readonly items: number;
}

export function listsOfKind<Kind>({ rows, kinds, kindOf }: KindedRows<Kind>, lengthOf: (kind: Kind) => number): Lists {
  const lengths: number[] = [];
  let longest = 0;
  for (const kind of kinds) {
    const length = lengthOf(kind);
    if (length > longest) longest = length;
    lengths.push(length);
  }
  let items = 0;
  if (longest > 0) for (let row = 0; row < rows; row++) items += lengths[kindOf[row] as number] as number;
  const offsets = madeStream(rows * 8, (out, start) => {
    if (items === 0) {
      out.fill(0, start, start + rows * 8);
      return;
    }
    const view = viewAt(out, start, rows * 8);
    let end = 0;
    for (let row = 0; row < rows; row++) {
      end += lengths[kindOf[row] as number] as number;
      view.setUint32(row * 8, end, true);
      view.setUint32(row * 8 + 4, 0, true);
    }
  });
  return { items, offsets };
}

/** The texts of all lists, one after the other, as dictionary codes. */
export function textsOfKind<Kind>(
  { rows, kinds, kindOf }: KindedRows<Kind>,
  { items }: Lists,
  textsOf: (kind: Kind) => readonly string[],
): Stream {
  const dictionary = new Dictionary();
  const starts = [0];
  const codesOf: number[] = [];
  if (items > 0) {
    for (const kind of kinds) {
      for (const text of textsOf(kind)) codesOf.push(dictionary.code(text));
      starts.push(codesOf.length);
    }
  }
  return dictionaryStream(dictionary, items, (codes) => {
    let at = 0;
    for (let row = 0; row < rows; row++) {
      const kind = kindOf[row] as number;
      const end = starts[kind + 1] as number;
      for (let from = starts[kind] as number; from < end; from++) codes[at++] = codesOf[from] as number;
    }
  });
}

/** The bytes of all lists, one after the other: `Array(Enum8)`. */
export function bytesOfKind<Kind>(
  { rows, kinds, kindOf }: KindedRows<Kind>,
  { items }: Lists,
  bytesOf: (kind: Kind) => readonly number[],
): Stream {
  const lists: (readonly number[])[] = [];
  if (items > 0) for (const kind of kinds) lists.push(bytesOf(kind));
  return madeStream(items, (out, start) => {
    if (items === 0) return;
    let at = start;
    for (let row = 0; row < rows; row++) {
      const list = lists[kindOf[row] as number] as readonly number[];
      for (let index = 0; index < list.length; index++) out[at++] = list[index] as number;
    }
  });
}

/** An `Int64` from a number, cut to a whole one: an attribute that should be a count may come as 2.5. */
function int64(value: number): bigint {
  return Number.isFinite(value) ? BigInt.asIntN(64, BigInt(Math.trunc(value))) : 0n;
}

/** The one number (0 or more) that all of these are; -1 when they are several, or none. */
function onlyOf(numbers: readonly number[]): number {
  const first = numbers[0] ?? -1;
  for (const number of numbers) if (number !== first) return -1;
  return first;
}

function viewAt(out: Buffer, start: number, count: number): DataView {
  return new DataView(out.buffer, out.byteOffset + start, count);
}

const EMPTY_STRING = Buffer.alloc(1);

function stringBytes(text: string): Buffer {
  if (text === '') return EMPTY_STRING;
  const bytes = Buffer.from(text);
  const head: number[] = [];
  let rest = bytes.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.from([...head, rest, ...bytes]);
}
