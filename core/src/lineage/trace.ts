import { resolutionUs } from './clock.ts';
import type { SpanFact } from './facts.ts';
import { compareText } from './flow.ts';

/** One span in its trace. */
export interface TraceSpan {
  readonly fact: SpanFact;
  /** Null for a root, and for an orphan: a span whose parent never arrived. */
  readonly parent: TraceSpan | null;
  /** The span itself or an ancestor is our own export or erasure work (ruling 14). */
  readonly ownWork: boolean;
  /** The last instants at which it may have started and ended, given the resolution of its clock. */
  readonly startCeilUs: number;
  readonly endCeilUs: number;
}

/** Spans of one trace, parents before children. */
export interface TraceTree {
  readonly traceId: string;
  readonly spans: readonly TraceSpan[];
  /** Spans that name a parent which is not there. */
  readonly orphans: number;
}

/**
 * Puts the spans of one trace in order. A cycle of parents, which only a broken or hostile client can send, is cut at its
 * earliest span.
 *
 * @param facts each span once
 */
export function traceTree(traceId: string, facts: readonly SpanFact[]): TraceTree {
  const sorted = facts.toSorted((a, b) => a.startUs - b.startUs || compareText(a.spanId, b.spanId));
  const byId = new Map(sorted.map((fact) => [fact.spanId, fact]));
  const children = new Map<string, SpanFact[]>();
  const tops: SpanFact[] = [];
  let orphans = 0;
  for (const fact of sorted) {
    if (byId.has(fact.parentId) && fact.parentId !== fact.spanId) {
      const siblings = children.get(fact.parentId);
      if (siblings) siblings.push(fact);
      else children.set(fact.parentId, [fact]);
      continue;
    }
    tops.push(fact);
    if (fact.parentId !== '' && fact.parentId !== fact.spanId) orphans++;
  }

  const resolution = resolutionByService(sorted);
  const placed = new Map<string, TraceSpan>();
  const place = (top: SpanFact) => {
    const stack: { fact: SpanFact; parent: TraceSpan | null }[] = [{ fact: top, parent: null }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { fact, parent } = next;
      if (placed.has(fact.spanId)) continue;
      const span: TraceSpan = {
        fact,
        parent,
        ownWork: fact.requestId !== '' || (parent?.ownWork ?? false),
        startCeilUs: fact.startUs + (resolution.get(fact.service) ?? 0),
        endCeilUs: fact.endUs + (resolution.get(fact.service) ?? 0),
      };
      placed.set(fact.spanId, span);
      for (const child of children.get(fact.spanId) ?? []) stack.push({ fact: child, parent: span });
    }
  };
  for (const top of tops) place(top);
  // What no top reaches lies on or under a cycle.
  if (placed.size < sorted.length) for (const fact of sorted) if (!placed.has(fact.spanId)) place(fact);
  return { traceId, spans: [...placed.values()], orphans };
}

function resolutionByService(facts: readonly SpanFact[]): ReadonlyMap<string, number> {
  const byService = Map.groupBy(facts, (fact) => fact.service);
  return new Map([...byService].map(([service, spans]) => [service, resolutionUs(spans)]));
}

/** The ancestors of a span, nearest first. */
export function* ancestors(span: TraceSpan): Generator<TraceSpan> {
  for (let at = span.parent; at !== null; at = at.parent) yield at;
}
