import type { Action } from '../convention/attributes.ts';
import { parseNodeId } from '../node/kind.ts';
import type { SkewBounds } from './clock.ts';
import type { Cause } from './flow.ts';
import type { Holder } from './holders.ts';
import type { Knowledge, Level } from './knowledge.ts';
import type { PhysicalTouch, Witness } from './physical.ts';
import type { Standing, TagIndex, Track } from './standing.ts';
import type { Taints } from './taint.ts';
import type { TraceSpan } from './trace.ts';
import type { TraceModel } from './trace-model.ts';

/** What is known of the person outside the trace at hand. */
export interface SpreadContext {
  readonly tags: TagIndex;
  readonly knowledge: Knowledge;
  readonly skew: SkewBounds;
  /** Spans by trace that other spans link to: only these need to be known as messages. */
  readonly linked: ReadonlyMap<string, ReadonlySet<string>>;
}

/** One trace while the person's data is followed through it. */
export interface TraceState {
  readonly model: TraceModel;
  readonly track: Track;
  readonly context: SpreadContext;
  readonly standings: ReadonlyMap<TraceSpan, Standing>;
  readonly taints: Taints;
  /** Touches whose call says nothing about people itself, but brought something of the person in. */
  readonly incoming: Map<PhysicalTouch, Incoming>;
}

export interface Incoming {
  readonly level: Level;
  readonly because: Cause;
  readonly skewUs: number;
  readonly witness: Witness;
}

/** Stores, memories and queues: where data rests (ruling 2). */
export function rests(nodeId: string): boolean {
  const kind = parseNodeId(nodeId)?.kind;
  return kind === 'store' || kind === 'memory' || kind === 'queue';
}

export const isInward = (action: Action): boolean => action === 'read' || action === 'receive';
export const isOutward = (action: Action): boolean => action === 'write' || action === 'share';

/**
 * A consumer begins with the message in hand, a server with what was asked of it: that either broke afterwards does not
 * undo that. Ruling 13 is about calls, and these are none.
 */
export function isInHand({ peer, action, witnesses }: Pick<PhysicalTouch, 'peer' | 'action' | 'witnesses'>): boolean {
  if (!isInward(action)) return false;
  const kind = peer.startsWith('queue:') ? 'consumer' : peer.startsWith('client:') ? 'server' : null;
  return kind !== null && witnesses.some(({ span }) => span.fact.kind === kind);
}

export function nodesOf(holders: readonly Holder[]): string[] {
  return [...new Set(holders.map(({ node }) => node))];
}

/** Categories and purposes of spans; an untagged span speaks for the tag that it inherits. */
export function meaningOf(
  spans: readonly TraceSpan[],
  standings: ReadonlyMap<TraceSpan, Standing>,
): { categories: string[]; purposes: string[] } {
  const categories = new Set<string>();
  const purposes = new Set<string>();
  const add = ({ fact }: TraceSpan) => {
    for (const category of fact.categories) categories.add(category);
    if (fact.purpose !== '') purposes.add(fact.purpose);
  };
  // Asked for every flow: arrays in between were a tenth of the closure's time (bench/README.md, lineage).
  for (const span of spans) {
    add(span);
    const tagged = standings.get(span)?.tagged ?? span;
    if (tagged !== span) add(tagged);
  }
  return { categories: [...categories].sort(), purposes: [...purposes].sort() };
}
