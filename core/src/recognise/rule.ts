import type { Action } from '../convention/attributes.ts';
import type { Touch } from '../model/span.ts';
import type { SpanView } from './span-view.ts';

/** One row of the registry: which spans it reads, and what they did. */
export interface Rule {
  /** Prefix of the ids that its touches carry; the first part decides the layer (`rule-layer.ts`). */
  readonly id: string;
  /** Where the convention is written. */
  readonly source: string;
  /**
   * Rule set in which this rule last changed what it answers; 1 when absent. Only spans that such a change concerns are
   * derived again, because a stored span tells less than the span that came (`reread-span.ts`).
   */
  readonly changedIn?: number;
  /**
   * A later change that concerns only some spans; the others are not read again for it. Asked with the rule set that the
   * span is stored under, since an earlier change concerns only spans that are older than it.
   */
  readonly changedFor?: { readonly ruleSet: number; readonly spans: (span: SpanView, storedUnder: number) => boolean };
  readonly match: (span: SpanView) => boolean;
  /** Null hands the span on to the next rule. */
  readonly read: (span: SpanView) => Recognised | null;
}

export interface Recognised {
  readonly touches: readonly Touch[];
  /** The node this span is an execution of. */
  readonly self?: string;
  /** A turn of a conversation (ruling 10). */
  readonly turn?: boolean;
  /** Refs of records that the span named in clear; made with the tenant's key or not at all. */
  readonly recordRefs?: readonly string[];
  /** -1 when unknown. */
  readonly recordCount?: number;
  /** Outside host, or the provider's name where no host is known (ruling 23). */
  readonly recipientHost?: string;
}

export function touch(peer: string, action: Action, rule: string): Touch {
  return { peer, action, rule };
}

/**
 * What an operation did to a store of which it did not say the part. A delete somewhere in it must not pass for a delete
 * of all that is in it: nobody knows what is left.
 */
export function withoutPart(actions: readonly Action[]): readonly Action[] {
  return actions.includes('delete')
    ? [...new Set(actions.map((action) => (action === 'delete' ? 'unknown' : action)))]
    : actions;
}

/** A call shares with its peer and, when it succeeded, receives from it (ruling 13: a failed call may have disclosed). */
export function callTouches(span: SpanView, peer: string, rule: string): Touch[] {
  const sent = touch(peer, 'share', rule);
  return span.outcome === 'ok' ? [sent, touch(peer, 'receive', rule)] : [sent];
}

/** The host, when it is outside; for the recipients list (rulings 22, 23). */
export function outsideHost(span: SpanView): string {
  return span.isOutside ? span.host : '';
}

/** Refs of records whose keys the span names in clear; [] where the tenant kept its key to itself. */
export function clearRefs(span: SpanView, node: string, keys: readonly string[]): string[] {
  const { recordRefs } = span.context;
  if (recordRefs === null || keys.length === 0) return [];
  const canonical = span.context.aliases(node);
  return keys.slice(0, 64).flatMap((key) => (key === '' || key.length > 1024 ? [] : recordRefs(canonical, key)));
}
