import type { Action, Attribution, SubjectRole } from '../convention/attributes.ts';
import type { SpanFact } from './facts.ts';

/** Of a span, what may have brought data into its trace from others (rules 4 to 6). */
export interface KeySpan {
  readonly traceId: string;
  readonly attribution: Attribution;
  readonly role: SubjectRole;
  readonly actions: readonly Action[];
  readonly recordRefs: readonly string[];
  readonly derivedFrom: readonly string[];
  readonly conversation: string;
  /** Memory nodes that it touched. */
  readonly memories: readonly string[];
  readonly linkedTraces: readonly string[];
}

export function keySpanOf(fact: SpanFact): KeySpan {
  const { traceId, attribution, role, touches, recordRefs, derivedFrom, conversation, links } = fact;
  return {
    traceId,
    attribution,
    role,
    actions: touches.map(({ action }) => action),
    recordRefs,
    derivedFrom,
    conversation,
    memories: touches.map(({ peer }) => peer).filter((peer) => peer.startsWith('memory:')),
    linkedTraces: links.map((link) => link.traceId),
  };
}

/**
 * Keys under which a span may have found somebody's data who is not tagged on it: none on a span that declares whose data
 * it handles, which is the whole truth about it (ruling 6).
 */
export function keysInto({ attribution, role, actions, ...span }: KeySpan): {
  readonly keys: readonly string[];
  readonly traces: readonly string[];
} {
  if (attribution === 'declared' && role !== 'actor') return { keys: [], traces: [] };
  const reads = actions.some((action) => action === 'read' || action === 'receive' || action === 'unknown');
  return {
    keys: [
      ...(reads ? [...span.recordRefs, ...span.memories] : []),
      ...span.derivedFrom,
      ...(span.conversation === '' ? [] : [span.conversation]),
    ],
    traces: span.linkedTraces,
  };
}
