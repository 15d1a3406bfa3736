import { VestigeError } from '@vestige/core/errors';

/**
 * Reads Native blocks that this code wrote, to leave rows out, to repeat some, or to make one block of many. Rare work:
 * an erased person's spans, sets of subjects, and very small requests. Knows the types of the event tables and no others.
 */
export interface NativeRows {
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly values: Values }[];
  /** Columns that the block's header counts and somebody appends later. */
  readonly columnsToCome: number;
}

/** The values of a column, or of a part of one. */
type Values =
  | { readonly kind: 'fixed'; readonly width: number; readonly bytes: Uint8Array }
  /** `ends` of each string, its length before it included. */
  | { readonly kind: 'string'; readonly bytes: Uint8Array; readonly ends: Uint32Array }
  | { readonly kind: 'dictionary'; readonly keys: readonly Uint8Array[]; readonly codes: Uint32Array }
  /** An `Array` has one kind of item, a `Map` two. */
  | { readonly kind: 'list'; readonly ends: Uint32Array; readonly items: readonly Values[] };

/** @throws VestigeError `internal` for bytes that are no such block */
export function readNativeRows(block: Uint8Array, columnsToCome = 0): NativeRows {
  const reader = new BlockReader(block);
  const columnCount = reader.varint() - columnsToCome;
  const rows = reader.varint();
  const columns = Array.from({ length: columnCount }, () => {
    const name = reader.text();
    const type = reader.text();
    const shape = shapeOf(type);
    reader.skip(8 * dictionariesIn(shape));
    return { name, type, values: reader.values(shape, rows) };
  });
  reader.end();
  return { rows, columns, columnsToCome };
}

/** These rows, in this order; a row may be named more than once. */
export function selectRows({ columns, columnsToCome }: NativeRows, rows: Uint32Array): NativeRows {
  return {
    rows: rows.length,
    columns: columns.map((column) => ({ ...column, values: select(column.values, rows) })),
    columnsToCome,
  };
}

/** All rows of some blocks of the same columns. */
export function mergeRows(blocks: readonly NativeRows[]): NativeRows {
  const [first] = blocks;
  if (first === undefined) throw new VestigeError('internal', 'no block to merge');
  return {
    rows: blocks.reduce((sum, { rows }) => sum + rows, 0),
    columns: first.columns.map((column, index) => ({
      ...column,
      values: merge(
        blocks.map(({ columns }) => {
          const other = columns[index];
          if (other?.name !== column.name || other.type !== column.type) {
            throw new VestigeError('internal', 'blocks of different columns cannot be merged');
          }
          return other.values;
        }),
      ),
    })),
    columnsToCome: first.columnsToCome,
  };
}

export function writeNativeRows({ rows, columns, columnsToCome }: NativeRows): Buffer {
  const pieces: Uint8Array[] = [varint(columns.length + columnsToCome), varint(rows)];
  for (const { name, type, values } of columns) {
    pieces.push(string(name), string(type));
    for (let left = dictionariesIn(shapeOf(type)); left > 0; left--) pieces.push(u64(1));
    write(values, pieces);
  }
  return Buffer.concat(pieces);
}

type Shape = number | 'string' | 'dictionary' | { readonly items: readonly Shape[] };

const WIDTHS: Readonly<Record<string, number>> = { UInt8: 1, Bool: 1, UInt16: 2, UInt32: 4, Int64: 8 };

const shapes = new Map<string, Shape>();

/** The same few types for ever. */
function shapeOf(type: string): Shape {
  let shape = shapes.get(type);
  if (shape === undefined) {
    shape = parsedShape(type);
    shapes.set(type, shape);
  }
  return shape;
}

function parsedShape(type: string): Shape {
  const width = WIDTHS[type];
  if (width !== undefined) return width;
  if (type === 'String') return 'string';
  if (type === 'LowCardinality(String)') return 'dictionary';
  if (type.startsWith('Enum8(')) return 1;
  if (type.startsWith('DateTime64(')) return 8;
  const fixed = /^FixedString\((\d+)\)$/.exec(type);
  if (fixed !== null) return Number(fixed[1]);
  const list = /^Array\((.*)\)$/.exec(type);
  if (list !== null) return { items: [shapeOf(list[1] ?? '')] };
  if (type === 'Map(LowCardinality(String), String)') return { items: ['dictionary', 'string'] };
  throw new VestigeError('internal', `a column of type ${type} cannot be read`);
}

function dictionariesIn(shape: Shape): number {
  if (shape === 'dictionary') return 1;
  if (typeof shape !== 'object') return 0;
  return shape.items.reduce<number>((sum, item) => sum + dictionariesIn(item), 0);
}

class BlockReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  values(shape: Shape, count: number): Values {
    if (typeof shape === 'number') return { kind: 'fixed', width: shape, bytes: this.#take(shape * count) };
    if (shape === 'string') return this.#strings(count);
    if (shape === 'dictionary') return this.#dictionary(count);
    const ends = new Uint32Array(count);
    for (let index = 0; index < count; index++) ends[index] = this.#u64();
    const items = ends[count - 1] ?? 0;
    return { kind: 'list', ends, items: shape.items.map((item) => this.values(item, items)) };
  }

  #strings(count: number): Values {
    const start = this.#at;
    const ends = new Uint32Array(count);
    for (let index = 0; index < count; index++) {
      this.skip(this.varint());
      ends[index] = this.#at - start;
    }
    return { kind: 'string', bytes: this.#bytes.subarray(start, this.#at), ends };
  }

