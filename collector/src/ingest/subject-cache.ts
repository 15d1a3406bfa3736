/**
 * What the alias table last said about a token, as far as it holds for other instants too: suppression is bounded by
 * event time (`AliasStore`), so what is allowed at an instant is allowed later, and what is refused is refused earlier.
 */
export interface TokenFact {
  readonly subjectId: string;
  /** Events at or after this are the subject's; Infinity when none is known to be. */
  readonly allowedFromMs: number;
  /** Events at or before this are suppressed; -Infinity when none is known to be. */
  readonly suppressedToMs: number;
}

export const NOTHING_KNOWN: TokenFact = {
  subjectId: '',
  allowedFromMs: Number.POSITIVE_INFINITY,
  suppressedToMs: Number.NEGATIVE_INFINITY,
};

/** The subject at an instant, `suppressed`, or null when the fact does not reach that far. */
export function subjectAt(fact: TokenFact, atMs: number): string | null {
  if (atMs >= fact.allowedFromMs) return fact.subjectId;
  return atMs <= fact.suppressedToMs ? 'suppressed' : null;
}

export function withAnswer(fact: TokenFact, atMs: number, answer: string): TokenFact {
  if (answer === 'suppressed') return { ...fact, suppressedToMs: Math.max(fact.suppressedToMs, atMs) };
  return { ...fact, subjectId: answer, allowedFromMs: Math.min(fact.allowedFromMs, atMs) };
}

/**
 * Least recently used facts of all tenants. A fact counts for the suppression version it was read under only, so a new
 * version empties the cache of its tenant without a walk.
 */
export class SubjectCache {
  readonly #entriesMax: number;
  readonly #entries = new Map<string, { readonly version: number; readonly fact: TokenFact }>();

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get(tenant: number, version: number, token: string): TokenFact {
    const key = `${tenant} ${token}`;
    const entry = this.#entries.get(key);
    if (entry === undefined) return NOTHING_KNOWN;
    this.#entries.delete(key);
    if (entry.version !== version) return NOTHING_KNOWN;
    this.#entries.set(key, entry);
    return entry.fact;
  }

  set(tenant: number, version: number, token: string, fact: TokenFact): void {
    const key = `${tenant} ${token}`;
    this.#entries.delete(key);
    this.#entries.set(key, { version, fact });
    if (this.#entries.size <= this.#entriesMax) return;
    const oldest = this.#entries.keys().next().value;
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  get size(): number {
    return this.#entries.size;
  }
}
