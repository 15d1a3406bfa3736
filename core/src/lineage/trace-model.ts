import type { Outcome, Touch } from '../model/span.ts';
import { type Disorder, disordersWithin } from './clock-disorder.ts';
import type { Deletion } from './deletions.ts';
import type { SpanFact } from './facts.ts';
import { findHolders, type Holders } from './holders.ts';
import { type Listening, listens } from './listening.ts';
import { type PhysicalCall, type PhysicalTouch, physicalFacts, refsOf } from './physical.ts';
import { ancestors, type TraceSpan, type TraceTree, traceTree } from './trace.ts';

/** Everything about one trace that does not depend on the person: made once, used in every round. */
export interface TraceModel {
  readonly tree: TraceTree;
  readonly holders: Holders;
  readonly touches: readonly PhysicalTouch[];
  readonly touchesOf: ReadonlyMap<TraceSpan, readonly PhysicalTouch[]>;
  readonly calls: readonly PhysicalCall[];
  readonly listensTo: Listening;
  readonly deletes: readonly TraceDelete[];
  readonly turns: readonly Turn[];
  /** What the clocks of its services contradict, whatever is tolerated. */
  readonly disorders: readonly Disorder[];
  /** Spans that link to others. */
  readonly linking: readonly TraceSpan[];
  /** The last instant at which any of its spans may have started or ended. */
  readonly lastUs: number;
  /** It is larger than what is looked through: what follows from it may not be all, and not quite so. */
  readonly cut: boolean;
}

/** A turn of a conversation (ruling 10). */
export interface Turn {
  readonly span: TraceSpan;
  /** An agent gathers data until its turn ends; a bare model call was given what its caller had when it began. */
  readonly gathers: boolean;
}

/** A successful delete in this trace; whether one without refs covers the person depends on its tags (ruling 12). */
export interface TraceDelete {
  readonly node: string;
  readonly refs: readonly string[];
  readonly startUs: number;
  readonly endUs: number;
  readonly spanId: string;
  readonly service: string;
}

export function traceModel(traceId: string, facts: readonly SpanFact[]): TraceModel {
  const tree = traceTree(traceId, facts);
  const holders = findHolders(tree);
  const { touches, calls, cut } = physicalFacts(tree, holders);
  const deleting = findDeletes(tree);
  const turns = findTurns(tree);
  return {
    tree,
    holders,
    touches,
    touchesOf: bySpan(touches),
    // Our own work passes nothing on.
    calls: calls.filter(({ entry }) => !entry.ownWork),
    listensTo: listens(tree, touches, turns),
    deletes: deleting.deletes,
    turns,
    disorders: disordersWithin(tree),
    linking: tree.spans.filter(({ fact }) => fact.links.length > 0),
    lastUs: tree.spans.reduce((last, { startCeilUs, endCeilUs }) => Math.max(last, startCeilUs, endCeilUs), 0),
    cut: holders.cut || cut || deleting.cut,
  };
}

function bySpan(touches: readonly PhysicalTouch[]): ReadonlyMap<TraceSpan, readonly PhysicalTouch[]> {
  const found = new Map<TraceSpan, PhysicalTouch[]>();
  for (const touch of touches) {
    for (const { span } of touch.witnesses) {
      const known = found.get(span);
      if (known) known.push(touch);
      else found.set(span, [touch]);
    }
  }
  return found;
}

/**
 * Agent spans with a conversation, and model calls with one that no such agent encloses. An agent is told by what it is
 * (`self`), or, where a library opens a nameless agent around a plain call, by touching nothing itself.
 */
function findTurns(tree: TraceTree): Turn[] {
  const turns: Turn[] = [];
  /** Agents' spans and all that lies under one. */
  const within = new Set<TraceSpan>();
  for (const span of tree.spans) {
    const { conversation, self, touches } = span.fact;
    const isUnder = span.parent !== null && within.has(span.parent);
    const gathers = conversation !== '' && !span.ownWork && (self !== '' || touches.length === 0);
    if (isUnder || gathers) within.add(span);
    if (gathers || (conversation !== '' && !span.ownWork && !isUnder)) turns.push({ span, gathers });
  }
  return turns;
}

/** A wrapper further above its call than this is none: of thousands of nested deletes each would be compared with each, and the answer says so. */
const RESTATED_LEVELS_MAX = 4_096;

/**
 * Deletes of our own erasure work count too (ruling 14), so all spans are looked at. A delete that restates others under
 * it is believed only if one of those succeeded: a wrapper may have swallowed the error.
 */
function findDeletes(tree: TraceTree): { deletes: TraceDelete[]; cut: boolean } {
  const deleting = tree.spans.filter((span) => span.fact.touches.some(isDelete));
  const under = new Map<TraceSpan, Outcome[]>();
  let cut = false;
  for (const span of deleting) {
    let seen = 0;
    for (const ancestor of ancestors(span)) {
      if (++seen > RESTATED_LEVELS_MAX) {
        cut = true;
        break;
      }
      if (!deletesSame(ancestor, span)) continue;
      const known = under.get(ancestor);
      if (known) known.push(span.fact.outcome);
      else under.set(ancestor, [span.fact.outcome]);
    }
  }
  const deletes = deleting.flatMap((span) => {
    const { fact } = span;
    if (fact.outcome !== 'ok' || under.get(span)?.includes('ok') === false) return [];
    const { startUs, spanId, service } = fact;
    return fact.touches.filter(isDelete).map(({ peer }) => ({
      node: peer,
      refs: refsOf(fact, peer),
      startUs,
      endUs: span.endCeilUs,
      spanId,
      service,
    }));
  });
  return { deletes, cut };
}

const isDelete = (touch: Touch) => touch.action === 'delete';

function deletesSame(a: TraceSpan, b: TraceSpan): boolean {
  return a.fact.touches.some(
    (one) => isDelete(one) && b.fact.touches.some((two) => isDelete(two) && one.peer === two.peer),
  );
}

/** The deletes of a trace that reach the person: of named records, or declared for the person (ruling 12). */
export function deletionsOf(model: TraceModel, declares: (spanId: string) => boolean): Deletion[] {
  return model.deletes.flatMap(({ node, refs, startUs, endUs, spanId, service }) => {
    if (refs.length > 0) return refs.map((ref) => ({ node, ref, startUs, endUs, service }));
    return declares(spanId) ? [{ node, ref: '', startUs, endUs, service }] : [];
  });
}
