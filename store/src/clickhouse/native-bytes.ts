/**
 * The bytes of one column while rows are added to it. Grows by doubling; `length` bytes of `bytes` are taken.
 *
 * Public fields, because the encoder writes rows into it from hand-written loops: a call for every byte would cost more
 * than the byte.
 */
export class ByteColumn {
  bytes: Buffer;
  length = 0;
  /** Over `bytes`: four bytes at a time cost what one does. */
  #view: DataView;

  constructor(bytesExpected = 64) {
    this.bytes = Buffer.allocUnsafeSlow(bytesExpected);
    this.#view = viewOf(this.bytes);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.#view = viewOf(grown);
  }

  /** Eight bytes from a view. */
  word8(from: DataView, start: number): void {
    if (this.length + 8 > this.bytes.length) this.reserve(8);
    const view = this.#view;
    const at = this.length;
    view.setInt32(at, from.getInt32(start));
    view.setInt32(at + 4, from.getInt32(start + 4));
    this.length = at + 8;
  }

  /** Sixteen bytes from a view. */
  word16(from: DataView, start: number): void {
    if (this.length + 16 > this.bytes.length) this.reserve(16);
    const view = this.#view;
    const at = this.length;
    view.setInt32(at, from.getInt32(start));
    view.setInt32(at + 4, from.getInt32(start + 4));
    view.setInt32(at + 8, from.getInt32(start + 8));
    view.setInt32(at + 12, from.getInt32(start + 12));
    this.length = at + 16;
  }

  /** Bytes as they are. Four at a time, with an overlap at the end: a loop over single bytes costs five times as much. */
  copy(from: DataView, start: number, end: number): void {
    const count = end - start;
    if (this.length + count > this.bytes.length) this.reserve(count);
    const at = this.length;
    const last = count - 4;
    if (count > WORDS_BYTES_MAX) {
      this.bytes.set(new Uint8Array(from.buffer, from.byteOffset + start, count), at);
    } else if (last >= 0) {
      const view = this.#view;
      for (let index = 0; index < last; index += 4) {
        view.setInt32(at + index, from.getInt32(start + index, true), true);
      }
      view.setInt32(at + last, from.getInt32(start + last, true), true);
    } else {
      for (let index = 0; index < count; index++) this.bytes[at + index] = from.getUint8(start + index);
    }
    this.length = at + count;
  }

  /** A `String`: LEB128 length and bytes. */
  string(from: DataView, start: number, end: number): void {
    this.stringLength(end - start);
    this.copy(from, start, end);
  }

  /** The length of a `String` whose bytes come by {@link copy}. */
  stringLength(count: number): void {
    if (this.length + VARINT_BYTES_MAX > this.bytes.length) this.reserve(VARINT_BYTES_MAX);
    if (count < 0x80) this.bytes[this.length++] = count;
    else this.length = writeVarint(this.bytes, this.length, count);
  }

  /** A whole number of zero or more, below 2^53, as a `String`. */
  digits(value: number): void {
    if (this.length + DIGITS_MAX + 1 > this.bytes.length) this.reserve(DIGITS_MAX + 1);
    let count = 1;
    for (let limit = 10; value >= limit; limit *= 10) count++;
    const { bytes } = this;
    bytes[this.length] = count;
    let rest = value;
    let at = this.length + count;
    for (; rest > INT_MAX; at--) {
      const tenth = Math.floor(rest / 10);
      bytes[at] = ZERO + (rest - tenth * 10);
      rest = tenth;
    }
    // Whole numbers of the machine from here on: a division of doubles costs several times as much.
    let small = rest | 0;
    for (; at > this.length; at--) {
      const tenth = (small / 10) | 0;
      bytes[at] = ZERO + (small - tenth * 10);
      small = tenth;
    }
    this.length += count + 1;
  }

  text(text: string): void {
    const count = Buffer.byteLength(text);
    this.reserve(count + VARINT_BYTES_MAX);
    this.length = writeVarint(this.bytes, this.length, count);
    this.length += this.bytes.write(text, this.length, count, 'utf8');
  }

  /** `FixedString` from hexadecimal digits; '' is all zero. */
  hex(text: string, count: number): void {
    this.reserve(count);
    const written = text === '' ? count : this.bytes.write(text, this.length, count, 'hex');
    if (written !== count) throw new RangeError(`an id of ${count} bytes is not ${2 * count} hexadecimal digits`);
    if (text === '') this.bytes.fill(0, this.length, this.length + count);
    this.length += count;
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.length = this.bytes.writeUInt32LE(value, this.length);
  }

  /** From two 32-bit words; what they have above is cut off. */
  u64(low: number, high: number): void {
    if (this.length + 8 > this.bytes.length) this.reserve(8);
    this.#view.setInt32(this.length, low | 0, true);
    this.#view.setInt32(this.length + 4, high | 0, true);
    this.length += 8;
  }

  i64(value: bigint): void {
    this.reserve(8);
    this.length = this.bytes.writeBigInt64LE(value, this.length);
  }

  clear(): void {
    this.length = 0;
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Above it a native copy is cheaper, which costs some forty nanoseconds whatever it copies. */
const WORDS_BYTES_MAX = 128;
const DIGITS_MAX = 16;
const INT_MAX = 0x7fff_ffff;
const ZERO = 0x30;
export const VARINT_BYTES_MAX = 5;

/** LEB128, at most 32 bits. @returns where it ends */
export function writeVarint(into: Uint8Array, at: number, value: number): number {
  let end = at;
  let rest = value;
  while (rest >= 0x80) {
    into[end++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[end++] = rest;
  return end;
}

export function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) count++;
  return count;
}
