/** Writes the three small messages a receiver answers with. Fields at their default are left out, as proto3 does. */
export class WireWriter {
  readonly #bytes: number[] = [];

  /** @param value at most 2^53 */
  varint(number: number, value: number): this {
    if (value === 0) return this;
    this.#raw(number * 8);
    this.#raw(value);
    return this;
  }

  string(number: number, value: string): this {
    return value === '' ? this : this.message(number, Buffer.from(value, 'utf8'));
  }

  message(number: number, value: Uint8Array): this {
    this.#raw(number * 8 + 2);
    this.#raw(value.length);
    for (const byte of value) this.#bytes.push(byte);
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }

  #raw(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes.push(rest);
  }
}
