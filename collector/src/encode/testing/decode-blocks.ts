import type { InsertBlock } from '@vestige/store/clickhouse/client';

/** Insert bodies as rows of plain values, for tests: what ClickHouse would read out of them. */
export type Row = Readonly<Record<string, unknown>>;

/** The rows of all blocks by table; `types` learns the type of every column. */
export function decodeBlocks(blocks: readonly InsertBlock[], types: ReadonlyMap<string, string>): Map<string, Row[]> {
  const tables = new Map<string, Row[]>();
  for (const { table, columns, format, body } of blocks) {
    const bytes = Buffer.concat([body].flat());
    const rows = format === 'Native' ? nativeRows(bytes) : rowBinaryRows(bytes, table, columns, types);
    tables.set(table, [...(tables.get(table) ?? []), ...rows]);
  }
  return tables;
}

/** `{table} {column}` → type, as the Native blocks say. */
export function typesOf(blocks: readonly InsertBlock[]): Map<string, string> {
  const types = new Map<string, string>();
  for (const { table, format, body } of blocks) {
    if (format !== 'Native') continue;
    const at = { bytes: Buffer.concat([body].flat()), pos: 0 };
    while (at.pos < at.bytes.length) nativeBlock(at, (name, type) => types.set(`${table} ${name}`, type));
  }
  return types;
}

interface Cursor {
  readonly bytes: Buffer;
  pos: number;
}

function nativeRows(bytes: Buffer): Row[] {
  const at = { bytes, pos: 0 };
  const rows: Row[] = [];
  while (at.pos < bytes.length) rows.push(...nativeBlock(at, () => undefined));
  return rows;
}

function nativeBlock(at: Cursor, onColumn: (name: string, type: string) => void): Row[] {
  const columns = varint(at);
  const count = varint(at);
  const rows: Record<string, unknown>[] = Array.from({ length: count }, () => ({}));
  for (let column = 0; column < columns; column++) {
    const name = text(at);
    const type = text(at);
    onColumn(name, type);
    prefix(at, type);
    nativeValues(at, type, count).forEach((value, row) => {
      const target = rows[row];
      if (target !== undefined) target[name] = value;
    });
  }
  return rows;
}

const inner = (type: string): string | undefined => /^Array\((.*)\)$/.exec(type)?.[1];
const MAP = 'Map(LowCardinality(String), String)';
const LOW = 'LowCardinality(String)';

function prefix(at: Cursor, type: string): void {
  const item = inner(type);
  if (item !== undefined) prefix(at, item);
  else if (type === LOW || type === MAP) {
    if (u64(at) !== 1) throw new Error('a dictionary of another version');
  }
}

function nativeValues(at: Cursor, type: string, count: number): unknown[] {
  const item = inner(type);
  if (item !== undefined) {
    const ends = Array.from({ length: count }, () => u64(at));
    const items = nativeValues(at, item, ends.at(-1) ?? 0);
    return ends.map((end, index) => items.slice(ends[index - 1] ?? 0, end));
  }
  if (type === MAP) {
    const ends = Array.from({ length: count }, () => u64(at));
    const keys = nativeValues(at, LOW, ends.at(-1) ?? 0);
    const values = nativeValues(at, 'String', ends.at(-1) ?? 0);
    return ends.map((end, index) => {
      const start = ends[index - 1] ?? 0;
      return keys.slice(start, end).map((key, offset) => [key, values[start + offset]]);
    });
  }
  if (type === LOW) {
    if (count === 0) return [];
    const flags = u64(at);
    if ((flags & ~0xff) !== 0x200) throw new Error(`dictionary flags ${flags}`);
    const keys = Array.from({ length: u64(at) }, () => text(at));
    if (u64(at) !== count) throw new Error('a dictionary column of another length');
    const width = 1 << (flags & 0xff);
    return Array.from({ length: count }, () => {
      const code = at.bytes.readUIntLE(at.pos, width);
      at.pos += width;
      const key = keys[code];
      if (key === undefined) throw new Error(`code ${code} of ${keys.length}`);
      return key;
    });
  }
  return Array.from({ length: count }, () => plain(at, type));
}

function rowBinaryRows(
  bytes: Buffer,
  table: string,
  columns: readonly string[],
  types: ReadonlyMap<string, string>,
): Row[] {
  const at = { bytes, pos: 0 };
  const rows: Row[] = [];
  while (at.pos < bytes.length) {
    rows.push(
      Object.fromEntries(
        columns.map((name) => [name, rowValue(at, types.get(`${table} ${name}`) ?? `? ${table} ${name}`)]),
      ),
    );
  }
  return rows;
}

function rowValue(at: Cursor, type: string): unknown {
  const item = inner(type);
  if (item !== undefined) return Array.from({ length: varint(at) }, () => rowValue(at, item));
  if (type === MAP) return Array.from({ length: varint(at) }, () => [text(at), text(at)]);
  return plain(at, type === LOW ? 'String' : type);
}

function plain(at: Cursor, type: string): unknown {
  if (type === 'String') return text(at);
  const fixed = /^FixedString\((\d+)\)$/.exec(type);
  if (fixed !== null) return take(at, Number(fixed[1])).toString('hex');
  if (type === 'Int64' || type.startsWith('DateTime64')) return take(at, 8).readBigInt64LE();
  if (type === 'UInt32') return take(at, 4).readUInt32LE();
  if (type === 'UInt16') return take(at, 2).readUInt16LE();
  if (type === 'UInt8' || type === 'Bool' || type.startsWith('Enum8')) return take(at, 1)[0];
  throw new Error(`type ${type}`);
}

function take(at: Cursor, count: number): Buffer {
  if (at.pos + count > at.bytes.length) throw new Error('the block ends early');
  const taken = at.bytes.subarray(at.pos, at.pos + count);
  at.pos += count;
  return taken;
}

const u64 = (at: Cursor): number => Number(take(at, 8).readBigUInt64LE());
const text = (at: Cursor): string => take(at, varint(at)).toString('utf8');

function varint(at: Cursor): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = take(at, 1)[0] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
}