  #dictionary(count: number): Values {
    if (count === 0) return { kind: 'dictionary', keys: [], codes: new Uint32Array(0) };
    const width = 1 << (this.#u64() & 0xff);
    const keys = Array.from({ length: this.#u64() }, () => this.#take(this.varint()));
    if (this.#u64() !== count) throw damaged();
    const bytes = this.#take(width * count);
    const codes = new Uint32Array(count);
    for (let index = 0; index < count; index++) {
      codes[index] = width === 1 ? (bytes[index] as number) : bytes.readUIntLE(index * width, width);
    }
    return { kind: 'dictionary', keys, codes };
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw damaged();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw damaged();
  }

  text(): string {
    const length = this.varint();
    this.skip(length);
    return this.#bytes.toString('latin1', this.#at - length, this.#at);
  }

  skip(count: number): void {
    this.#at += count;
    if (this.#at > this.#bytes.length) throw damaged();
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw damaged();
  }

  /** No count of ours has a high word. */
  #u64(): number {
    const at = this.#at;
    this.skip(8);
    if (this.#bytes.readUInt32LE(at + 4) !== 0) throw damaged();
    return this.#bytes.readUInt32LE(at);
  }

  #take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw damaged();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

const damaged = () => new VestigeError('internal', 'a block of rows is damaged');

function select(values: Values, rows: Uint32Array): Values {
  switch (values.kind) {
    case 'fixed': {
      const { width, bytes } = values;
      const picked = Buffer.allocUnsafe(rows.length * width);
      for (const [index, row] of rows.entries()) {
        picked.set(bytes.subarray(row * width, (row + 1) * width), index * width);
      }
      return { kind: 'fixed', width, bytes: picked };
    }
    case 'string': {
      const { bytes, ends } = values;
      const pieces = Array.from(rows, (row) => bytes.subarray(ends[row - 1] ?? 0, ends[row]));
      return { kind: 'string', bytes: Buffer.concat(pieces), ends: ended(pieces.map(({ length }) => length)) };
    }
    case 'dictionary':
      return { ...values, codes: rows.map((row) => values.codes[row] ?? 0) };
    case 'list': {
      const inner: number[] = [];
      const lengths: number[] = [];
      for (const row of rows) {
        const start = values.ends[row - 1] ?? 0;
        const end = values.ends[row] ?? 0;
        lengths.push(end - start);
        for (let item = start; item < end; item++) inner.push(item);
      }
      const picked = Uint32Array.from(inner);
      return { kind: 'list', ends: ended(lengths), items: values.items.map((items) => select(items, picked)) };
    }
  }
}

function merge(parts: readonly Values[]): Values {
  const [first] = parts;
  switch (first?.kind) {
    case 'fixed':
      return { ...first, bytes: Buffer.concat(parts.map((part) => (part.kind === 'fixed' ? part.bytes : NO_BYTES))) };
    case 'string': {
      const strings = parts.filter((part) => part.kind === 'string');
      return {
        kind: 'string',
        bytes: Buffer.concat(strings.map(({ bytes }) => bytes)),
        ends: joined(strings.map(({ ends }) => ends)),
      };
    }
    case 'dictionary':
      return mergeDictionaries(parts.filter((part) => part.kind === 'dictionary'));
    case 'list': {
      const lists = parts.filter((part) => part.kind === 'list');
      return {
        kind: 'list',
        ends: joined(lists.map(({ ends }) => ends)),
        items: first.items.map((_, index) => merge(lists.flatMap(({ items }) => items[index] ?? []))),
      };
    }
    default:
      throw damaged();
  }
}

const NO_BYTES = new Uint8Array(0);

function mergeDictionaries(parts: readonly Extract<Values, { kind: 'dictionary' }>[]): Values {
  const codeOf = new Map<string, number>();
  const keys: Uint8Array[] = [];
  const codes = new Uint32Array(parts.reduce((sum, part) => sum + part.codes.length, 0));
  let at = 0;
  for (const part of parts) {
    const translated = part.keys.map((key) => {
      const text = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
      let code = codeOf.get(text);
      if (code === undefined) {
        code = keys.push(key) - 1;
        codeOf.set(text, code);
      }
      return code;
    });
    for (const code of part.codes) codes[at++] = translated[code] ?? 0;
  }
  return { kind: 'dictionary', keys, codes };
}

/** Lengths as ends. */
function ended(lengths: readonly number[]): Uint32Array {
  let end = 0;
  return Uint32Array.from(lengths, (length) => (end += length));
}

/** The ends of several lists as those of one. */
function joined(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  let base = 0;
  for (const ends of parts) {
    for (const end of ends) all[at++] = base + end;
    base += ends.at(-1) ?? 0;
  }
  return all;
}

function write(values: Values, pieces: Uint8Array[]): void {
  switch (values.kind) {
    case 'fixed':
    case 'string':
      pieces.push(values.bytes);
      return;
    case 'dictionary':
      writeDictionary(values.keys, values.codes, pieces);
      return;
    case 'list': {
      const offsets = new Uint32Array(values.ends.length * 2);
      values.ends.forEach((end, index) => {
        offsets[index * 2] = end;
      });
      pieces.push(new Uint8Array(offsets.buffer));
      for (const items of values.items) write(items, pieces);
    }
  }
}

function writeDictionary(keys: readonly Uint8Array[], codes: Uint32Array, pieces: Uint8Array[]): void {
  if (codes.length === 0) return;
  const width = keys.length <= 0x100 ? 1 : keys.length <= 0x1_0000 ? 2 : 4;
  pieces.push(u64(0x200 | (width >> 1)), u64(keys.length));
  for (const key of keys) pieces.push(varint(key.length), key);
  pieces.push(u64(codes.length));
  if (width === 1) pieces.push(Uint8Array.from(codes));
  else if (width === 2) pieces.push(new Uint8Array(Uint16Array.from(codes).buffer));
  else pieces.push(new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength));
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value);
  return bytes;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([varint(bytes.length), bytes]);
}
