import { TOKEN } from '@vestige/core/identity/token';
import { mask } from '@vestige/core/scrub/mask';
import { type Pattern, PatternSpace } from './pattern.ts';

interface KnownToken {
  readonly pattern: Pattern;
  readonly number: number;
}

/** The tokens of one record, each with a number. Found by their bytes, so that a repeated token is checked once. */
export class TokenNumbers {
  readonly tokens: string[] = [];
  readonly #space = new PatternSpace();
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

  /**
   * @param view over `bytes`
   * @returns -1 when the bytes are no token
   */
  at(bytes: Buffer, view: DataView, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const same = this.#byHash.get(hash);
    if (same !== undefined) {
      for (const { pattern, number } of same) {
        if (pattern.length === end - start && pattern.isAt(view, start)) return number;
      }
    }
    const text = bytes.toString('latin1', start, end);
    // Whatever has a number was found to be a token before.
    const known = this.#byText.get(text);
    if (known === undefined && (!TOKEN.test(text) || mask(text) !== text)) return -1;
    const number = known ?? this.of(text);
    const token: KnownToken = { pattern: this.#space.pattern(bytes, start, end), number };
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
  for (let at = Math.max(start, end - 10); at < end; at++)
    hash = (Math.imul(hash, 31) + (bytes[at] as number)) & 0x3fff_ffff;
  return hash;
}
