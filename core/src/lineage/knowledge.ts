import { type SkewBounds, skewToPrecede } from './clock.ts';
import type { Deletion, Deletions } from './deletions.ts';
import type { SpanFact } from './facts.ts';
import { type Cause, compareText } from './flow.ts';

/** `weak` data may be there or not (a failed write, an unclear call): what follows from it is `possible`. */
export type Level = 'strong' | 'weak';

/** The person's data reached something that outlives a trace: a record, a memory, a conversation, a message. */
export interface Arrival {
  readonly cause: Cause;
  /** Clock by which `cause.atUs` was taken. */
  readonly service: string;
  /** The last instant at which the call that brought it may have ended: only a later delete covers it. */
  readonly endUs: number;
  readonly level: Level;
  /** The node it came from, for conversations; of a memory, the node itself. */
  readonly node: string;
  /** Record ref, when one is known; '' otherwise. */
  readonly ref: string;
}

export interface Match {
  readonly arrival: Arrival;
  readonly skewUs: number;
}

export type Reader = Pick<SpanFact, 'traceId' | 'spanId' | 'service'>;

/**
 * What is known beyond single traces while an answer is made. Arrivals only ever grow, so that the closure ends in the
 * same state whatever the order of its work. Deletions are known before any arrival that they could cover: one that
 * {@link concerns} what is here already takes something away, and everything is to be known anew.
 */
export class Knowledge {
  readonly #skew: SkewBounds;
  readonly #arrivals = new Map<string, Arrival[]>();
  readonly #nodes = new Set<string>();
  readonly #refs = new Set<string>();
  readonly #deletions: Deletions;

  constructor(skew: SkewBounds, deletions: Deletions) {
    this.#skew = skew;
    this.#deletions = deletions;
  }

  /** @returns whether something new can follow from it */
  add(key: string, arrival: Arrival): boolean {
    const known = this.#arrivals.get(key);
    this.#nodes.add(arrival.node);
    if (arrival.ref !== '') this.#refs.add(arrival.ref);
    if (!known) {
      this.#arrivals.set(key, [arrival]);
      return true;
    }
    if (known.some((other) => this.#dominates(other, arrival))) return false;
    this.#arrivals.set(key, [...known.filter((other) => !this.#dominates(arrival, other)), arrival]);
    return true;
  }

  has(key: string): boolean {
    return this.#arrivals.has(key);
  }

  /** Whether the delete may cover something that arrived. */
  concerns({ node, ref }: Deletion): boolean {
    return ref === '' ? this.#nodes.has(node) : this.#refs.has(ref);
  }

  /** The earliest instant at which something was there; infinite where nothing is. */
  fromUs(key: string): number {
    const arrivals = this.#arrivals.get(key) ?? [];
    return arrivals.reduce((least, { cause }) => Math.min(least, cause.atUs), Number.POSITIVE_INFINITY);
  }

  /**
   * The arrival that explains best why the data was there at an instant: strong before weak, without tolerated skew
   * before with, early before late.
   *
   * @param reader who asks: by its service's clock, and not told by itself
   * @param sinceUs when it began to look: what was deleted later it may have seen
   */
  at(key: string, instantUs: number, reader: Reader, sinceUs = instantUs): Match | null {
    let best: Match | null = null;
    for (const match of this.#matches(key, instantUs, reader, sinceUs)) {
      if (best === null || better(match, best)) best = match;
    }
    return best;
  }

  /** The same for each node that it may have come from. */
  byNode(key: string, instantUs: number, reader: Reader): Match[] {
    const best = new Map<string, Match>();
    for (const match of this.#matches(key, instantUs, reader, instantUs)) {
      const known = best.get(match.arrival.node);
      if (!known || better(match, known)) best.set(match.arrival.node, match);
    }
    return [...best.values()];
  }

  *#matches(key: string, instantUs: number, reader: Reader, sinceUs: number): Generator<Match> {
    for (const arrival of this.#arrivals.get(key) ?? []) {
      const { traceId, spanId, atUs } = arrival.cause;
      if (spanId === reader.spanId && traceId === reader.traceId) continue;
      const skewUs = skewToPrecede(this.#skew, atUs, arrival.service, instantUs, reader.service);
      const { node, ref, endUs, service } = arrival;
      if (skewUs === null) continue;
      const isGone = this.#deletions.goneBy({ node, ref, settledUs: endUs, service }, sinceUs, reader.service);
      if (!isGone) yield { arrival, skewUs };
    }
  }

  /** `a` makes `b` superfluous: same clock, as strong, earlier, and no delete could tell them apart. */
  #dominates(a: Arrival, b: Arrival): boolean {
    return (
      a.service === b.service &&
      a.node === b.node &&
      (a.level === 'strong' || b.level === 'weak') &&
      compareCause(a.cause, b.cause) <= 0 &&
      (compareCause(a.cause, b.cause) === 0 || (this.#undeletable(a) && this.#undeletable(b)))
    );
  }

  #undeletable({ node, ref }: Arrival): boolean {
    return !this.#deletions.any(node, ref);
  }
}

function better(a: Match, b: Match): boolean {
  const weak = (match: Match) => (match.arrival.level === 'weak' ? 1 : 0);
  return (
    (weak(a) - weak(b) || Math.sign(a.skewUs) - Math.sign(b.skewUs) || compareCause(a.arrival.cause, b.arrival.cause)) <
    0
  );
}

export function compareCause(a: Cause, b: Cause): number {
  return a.atUs - b.atUs || compareText(a.traceId, b.traceId) || compareText(a.spanId, b.spanId) || a.rule - b.rule;
}
