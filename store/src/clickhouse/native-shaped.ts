import { madeStream, type Stream } from './native-block.ts';
import { Dictionary, dictionaryStream } from './native-dictionary.ts';

/**
 * Columns whose value is the same for all rows of a kind. Spans of one place in a program differ in ids, times and a few
 * numbers; all else is said once per kind and written in one tight loop over `kindOf`, about a nanosecond a row.
 */
export interface KindedRows {
  readonly rows: number;
  /** Kind of each row, from 0; may be longer than `rows`. */
  readonly kindOf: Uint32Array;
}

/** Kinds and rows while they are being added. */
export class GrowingKinds<Kind> implements KindedRows {
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
export function textOfKind({ rows, kindOf }: KindedRows, texts: readonly string[]): Stream {
  const dictionary = new Dictionary();
  const codeOf = Uint32Array.from(texts, (text) => dictionary.code(text));
  return dictionaryStream(dictionary, rows, (codes) => {
    for (let row = 0; row < rows; row++) codes[row] = codeOf[kindOf[row] as number] as number;
  });
}

/** One byte a row: `Enum8`, `UInt8`, `Bool`. */
export function byteOfKind({ rows, kindOf }: KindedRows, values: readonly number[]): Stream {
  const byteOf = Uint8Array.from(values);
  return madeStream(rows, (out, at) => {
    for (let row = 0; row < rows; row++) out[at + row] = byteOf[kindOf[row] as number] as number;
  });
}

/** One little-endian number of `width` bytes a row: `UInt16`, `UInt32`, `Int64`. */
export function numberOfKind({ rows, kindOf }: KindedRows, width: 2 | 4 | 8, values: readonly number[]): Stream {
  const encoded = Buffer.alloc(values.length * width);
  values.forEach((value, kind) => {
    if (width === 8) encoded.writeBigInt64LE(int64(value), kind * width);
    else encoded.writeUIntLE(value, kind * width, width);
  });
  return madeStream(rows * width, (out, start) => {
    let at = start;
    for (let row = 0; row < rows; row++) {
      const from = (kindOf[row] as number) * width;
      for (let byte = 0; byte < width; byte++) out[at++] = encoded[from + byte] as number;
    }
  });
}

/** The same number in every row. */
export function constantNumber(rows: number, width: 2 | 4 | 8, value: number): Stream {
  return numberOfKind({ rows, kindOf: new Uint32Array(rows) }, width, [value]);
}

/** One `String` a row. */
export function stringOfKind({ rows, kindOf }: KindedRows, texts: readonly string[]): Stream {
  const encoded = texts.map((text) => stringBytes(text));
  let size = 0;
  for (let row = 0; row < rows; row++) size += encoded[kindOf[row] as number]?.length ?? 0;
  return madeStream(size, (out, start) => {
    let at = start;
    if (size === rows) out.fill(0, at, at + size);
    else for (let row = 0; row < rows; row++) at += encoded[kindOf[row] as number]?.copy(out, at) ?? 0;
  });
}

/** Lists of one length per kind. Several columns may share one `Lists`: those of one nested structure do. */
export interface Lists {
  readonly offsets: Stream;
  /** Of all rows together. */
  readonly items: number;
}

export function listsOfKind({ rows, kindOf }: KindedRows, lengths: readonly number[]): Lists {
  const lengthOf = Uint32Array.from(lengths);
  let items = 0;
  if (lengthOf.some((length) => length > 0)) {
    for (let row = 0; row < rows; row++) items += lengthOf[kindOf[row] as number] as number;
  }
  const offsets = madeStream(rows * 8, (out, start) => {
    if (items === 0) {
      out.fill(0, start, start + rows * 8);
      return;
    }
    const view = new DataView(out.buffer, out.byteOffset + start, rows * 8);
    let end = 0;
    for (let row = 0; row < rows; row++) {
      end += lengthOf[kindOf[row] as number] as number;
      view.setUint32(row * 8, end, true);
      view.setUint32(row * 8 + 4, 0, true);
    }
  });
  return { items, offsets };
}

/** The texts of all lists, one after the other, as dictionary codes. */
export function textsOfKind(
  { rows, kindOf }: KindedRows,
  { items }: Lists,
  texts: readonly (readonly string[])[],
): Stream {
  const dictionary = new Dictionary();
  const { starts, values } = flat(texts, (text) => dictionary.code(text));
  return dictionaryStream(dictionary, items, (codes) => {
    let at = 0;
    for (let row = 0; row < rows; row++) {
      const kind = kindOf[row] as number;
      const end = starts[kind + 1] as number;
      for (let from = starts[kind] as number; from < end; from++) codes[at++] = values[from] as number;
    }
  });
}

/** The bytes of all lists, one after the other: `Array(Enum8)`. */
export function bytesOfKind(
  { rows, kindOf }: KindedRows,
  { items }: Lists,
  lists: readonly (readonly number[])[],
): Stream {
  const { starts, values } = flat(lists, (value) => value);
  return madeStream(items, (out, start) => {
    let at = start;
    for (let row = 0; row < rows; row++) {
      const kind = kindOf[row] as number;
      const end = starts[kind + 1] as number;
      for (let from = starts[kind] as number; from < end; from++) out[at++] = values[from] as number;
    }
  });
}

function flat<T>(
  lists: readonly (readonly T[])[],
  codeOf: (item: T) => number,
): { starts: Uint32Array; values: Uint32Array } {
  const starts = new Uint32Array(lists.length + 1);
  const values: number[] = [];
  lists.forEach((list, index) => {
    for (const item of list) values.push(codeOf(item));
    starts[index + 1] = values.length;
  });
  return { starts, values: Uint32Array.from(values) };
}

/** An `Int64` from a number, cut to a whole one: an attribute that should be a count may come as 2.5. */
export function int64(value: number): bigint {
  return Number.isFinite(value) ? BigInt.asIntN(64, BigInt(Math.trunc(value))) : 0n;
}

function stringBytes(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head: number[] = [];
  let rest = bytes.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.from([...head, rest, ...bytes]);
}
