import { type SkewBounds, toleratedUs } from './clock.ts';
import type { SpanFact } from './facts.ts';
import { compareText } from './flow.ts';
import type { TraceSpan, TraceTree } from './trace.ts';

/** Two clocks that cannot both be right: by them, something came before what brought it about. Node ids of services. */
export interface Disorder {
  readonly behind: string;
  /** The same as `behind` where processes of one service disagree. */
  readonly ahead: string;
  /** At least so much: how long the message was on its way comes on top. */
  readonly lagUs: number;
}

/** What clocks within one trace contradict, whatever the tolerance: of each pair of services the largest lag. */
export function disordersWithin(tree: TraceTree): Disorder[] {
  const found = new Disorders();
  for (const { fact, parent, startCeilUs } of tree.spans) {
    if (parent === null || !changesProcess(fact, parent.fact)) continue;
    found.add(fact.service, parent.fact.service, parent.fact.startUs - startCeilUs);
    if (isAnswered(fact, parent.fact)) found.add(parent.fact.service, fact.service, fact.startUs - parent.endCeilUs);
  }
  return found.all();
}

/** A span that names what was sent to it has known it before it ended: the same of a span and one that it links to. */
export function disorderOfTaken({ fact, endCeilUs }: TraceSpan, sent: SpanFact): Disorder[] {
  const found = new Disorders();
  found.add(fact.service, sent.service, sent.startUs - endCeilUs);
  return found.all();
}

/** Those by more than is tolerated: there an answer follows nothing, because it draws no edge against time. */
export function disordersBeyond(disorders: readonly Disorder[], bounds: SkewBounds): Disorder[] {
  return disorders.filter(({ behind, ahead, lagUs }) => lagUs > toleratedUs(bounds, behind, ahead));
}

/** Within one process a span may be made up afterwards, with an earlier start; what came over the wire was there first. */
function changesProcess(fact: SpanFact, above: SpanFact): boolean {
  if (fact.service !== above.service) return true;
  return (fact.kind === 'server' && above.kind === 'client') || (fact.kind === 'consumer' && above.kind === 'producer');
}

/** Whoever got an answer got it from a callee that had begun. */
function isAnswered(fact: SpanFact, above: SpanFact): boolean {
  return fact.kind === 'server' && above.kind === 'client' && above.outcome === 'ok';
}

/** The largest lag of each pair of services among what several looks found, the largest of all first. */
export function largestDisorders(looks: Iterable<readonly Disorder[]>): Disorder[] {
  const found = new Disorders();
  for (const look of looks) for (const { behind, ahead, lagUs } of look) found.add(behind, ahead, lagUs);
  return found.all().sort(byLag);
}

const byLag = (a: Disorder, b: Disorder) =>
  b.lagUs - a.lagUs || compareText(a.behind, b.behind) || compareText(a.ahead, b.ahead);

class Disorders {
  readonly #lagsUs = new Map<string, Disorder>();

  add(behind: string, ahead: string, lagUs: number): void {
    if (lagUs <= 0) return;
    const key = `${behind}\n${ahead}`;
    const known = this.#lagsUs.get(key);
    if (known === undefined || known.lagUs < lagUs) this.#lagsUs.set(key, { behind, ahead, lagUs });
  }

  all(): Disorder[] {
    return [...this.#lagsUs.values()];
  }
}
