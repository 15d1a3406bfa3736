import { VestigeError } from '@vestige/core/errors';

/**
 * Writes ClickHouse's RowBinary: values of a row one after the other, no separators. Little-endian numbers, strings and
 * arrays with a LEB128 length, FixedString as bare bytes.
 *
 * One writer makes one insert body; `bytes()` ends it.
 */
export class RowBinaryWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(bytesExpected = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(bytesExpected);
  }

  get byteLength(): number {
    return this.#length;
  }

  /** Enum8, Bool and UInt8. */
  u8(value: number): void {
    this.#reserve(1);
    this.#length = this.#buffer.writeUInt8(value, this.#length);
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeUInt16LE(value, this.#length);
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32LE(value, this.#length);
  }

  /** Int64 and DateTime64. */
  i64(value: bigint): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeBigInt64LE(value, this.#length);
  }

  /** Int64 from a number, cut to an integer: an attribute that should be a count may come as 2.5. */
  int(value: number): void {
    this.i64(Number.isFinite(value) ? BigInt.asIntN(64, BigInt(Math.trunc(value))) : 0n);
  }

  /** FixedString(`bytes`) from hexadecimal digits; '' is all zero. */
  hex(value: string, bytes: number): void {
    this.#reserve(bytes);
    if (value === '') this.#buffer.fill(0, this.#length, this.#length + bytes);
    else if (value.length !== 2 * bytes || this.#buffer.write(value, this.#length, bytes, 'hex') !== bytes) {
      throw new VestigeError('internal', `An id of ${bytes} bytes is not ${2 * bytes} hexadecimal digits`);
    }
    this.#length += bytes;
  }

  string(value: string): void {
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.#reserve(bytes);
    this.#buffer.write(value, this.#length, bytes, 'utf8');
    this.#length += bytes;
  }

  array<T>(values: readonly T[], write: (value: T) => void): void {
    this.varint(values.length);
    for (const value of values) write(value);
  }

  strings(values: readonly string[]): void {
    this.varint(values.length);
    for (const value of values) this.string(value);
  }

  /** Map(String, String). */
  map(values: Readonly<Record<string, string>>): void {
    const entries = Object.entries(values);
    this.varint(entries.length);
    for (const [key, value] of entries) {
      this.string(key);
      this.string(value);
    }
  }

  varint(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#length++] = rest;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}
