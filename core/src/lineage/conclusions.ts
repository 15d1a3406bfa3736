import type { SkewBounds } from './clock.ts';
import type { Disorder } from './clock-disorder.ts';
import { Contradictions } from './contradictions.ts';
import { type Deletion, Deletions } from './deletions.ts';
import { Doubts } from './doubts.ts';
import type { FactBase, News } from './fact-base.ts';
import type { Flow } from './flow.ts';
import { Knowledge } from './knowledge.ts';
import type { Holding, KeyedArrival } from './leaving.ts';
import { type Spread, spread } from './spread.ts';
import type { TagIndex } from './standing.ts';
import { deletionsOf, type TraceModel } from './trace-model.ts';
import type { SpreadContext } from './trace-state.ts';

/** What became known since the last time. */
export interface Drawn {
  /** Keys of `jumpKey` at which something arrived. */
  readonly keys: ReadonlySet<string>;
  /** Traces that were concluded about. */
  readonly traces: ReadonlySet<string>;
}

/**
 * The least fixpoint of rules 1 to 6 over the traces at hand, kept while more of them come in: a trace is concluded about
 * again only when something arrived that it may have received. The end is a function of the facts alone: what is known
 * only grows, and of several reasons for one flow the same one is chosen whatever the order of work. Two things take
 * something away, a delete that may cover what is known and a new span of a known trace, and then it starts over; and so
 * it does where a clock becomes doubtful by which something was taken for gone. That has an end: what is held for longer
 * reaches more traces and never fewer, so doubts only grow meanwhile, and there are no more of them than services.
 */
export class Conclusions {
  readonly #tags: TagIndex;
  readonly #facts: FactBase;
  readonly #skew: SkewBounds;
  /** Traces that may receive something through a key, each with the one span that asks for it, if it is one. */
  readonly #listeners = new Map<string, Map<string, string | null>>();
  readonly #models = new Map<string, TraceModel>();
  readonly #spreads = new Map<string, Pick<Spread, 'flows' | 'holdings'>>();
  /** By trace; what batch jobs ended is not among them. */
  readonly #deleted = new Map<string, readonly Deletion[]>();
  readonly #contradictions: Contradictions;
  #doubts = new Doubts();
  #deletions: Deletions;
  #knowledge: Knowledge;

  constructor(tags: TagIndex, facts: FactBase, skew: SkewBounds) {
    this.#tags = tags;
    this.#facts = facts;
    this.#skew = skew;
    this.#contradictions = new Contradictions((traceId, spanId) => facts.span(traceId, spanId), skew);
    this.#deletions = new Deletions([], skew, this.#doubts);
    this.#knowledge = new Knowledge(skew, this.#deletions);
  }

  get knowledge(): Knowledge {
    return this.#knowledge;
  }

