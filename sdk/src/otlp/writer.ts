const KEPT_BYTES_MAX = 4 << 20;

/**
 * Protobuf, written forwards into one growing buffer. No dependency and no objects per field: this runs once for
 * every span of the host.
 */
export class ProtoWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(bytes = 64 << 10) {
    this.#bytes = Buffer.allocUnsafeSlow(bytes);
  }

  get length(): number {
    return this.#at;
  }

  /** A copy of everything written since the last {@link reset}. */
  take(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at));
  }

  /** Forgets everything after `length` bytes, and gives back what one very large span has taken. */
  reset(length = 0): void {
    this.#at = length;
    if (length === 0 && this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = Buffer.allocUnsafeSlow(KEPT_BYTES_MAX);
  }

  /** Appends bytes that are fields already. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** @param tag field number × 8 + wire type, as protobuf writes it; below 2^14 */
  tag(tag: number): void {
    this.#room(2);
    if (tag < 0x80) this.#bytes[this.#at++] = tag;
    else {
      this.#bytes[this.#at++] = (tag & 0x7f) | 0x80;
      this.#bytes[this.#at++] = tag >>> 7;
    }
  }

  /** @param value 0 to 2^53 - 1 */
  varint(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = rest;
  }

  /** Any 64-bit integer; a negative one takes ten bytes (two's complement). */
  varint64(value: bigint): void {
    this.#room(10);
    let rest = BigInt.asUintN(64, value);
    while (rest > 0x7fn) {
      this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#at++] = Number(rest);
  }

  fixed32(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeUInt32LE(value >>> 0, this.#at);
  }

  /** `[seconds, nanoseconds]` as nanoseconds since the epoch, without a bigint per span. */
  nanos(seconds: number, nanos: number): void {
    this.#room(8);
    // seconds × 10^9 exceeds 2^53, so it is done in two halves of 16 bits that do not.
    const low = (seconds % 0x10000) * 1e9 + nanos;
    const high = Math.floor(seconds / 0x10000) * 1e9;
    const lowSum = low + (high % 0x10000) * 0x10000;
    this.#at = this.#bytes.writeUInt32LE(lowSum % 0x100000000, this.#at);
    this.#at = this.#bytes.writeUInt32LE(
      (Math.floor(high / 0x10000) + Math.floor(lowSum / 0x100000000)) % 0x100000000,
      this.#at,
    );
  }

  double(value: number): void {
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** Length and bytes of a hexadecimal id; upper and lower case alike. */
  hex(id: string): void {
    const length = id.length >>> 1;
    this.#room(length + 1);
    this.#bytes[this.#at++] = length;
    for (let i = 0; i < length; i++) {
      this.#bytes[this.#at++] = (nibble(id.charCodeAt(2 * i)) << 4) | nibble(id.charCodeAt(2 * i + 1));
    }
  }

  /** Length and UTF-8 of a text. Lone surrogates become U+FFFD. */
  string(text: string): void {
    const length = text.length;
    if (length < 0x80) {
      this.#room(length * 3 + 2);
      const start = this.#at;
      let at = start + 1;
      let i = 0;
      // Keys and most values are short ASCII: faster by hand than through the encoder.
      for (; i < length; i++) {
        const code = text.charCodeAt(i);
        if (code > 0x7f) break;
        this.#bytes[at++] = code;
      }
      if (i === length) {
        this.#bytes[start] = length;
        this.#at = at;
        return;
      }
    }
    const size = Buffer.byteLength(text);
    this.varint(size);
    this.#room(size);
    this.#at += this.#bytes.write(text, this.#at, 'utf8');
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  /** Begins a length-delimited message whose length nobody knows yet. @returns a mark for {@link close} */
  open(tag: number): number {
    this.tag(tag);
    this.#room(1);
    return this.#at++;
  }

  /** Ends it: one byte was kept for the length; a longer message moves up to make room for its longer length. */
  close(mark: number): void {
    const length = this.#at - mark - 1;
    if (length < 0x80) {
      this.#bytes[mark] = length;
      return;
    }
    const extra = length < 0x4000 ? 1 : length < 0x200000 ? 2 : length < 0x10000000 ? 3 : 4;
    this.#room(extra);
    this.#bytes.copyWithin(mark + 1 + extra, mark + 1, this.#at);
    const end = this.#at + extra;
    this.#at = mark;
    this.varint(length);
    this.#at = end;
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** Value of a hexadecimal digit; ids come from the OpenTelemetry SDK, so nothing else is expected. */
function nibble(code: number): number {
  return code < 0x3a ? code - 0x30 : (code | 0x20) - 0x57;
}
