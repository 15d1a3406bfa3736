import type { Stream } from './native-block.ts';
import { varintBytes, writeVarint } from './native-bytes.ts';

/** `LowCardinality`: keys with a dictionary of the block (`SerializationLowCardinality.cpp`, version 1). */
const VERSION = 1;
/** The block brings its own keys; the low byte says how wide an index is. */
const HAS_ADDITIONAL_KEYS = 0x200;

/** The distinct texts of one column in one block. Code 0 is ''. */
export class Dictionary {
  readonly #codes = new Map<string, number>([['', 0]]);
  #keyBytes = 1;
  /** Kinds of one place in a program come one after the other, and agree in most columns. */
  #last = '';
  #lastCode = 0;

  code(text: string): number {
    if (text === this.#last) return this.#lastCode;
    this.#last = text;
    this.#lastCode = this.#codeOf(text);
    return this.#lastCode;
  }

  #codeOf(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    const code = this.#codes.size;
    this.#codes.set(text, code);
    const bytes = Buffer.byteLength(text);
    this.#keyBytes += varintBytes(bytes) + bytes;
    return code;
  }

  get size(): number {
    return this.#codes.size;
  }

  get keyBytes(): number {
    return this.#keyBytes;
  }

  writeKeys(out: Buffer, start: number): number {
    let at = start;
    for (const text of this.#codes.keys()) {
      const bytes = Buffer.byteLength(text);
      at = writeVarint(out, at, bytes);
      at += out.write(text, at, bytes, 'utf8');
    }
    return at;
  }
}

/**
 * @param values how many there are
 * @param write writes `values` codes through one of the three loops the width asks for
 */
export function dictionaryStream(
  dictionary: Dictionary,
  values: number,
  write: (codes: Uint8Array | Uint16Array | Uint32Array) => void,
): Stream {
  const width = dictionary.size <= 0x100 ? 1 : dictionary.size <= 0x1_0000 ? 2 : 4;
  return {
    prefixBytes: 8,
    valueBytes: values === 0 ? 0 : 24 + dictionary.keyBytes + width * values,
    writePrefix: (out, at) => writeU64(out, at, VERSION),
    writeValues(out, start) {
      if (values === 0) return start;
      let at = writeU64(out, start, HAS_ADDITIONAL_KEYS | (width >> 1));
      at = writeU64(out, at, dictionary.size);
      at = dictionary.writeKeys(out, at);
      at = writeU64(out, at, values);
      if (width === 1) write(out.subarray(at, at + values));
      else {
        // An index column stands anywhere in the block, typed arrays on their own boundary only.
        const codes = width === 2 ? new Uint16Array(values) : new Uint32Array(values);
        write(codes);
        out.set(new Uint8Array(codes.buffer), at);
      }
      return at + width * values;
    },
  };
}

function writeU64(out: Buffer, at: number, value: number): number {
  out.writeUInt32LE(value, at);
  return out.writeUInt32LE(0, at + 4);
}
