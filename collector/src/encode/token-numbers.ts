import { TOKEN } from '@vestige/core/identity/token';
import { mask } from '@vestige/core/scrub/mask';

interface KnownToken {
  readonly bytes: Buffer;
  readonly number: number;
}

/** The tokens of one request, each with a number. Found by their bytes, so that a repeated token is checked once. */
export class TokenNumbers {
  readonly tokens: string[] = [];
  readonly #byText = new Map<string, number>();
  readonly #byHash = new Map<number, KnownToken[]>();

  of(token: string): number {
    let number = this.#byText.get(token);
    if (number === undefined) {
      number = this.tokens.push(token) - 1;
      this.#byText.set(token, number);
    }
    return number;
  }

  /** @returns -1 when the bytes are no token */
  at(bytes: Buffer, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const same = this.#byHash.get(hash);
    if (same !== undefined) {
      for (const { bytes: known, number } of same) {
        if (known.length === end - start && known.compare(bytes, start, end) === 0) return number;
      }
    }
    const text = bytes.toString('latin1', start, end);
    // Whatever has a number was found to be a token before.
    const known = this.#byText.get(text);
    if (known === undefined && (!TOKEN.test(text) || mask(text) !== text)) return -1;
    const number = known ?? this.of(text);
    const token = { bytes: Buffer.from(bytes.subarray(start, end)), number };
    if (same === undefined) this.#byHash.set(hash, [token]);
    else if (same.length < ALIKE_MAX) same.push(token);
    return number;
  }
}

/** Whoever makes more tokens of one hash on purpose has them looked up by their text, whose hash nobody can foresee. */
const ALIKE_MAX = 4;

/** A token ends in 22 characters of an HMAC: a few of them tell tokens apart. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = Math.max(start, end - 10); at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
  return hash;
}