  /** By spans; what batch jobs ended is not among them. */
  deleted(): Deletion[] {
    return [...this.#deleted.values()].flat();
  }

  /** Traces in which the person appears: tagged ones, whatever was concluded, and those that their data reached. */
  reached(): ReadonlySet<string> {
    return new Set([...this.#tags.keys(), ...this.#spreads.keys().filter((traceId) => this.#isReached(traceId))]);
  }

  /** Of clocks that contradict each other where the person appears, or where something of theirs was deleted. */
  doubts(): Doubts {
    this.#doubts.add(this.#contradicted());
    return this.#doubts;
  }

  /** Concludes all that follows by now. */
  draw(news: News): Drawn {
    const drawn = { keys: new Set<string>(), traces: new Set<string>() };
    const fresh = this.#takeIn(news);
    // What tagged traces show is doubted before anything is concluded about them.
    this.#conclude(this.#believesLess() ? this.#startOver() : fresh, news, drawn);
    // What is held for longer may reach a trace that shows more.
    while (this.#believesLess()) this.#conclude(this.#startOver(), news, drawn);
    return drawn;
  }

  #conclude(fresh: ReadonlySet<string>, news: News, drawn: { keys: Set<string>; traces: Set<string> }): void {
    // The oldest first: what arrives is then mostly known before it is asked for.
    const queue = new Set(this.#tags.keys().filter((traceId) => fresh.has(traceId)));
    for (const traceId of fresh) if (this.#hears(traceId)) queue.add(traceId);
    for (const traceId of news.linked) if (this.#spreads.has(traceId)) queue.add(traceId);

    const context = this.#context();
    for (const traceId of queue) {
      queue.delete(traceId);
      const model = this.#models.get(traceId);
      if (!model) continue;
      const { flows, holdings, arrivals } = spread(model, 'subject', context);
      this.#spreads.set(traceId, { flows, holdings });
      drawn.traces.add(traceId);
      for (const { key, arrival } of arrivals) {
        if (!this.#knowledge.add(key, arrival)) continue;
        drawn.keys.add(key);
        for (const listener of this.#concerned({ key, arrival })) queue.add(listener);
      }
    }
  }

  flowsOf(traceId: string): readonly Flow[] {
    return this.#spreads.get(traceId)?.flows ?? [];
  }

  holdingsOf(traceId: string): readonly Holding[] {
    return this.#spreads.get(traceId)?.holdings ?? [];
  }

  flows(): Flow[] {
    return [...this.#spreads.values()].flatMap(({ flows }) => flows);
  }

  holdings(): Holding[] {
    return [...this.#spreads.values()].flatMap(({ holdings }) => holdings);
  }

  /** What somebody did as an actor, unless the same touch already is a flow of their own data. */
  actorFlows(): Flow[] {
    const key = ({ spanId, from, to, action }: Flow) => [spanId, from, to, action].join('\n');
    const context = this.#context();
    const found: Flow[] = [];
    for (const [traceId, spans] of this.#tags) {
      const model = this.#models.get(traceId);
      if (!model || !spans.values().some((tags) => tags.some(({ role }) => role === 'actor'))) continue;
      const own = new Set(this.flowsOf(traceId).map(key));
      for (const flow of spread(model, 'actor', context).flows) if (!own.has(key(flow))) found.push(flow);
    }
    return found;
  }

  #context(): SpreadContext {
    return { tags: this.#tags, knowledge: this.#knowledge, skew: this.#skew, linked: this.#facts.linked() };
  }

  /** @returns traces that are to be concluded about: the new ones, or all after a start over */
  #takeIn(news: News): ReadonlySet<string> {
    const deleted = new Map([...news.traces].map((traceId) => [traceId, this.#deletionsIn(traceId)]));
    const known = news.traces.values().some((traceId) => this.#models.has(traceId));
    if (known || [...deleted.values()].flat().some((deletion) => this.#knowledge.concerns(deletion))) {
      this.#doubts = new Doubts();
      return this.#startOver();
    }
    for (const [traceId, deletions] of deleted) {
      if (deletions.length > 0) this.#deleted.set(traceId, deletions);
      for (const deletion of deletions) this.#deletions.add(deletion);
    }
    for (const traceId of news.traces) this.#listen(traceId);
    return news.traces;
  }

  #startOver(): ReadonlySet<string> {
    const all = new Set(this.#facts.traceIds());
    for (const memory of [this.#models, this.#listeners, this.#spreads, this.#deleted]) memory.clear();
    this.#contradictions.clear();
    for (const traceId of all) {
      const deletions = this.#deletionsIn(traceId);
      if (deletions.length > 0) this.#deleted.set(traceId, deletions);
    }
    this.#deletions = new Deletions(this.deleted(), this.#skew, this.#doubts);
    this.#knowledge = new Knowledge(this.#skew, this.#deletions);
    for (const traceId of all) this.#listen(traceId);
    return all;
  }

  /** Notes which clocks are doubtful by now, and tells whether something was taken for gone that is not by these. */
  #believesLess(): boolean {
    // Where nothing is deleted, no clock is believed anything.
    if (this.#deleted.size === 0) return false;
    this.#doubts.add(this.#contradicted());
    return this.#deletions.isTakenBack();
  }

  #contradicted(): Disorder[] {
    const deleting = this.#deletingTheirs(this.#contradictions.traces().filter((traceId) => !this.#isReached(traceId)));
    return this.#contradictions.about({
      trace: (traceId) => this.#isReached(traceId) || deleting.has(traceId),
      message: (key) => this.#knowledge.has(key),
    });
  }

  /**
   * Those of the traces that may have deleted something of the person: by their clock it had been there, or been on its way
   * there. Whoever deletes everything of the person declares that for them, in a trace with a tag.
   */
  #deletingTheirs(traceIds: Iterable<string>): ReadonlySet<string> {
    const deletions = [...traceIds].flatMap((traceId) =>
      (this.#deleted.get(traceId) ?? []).map(({ ref, startUs }) => ({ traceId, ref, startUs })),
    );
    if (deletions.length === 0) return new Set();
    const firstUs = new Map(deletions.map(({ ref }) => [ref, Number.POSITIVE_INFINITY]));
    for (const { ref, startUs } of this.holdings()) {
      const knownUs = firstUs.get(ref);
      if (knownUs !== undefined && startUs < knownUs) firstUs.set(ref, startUs);
    }
    const theirs = deletions.filter(({ ref, startUs }) => startUs >= (firstUs.get(ref) ?? Number.POSITIVE_INFINITY));
    return new Set(theirs.map(({ traceId }) => traceId));
  }

  #isReached(traceId: string): boolean {
    return this.#tags.has(traceId) || this.flowsOf(traceId).length > 0;
  }

  #listen(traceId: string): void {
    const model = this.#facts.model(traceId);
    if (!model) return;
    this.#models.set(traceId, model);
    this.#contradictions.add(model);
    for (const [key, spanId] of model.listensTo) {
      const known = this.#listeners.get(key);
      if (known) known.set(traceId, spanId);
      else this.#listeners.set(key, new Map([[traceId, spanId]]));
    }
  }

  #hears(traceId: string): boolean {
    return (
      this.#models
        .get(traceId)
        ?.listensTo.keys()
        .some((key) => this.#knowledge.has(key)) ?? false
    );
  }

  /** Traces that this may have reached: those that ask for it, not alone by the span that tells it, and not too early. */
  *#concerned({ key, arrival: { cause } }: KeyedArrival): Generator<string> {
    const toleratedUs = Math.max(this.#skew.betweenServicesUs, this.#skew.withinServiceUs);
    for (const [traceId, spanId] of this.#listeners.get(key) ?? []) {
      if (traceId === cause.traceId && spanId === cause.spanId) continue;
      const lastUs = this.#models.get(traceId)?.lastUs ?? 0;
      if (cause.atUs <= lastUs + toleratedUs) yield traceId;
    }
  }

  #deletionsIn(traceId: string): Deletion[] {
    const model = this.#facts.model(traceId);
    if (!model || model.deletes.length === 0) return [];
    const spans = this.#tags.get(traceId);
    const declares = (spanId: string) =>
      spans
        ?.get(spanId)
        ?.some(({ attribution, role, viaLink }) => attribution === 'declared' && role !== 'actor' && !viaLink) ?? false;
    return deletionsOf(model, declares);
  }
}
