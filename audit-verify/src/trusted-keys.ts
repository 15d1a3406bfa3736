import type { Report } from './finding.ts';
import { signersOf, type VerifierKey } from './note.ts';

/**
 * Who may speak for the log, checkpoint by checkpoint.
 *
 * Trust begins with the keys the auditor brought. A key that is new hands over by overlapping: a checkpoint that a
 * trusted key has signed and the new key as well vouches for it. A key that has once stopped signing never speaks again,
 * so that who steals a retired key can sign nothing.
 */
export class TrustedKeys {
  readonly #known: readonly VerifierKey[];
  readonly #given: ReadonlySet<string>;
  #speaking: ReadonlySet<string>;
  readonly #retired = new Set<string>();

  /** @param given brought by the auditor @param found in the bundle, which only an overlap can make trusted */
  constructor(given: readonly VerifierKey[], found: readonly VerifierKey[]) {
    this.#known = [...new Map([...found, ...given].map((key) => [key.text, key])).values()];
    this.#given = new Set(given.map(({ text }) => text));
    this.#speaking = this.#given;
  }

  /** In the order of sizes. @returns whether the note may be believed */
  judge(note: string, at: string, report: Report): boolean {
    const broken = (code: string, says: string, advice: string) => {
      report('broken', 'notes', code, at, says, advice);
      return false;
    };
    const read = signersOf(note, this.#known);
    if (read === null) return broken('no_note', 'This is no signed note.', CHANGED);
    if (read.forged) return broken('bad_signature', 'A signature does not belong to this text.', CHANGED);
    const signed = new Set(read.signed.map(({ text }) => text));
    if (signed.size === 0) {
      return broken('unknown_key', 'It is signed by no key that you gave or that was handed over.', OTHER_KEY);
    }
    const vouched = [...signed].some((key) => this.#speaking.has(key));
    if (!vouched && [...signed].every((key) => this.#retired.has(key))) {
      return broken('retired_key', 'It is signed by a key that had been retired before.', STOLEN);
    }
    if (!vouched) {
      if (![...signed].some((key) => this.#given.has(key) && !this.#retired.has(key))) {
        return broken('unvouched_key', 'It is signed by a key that no trusted key has vouched for.', OTHER_KEY);
      }
      report(
        'gap',
        'notes',
        'no_overlap',
        at,
        'The key changed without a checkpoint that both have signed.',
        NO_OVERLAP,
      );
    }
    for (const key of this.#speaking) if (!signed.has(key) && this.#hasSpoken.has(key)) this.#retired.add(key);
    for (const key of signed) this.#hasSpoken.add(key);
    this.#speaking = signed;
    return true;
  }

  readonly #hasSpoken = new Set<string>();
}

const CHANGED = 'Believe nothing in this bundle that rests on this checkpoint; ask the operator for the original.';
const OTHER_KEY = 'Ask the operator, on another way than this bundle came, for the keys of this log.';
const STOLEN = 'Ask the operator whether the retired key was stolen; compare with checkpoints kept elsewhere.';
const NO_OVERLAP = 'You gave both keys, so they are believed; ask why the old one did not sign once more.';
