import { jumpKey } from './jump-key.ts';
import type { PhysicalTouch } from './physical.ts';
import type { TraceTree } from './trace.ts';
import type { Turn } from './trace-model.ts';
import { isInHand, isInward } from './trace-state.ts';

/**
 * Keys of {@link jumpKey} through which a trace may receive data from elsewhere, each with the one span that asks for it,
 * or null where several do. A span learns nothing from itself, so what it alone asks for and itself tells is no news.
 */
export type Listening = ReadonlyMap<string, string | null>;

/** Exactly the keys that `incoming.ts` and `judge.ts` look up, for whatever person. */
export function listens(tree: TraceTree, touches: readonly PhysicalTouch[], turns: readonly Turn[]): Listening {
  const keys = new Map<string, string | null>();
  const ask = (key: string, spanId: string) => {
    const known = keys.get(key);
    keys.set(key, known === undefined || known === spanId ? spanId : null);
  };
  for (const touch of touches) {
    if (!mayBringIn(touch)) continue;
    for (const key of readKeys(touch)) for (const { span } of touch.witnesses) ask(key, span.fact.spanId);
  }
  for (const { span } of turns) ask(jumpKey.turn(span.fact.conversation), span.fact.spanId);
  for (const { fact } of tree.spans) {
    for (const ref of fact.derivedFrom) ask(jumpKey.record(ref), fact.spanId);
    for (const link of fact.links) ask(jumpKey.message(link.traceId, link.spanId), fact.spanId);
  }
  return keys;
}

/** A call that may have brought in what lay there: a successful read that found something, or an unclear call. */
export function mayBringIn(touch: PhysicalTouch): boolean {
  const { action, outcome, empty } = touch;
  return (isInward(action) || action === 'unknown') && (outcome === 'ok' || isInHand(touch)) && !empty;
}

/**
 * A memory is read as a whole, unless the read names every record it returned: then its records decide, and only what
 * was written without naming records may still be among them.
 */
export function readKeys(touch: PhysicalTouch): string[] {
  const keys = touch.refs.map((ref) => jumpKey.record(ref));
  if (!touch.peer.startsWith('memory:')) return keys;
  const partial = touch.witnesses.some(({ span }) => span.fact.recordCount > touch.refs.length);
  const whole = touch.refs.length === 0 || partial;
  return [...keys, whole ? jumpKey.memory(touch.peer) : jumpKey.wholeMemory(touch.peer)];
}
