import { malformed } from './malformed.ts';

/** Wire types of the protobuf encoding (protobuf.dev/programming-guides/encoding). */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const GROUP_START = 3;
export const GROUP_END = 4;
export const FIXED32 = 5;

const GROUP_DEPTH_MAX = 32;
const TWO_32 = 4_294_967_296;

/**
 * A cursor over protobuf bytes. Every read is checked against `end`, the end of the message being read, so no input
 * makes it leave its bounds, loop or allocate: it only ever moves forward.
 */
export class WireReader {
  readonly #bytes: Buffer;
  pos = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** The next field's number and wire type, as `number * 8 + type`: what {@link field} computes for a `case`. */
  tag(end: number): number {
    const tag = this.uint32(end);
    if (tag < 8) throw malformed(`field number 0 at byte ${this.pos}`);
    return tag;
  }

  /**
   * Skips messages of one field for as long as they follow each other as encoders write them, and notes where each
   * starts and stops. Stands before the first byte that is anything else.
   *
   * @param tag below 128
   */
  messages(tag: number, end: number, into: number[]): void {
    const bytes = this.#bytes;
    for (;;) {
      const at = this.pos;
      // A length of one to three bytes.
      if (at + 4 > end || bytes[at] !== tag) return;
      let start = at + 2;
      let length = bytes[at + 1] as number;
      if (length >= 0x80) {
        const second = bytes[at + 2] as number;
        length = (length & 0x7f) | ((second & 0x7f) << 7);
        start = at + 3;
        if (second >= 0x80) {
          const third = bytes[at + 3] as number;
          if (third >= 0x80) return;
          length |= third << 14;
          start = at + 4;
        }
      }
      if (start + length > end) return;
      into.push(start, start + length);
      this.pos = start + length;
    }
  }

  /** A varint cut to 32 bits, as protobuf does for tags, enums and `uint32`. */
  uint32(end: number): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#next(end);
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw malformed(`varint of more than 10 bytes at byte ${this.pos}`);
  }

  /** A signed 64-bit varint: a number where that is exact, a bigint otherwise. */
  int64(end: number): number | bigint {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#next(end);
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 64) high |= bits << (shift - 32);
      if (byte < 0x80) {
        const value = (high | 0) * TWO_32 + (low >>> 0);
        if (Number.isSafeInteger(value)) return value;
        return BigInt.asIntN(64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
      }
    }
    throw malformed(`varint of more than 10 bytes at byte ${this.pos}`);
  }

  fixed64(end: number): bigint {
    const at = this.#advance(8, end);
    return this.#bytes.readBigUInt64LE(at);
  }

  double(end: number): number {
    const at = this.#advance(8, end);
    return this.#bytes.readDoubleLE(at);
  }

  /** Reads the length of a nested message, string or byte field; returns where it ends. */
  stop(end: number): number {
    const length = this.uint32(end);
    if (length > end - this.pos) throw malformed(`length ${length} runs past its message at byte ${this.pos}`);
    return this.pos + length;
  }

  /** Bytes that are no UTF-8 read as U+FFFD: one odd label must not lose a batch. */
  string(end: number): string {
    const stop = this.stop(end);
    const text = this.#bytes.toString('utf8', this.pos, stop);
    this.pos = stop;
    return text;
  }

  hex(end: number): string {
    const stop = this.stop(end);
    // 32 bytes are enough to see that an id is too long.
    const text = this.#bytes.toString('hex', this.pos, Math.min(stop, this.pos + 32));
    this.pos = stop;
    return text;
  }

  /** A copy, so that it does not keep the whole body alive. */
  bytes(end: number): Uint8Array {
    const stop = this.stop(end);
    const copy = new Uint8Array(this.#bytes.subarray(this.pos, stop));
    this.pos = stop;
    return copy;
  }

  /** Skips the value of a field we do not know, or know under another wire type. */
  skip(tag: number, end: number, depth = 0): void {
    switch (tag & 7) {
      case VARINT:
        this.uint32(end);
        return;
      case FIXED64:
        this.#advance(8, end);
        return;
      case BYTES:
        this.pos = this.stop(end);
        return;
      case GROUP_START:
        this.#skipGroup(tag, end, depth);
        return;
      case FIXED32:
        this.#advance(4, end);
        return;
      default:
        throw malformed(`wire type ${tag & 7} at byte ${this.pos}`);
    }
  }

  #skipGroup(tag: number, end: number, depth: number): void {
    if (depth >= GROUP_DEPTH_MAX) throw malformed(`groups nested deeper than ${GROUP_DEPTH_MAX} at byte ${this.pos}`);
    for (;;) {
      const inner = this.tag(end);
      if ((inner & 7) === GROUP_END) {
        if (inner >>> 3 !== tag >>> 3) throw malformed(`group closed by another at byte ${this.pos}`);
        return;
      }
      this.skip(inner, end, depth + 1);
    }
  }

  #next(end: number): number {
    if (this.pos >= end) throw malformed(`ends early at byte ${this.pos}`);
    // In bounds: `end` never exceeds the length.
    return this.#bytes[this.pos++] as number;
  }

  #advance(count: number, end: number): number {
    const at = this.pos;
    if (count > end - at) throw malformed(`ends early at byte ${at}`);
    this.pos = at + count;
    return at;
  }
}

/** The tag of a field, for `switch (reader.tag(end))`. */
export function field(number: number, type: number): number {
  return number * 8 + type;
}
