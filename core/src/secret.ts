const HIDDEN = '[secret]';

/**
 * A value that will not print: string, JSON and inspect output all show `[secret]`.
 *
 * It reduces accidental disclosure in logs and errors; it is no cryptographic protection. Every place that needs the
 * value says `reveal()`, which is easy to search for in a review.
 */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  get [Symbol.toStringTag](): string {
    return 'Secret';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN;
  }
}
