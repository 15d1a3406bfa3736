import type { ScrubCounts } from '../model/span.ts';
import { type MaskKind, mask, type OnMask } from './mask.ts';

/** A span of endless invented keys must not become an endless list of counters. */
const KEYS_MAX = 128;
const KEY = /^[A-Za-z][A-Za-z0-9_.*:/-]{0,95}$/;

/**
 * Counts what one span lost, by attribute key, `mask:{kind}` or `odd:{what}`. Names only, never values: a key that does
 * not look like a key (a client may put anything there) is counted without its text.
 */
export class ScrubLog {
  /** A map, because an object would find `constructor` already there. */
  readonly #counts = new Map<string, number>();

  /** Handed to everything that masks. */
  readonly onMask: OnMask = (kind: MaskKind) => this.#add(`mask:${kind}`, 1);

  /** An attribute that is not stored. */
  dropped(key: string): void {
    const name = key.replace(/\.\d+(?=\.|$)/g, '.*');
    this.#add(KEY.test(name) && mask(name) === name ? name : '(unnamed)', 1);
  }

  /** Something said about the span that could not be believed, e.g. a record ref that contradicts its peer. */
  odd(what: string, times = 1): void {
    if (times > 0) this.#add(`odd:${what}`, times);
  }

  counts(): ScrubCounts {
    return Object.fromEntries(this.#counts);
  }

  #add(key: string, times: number): void {
    const name = this.#counts.has(key) || this.#counts.size < KEYS_MAX ? key : '(others)';
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + times);
  }
}
