import { type ByteColumn, varintBytes, writeVarint } from './native-bytes.ts';

/**
 * Writes ClickHouse's Native format: a block is a header (columns, rows), then each column whole: its name, its type and
 * its values one after the other. Blocks may follow each other in one insert body. Read from ClickHouse's sources
 * (`Formats/NativeWriter.cpp`, `DataTypes/Serializations`), revision 0 as over HTTP, and held against the engine by test.
 *
 * A column is a tree of *streams*, as ClickHouse serialises them: first the prefixes of all dictionaries in it, then
 * each stream's values.
 */
export interface Stream {
  /** Bytes before any values of the column: the version of a dictionary. */
  readonly prefixBytes: number;
  readonly valueBytes: number;
  /** @returns where it ends */
  writePrefix(out: Buffer, at: number): number;
  writeValues(out: Buffer, at: number): number;
}

export interface Column {
  readonly name: string;
  /** As in the table's definition: another type would be converted by the server, value by value. */
  readonly type: string;
  readonly streams: readonly Stream[];
}

/** A block whose size is known and whose bytes are written when there is a place for them. */
export interface PlannedBlock {
  readonly byteLength: number;
  /** @returns where it ends */
  write(out: Buffer, at: number): number;
}

/**
 * @param columnsToCome columns that somebody appends to the block later; the header counts them already
 */
export function planBlock(rows: number, columns: readonly Column[], columnsToCome = 0): PlannedBlock {
  const columnCount = columns.length + columnsToCome;
  let byteLength = varintBytes(columnCount) + varintBytes(rows);
  for (const { name, type, streams } of columns) {
    byteLength += columnHead(name, type).length;
    for (const stream of streams) byteLength += stream.prefixBytes + stream.valueBytes;
  }
  return {
    byteLength,
    write(out, start) {
      let at = writeVarint(out, writeVarint(out, start, columnCount), rows);
      for (const { name, type, streams } of columns) {
        const head = columnHead(name, type);
        out.set(head, at);
        at += head.length;
        for (const stream of streams) at = stream.writePrefix(out, at);
        for (const stream of streams) at = stream.writeValues(out, at);
      }
      if (at !== start + byteLength) throw new RangeError(`a block of ${byteLength} bytes came out as ${at - start}`);
      return at;
    },
  };
}

/** Written at once, into a place of its own; what it was made of may change then. */
export function writtenBlock({ byteLength, write }: PlannedBlock): PlannedBlock & { readonly bytes: Buffer } {
  const bytes = Buffer.allocUnsafe(byteLength);
  write(bytes, 0);
  return { byteLength, bytes, write: (out, at) => at + bytes.copy(out, at) };
}

const heads = new Map<string, Map<string, Buffer>>();

/** Name and type as two strings; the same few for ever. */
export function columnHead(name: string, type: string): Buffer {
  let ofName = heads.get(name);
  if (ofName === undefined) {
    ofName = new Map();
    heads.set(name, ofName);
  }
  let head = ofName.get(type);
  if (head === undefined) {
    const text = (value: string) => [...varint(Buffer.byteLength(value)), ...Buffer.from(value)];
    head = Buffer.from([...text(name), ...text(type)]);
    ofName.set(type, head);
  }
  return head;
}

function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintBytes(value));
  writeVarint(bytes, 0, value);
  return bytes;
}

/** Values that were written out row by row. */
export function bytesStream(values: ByteColumn): Stream {
  return {
    prefixBytes: 0,
    valueBytes: values.length,
    writePrefix: (_out, at) => at,
    writeValues(out, at) {
      values.bytes.copy(out, at, 0, values.length);
      return at + values.length;
    },
  };
}

/** Fixed-width values made when the block ends. */
export function madeStream(valueBytes: number, write: (out: Buffer, at: number) => void): Stream {
  return {
    prefixBytes: 0,
    valueBytes,
    writePrefix: (_out, at) => at,
    writeValues(out, at) {
      write(out, at);
      return at + valueBytes;
    },
  };
}
