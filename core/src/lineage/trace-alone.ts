import { DEFAULT_SKEW, type SkewBounds } from './clock.ts';
import { type Disorder, disordersBeyond, largestDisorders } from './clock-disorder.ts';
import { Conclusions } from './conclusions.ts';
import type { Directory } from './directory.ts';
import { FactBase, type News } from './fact-base.ts';
import type { SpanFact, SubjectTag } from './facts.ts';
import type { Flow } from './flow.ts';
import { standings, tagIndex } from './standing.ts';

/** What one trace alone says about one person. */
export interface AloneAnswer {
  /** Flows of the person's own data; each of them is in the whole answer too. */
  readonly flows: readonly Flow[];
  /**
   * `all`: whatever else is known, these are the person's flows in this trace. `all but turns`: those of a conversation that
   * began elsewhere may be missing. `some`: what came in from elsewhere may make more, or the trace is too large to tell.
   */
  readonly told: 'all' | 'all but turns' | 'some';
}

/**
 * One trace looked at by itself, for one person after the other: what it says about a person follows from its own spans
 * wherever each of them says whose data it handles, or inherits that, and wherever nothing can have come in from others.
 *
 * An own word decides alone: what a span is told to carry (rule 1) is neither made nor unmade by what its holder had learnt
 * before. What came in can add turns of a conversation, which flow from whoever had the turn before.
 */
export class TraceAlone {
  readonly #facts: FactBase;
  readonly #news: News;
  readonly #skew: SkewBounds;
  readonly traceId: string;

  /** @param spans of one trace, all of them */
  constructor(traceId: string, spans: readonly SpanFact[], names: Directory, skew: SkewBounds = DEFAULT_SKEW) {
    this.traceId = traceId;
    this.#skew = skew;
    this.#facts = new FactBase(names.canonical, Number.POSITIVE_INFINITY);
    this.#facts.add({ spans, jumps: [], links: [], datasets: [], cut: false });
    this.#news = this.#facts.takeNews();
  }

  /** Services whose clocks contradict each other in this trace by more than is tolerated. */
  clocks(): Disorder[] {
    const model = this.#facts.model(this.traceId);
    return model === undefined ? [] : largestDisorders([disordersBeyond(model.disorders, this.#skew)]);
  }

  /**
   * @param tags of the person in this trace
   * @param fed whether data of the person may have come in from elsewhere
   */
  about(tags: readonly SubjectTag[], fed: boolean): AloneAnswer {
    const index = tagIndex(tags);
    const conclusions = new Conclusions(index, this.#facts, this.#skew);
    conclusions.draw(this.#news);
    const flows = conclusions.flows();
    const model = this.#facts.model(this.traceId);
    if (model === undefined) return { flows, told: 'all' };
    const speaks = standings(model.tree, index.get(this.traceId), 'subject', this.#skew);
    const spoken = model.tree.spans.every((span) => span.ownWork || speaks.get(span)?.own);
    // A delete elsewhere may have come between a write and a read of this trace: what follows from it is not sure.
    const hearsItself = model.listensTo.keys().some((key) => isKept(key) && conclusions.knowledge.has(key));
    if (model.cut) return { flows: flows.filter(isOwnWord), told: 'some' };
    if (!fed && !hearsItself) return { flows, told: 'all' };
    if (!spoken) return { flows: hearsItself ? flows.filter(isOwnWord) : flows, told: 'some' };
    return { flows, told: model.turns.length === 0 ? 'all' : 'all but turns' };
  }
}

/** What spans say themselves: nothing that becomes known takes it back. */
export const isOwnWord = ({ confidence }: Pick<Flow, 'confidence'>): boolean =>
  confidence === 'declared' || confidence === 'ambient';

/** A record or a memory, from which something can be deleted; nobody deletes a turn or a message. */
const isKept = (key: string) => !key.startsWith('turn ') && !key.startsWith('message ');
