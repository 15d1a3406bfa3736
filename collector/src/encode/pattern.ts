/** Words of a first chunk and of the later ones. */
const FIRST_WORDS = 64;
const CHUNK_WORDS = 16_384;

/**
 * Where patterns that live and die together keep their bytes: side by side, so that a walk over many of them stays in
 * the cache, and apart from those of others, so that one that lives on keeps nobody else's alive.
 */
export class PatternSpace {
  /** Bytes taken by all patterns. */
  bytes = 0;
  #chunk = new Int32Array(FIRST_WORDS);
  #taken = 0;

  /** The bytes from `start` to `end`, copied. */
  pattern(bytes: Uint8Array, start: number, end: number): Pattern {
    const length = end - start;
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, length);
    const words = length < SHORT ? length : length >> 2;
    if (this.#taken + words > this.#chunk.length) {
      this.#chunk = new Int32Array(
        Math.max(words, this.bytes < CHUNK_WORDS * 4 ? this.#chunk.length * 2 : CHUNK_WORDS),
      );
      this.#taken = 0;
    }
    const at = this.#taken;
    for (let index = 0; index < words; index++) {
      this.#chunk[at + index] = length < SHORT ? view.getUint8(index) : view.getInt32(index * 4, true);
    }
    this.#taken += words;
    this.bytes += words * 4;
    return new Pattern(length, this.#chunk, at, words, length < SHORT ? 0 : view.getInt32(length - 4, true));
  }
}

/** A pattern of fewer bytes has a word for each. */
const SHORT = 4;

/** Bytes that others are compared with, four at a time. */
export class Pattern {
  readonly length: number;
  readonly #chunk: Int32Array;
  readonly #at: number;
  readonly #words: number;
  /** The last four bytes, which overlap the words before them. */
  readonly #last: number;

  constructor(length: number, chunk: Int32Array, at: number, words: number, last: number) {
    this.length = length;
    this.#chunk = chunk;
    this.#at = at;
    this.#words = words;
    this.#last = last;
  }

  /** Are these the bytes at `start`? The caller knows that so many are there. */
  isAt(view: DataView, start: number): boolean {
    const { length } = this;
    const words = this.#chunk;
    const from = this.#at;
    const count = this.#words;
    if (length < SHORT) {
      for (let index = 0; index < count; index++)
        if (view.getUint8(start + index) !== words[from + index]) return false;
      return true;
    }
    // The end first: keys of one family and values of one kind differ there.
    if (view.getInt32(start + length - 4, true) !== this.#last) return false;
    for (let index = 0; index < count; index++) {
      if (view.getInt32(start + index * 4, true) !== words[from + index]) return false;
    }
    return true;
  }
}
