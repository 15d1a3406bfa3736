import { READ_OVERLAP_US } from './clock.ts';
import { jumpKey } from './jump-key.ts';
import type { Arrival, Match } from './knowledge.ts';
import { mayBringIn, readKeys } from './listening.ts';
import type { PhysicalTouch } from './physical.ts';
import { isAboutOthers } from './taint.ts';
import type { TraceSpan } from './trace.ts';
import { type Incoming, isInward, type TraceState } from './trace-state.ts';

/** A later turn of a conversation that had the person's data (rule 6). */
export interface LaterTurn {
  readonly span: TraceSpan;
  /** One for each node that an earlier turn with the data ran in. */
  readonly matches: readonly Match[];
}

/**
 * The receiving side of rules 4, 5 and 6: messages, reads of records and memories, turns of a conversation. Taints the
 * holders and notes the touches through which the data came.
 */
export function receiveFromElsewhere(state: TraceState): LaterTurn[] {
  const turns: LaterTurn[] = [];
  for (const span of state.model.tree.spans) {
    if (span.ownWork || state.standings.get(span)?.others) continue;
    if (span.fact.links.length > 0) receiveMessages(state, span);
  }
  for (const { span } of state.model.turns) {
    const matches = state.standings.get(span)?.others ? [] : receiveTurn(state, span);
    if (matches.length > 0) turns.push({ span, matches });
  }
  for (const touch of state.model.touches) readRecords(state, touch);
  return turns;
}

function taint(state: TraceState, span: TraceSpan, level: Arrival['level'], rule: 2 | 4 | 6, atUs: number): void {
  const { traceId, spanId } = span.fact;
  for (const holder of state.model.holders.of(span)) state.taints.offer(holder, level, { rule, traceId, spanId, atUs });
}

function receiveMessages(state: TraceState, span: TraceSpan): void {
  const { fact } = span;
  const { knowledge } = state.context;
  for (const link of fact.links) {
    const key = jumpKey.message(link.traceId, link.spanId);
    // Processing starts with the message in hand. A poll may have begun before it was sent, and has it at its end.
    const inHand = fact.kind === 'client' ? null : knowledge.at(key, span.startCeilUs, fact);
    const match = inHand ?? knowledge.at(key, span.endCeilUs, fact);
    if (match === null) continue;
    const { level, cause } = match.arrival;
    taint(state, span, level, 4, inHand === null ? fact.endUs : fact.startUs);
    receivedThroughQueue(state, span, { level, because: cause, skewUs: match.skewUs });
  }
}

/** Notes that a message came through the span's own read of a queue, if it has one. */
export function receivedThroughQueue(state: TraceState, span: TraceSpan, how: Omit<Incoming, 'witness'>): void {
  for (const touch of queueReads(state, span)) {
    const witness = touch.witnesses.find((one) => one.span === span);
    if (witness) note(state, touch, { ...how, witness });
  }
}

export function queueReads(state: TraceState, span: TraceSpan): PhysicalTouch[] {
  const touches = state.model.touchesOf.get(span) ?? [];
  return touches.filter((touch) => isInward(touch.action) && touch.peer.startsWith('queue:'));
}

function note(state: TraceState, touch: PhysicalTouch, incoming: Incoming): void {
  const known = state.incoming.get(touch);
  if (!known || (known.level === 'weak' && incoming.level === 'strong')) state.incoming.set(touch, incoming);
}

/** The history is there when the turn starts. */
function receiveTurn(state: TraceState, span: TraceSpan): Match[] {
  const { fact, startCeilUs } = span;
  const matches = state.context.knowledge.byNode(jumpKey.turn(fact.conversation), startCeilUs, fact);
  for (const { arrival } of matches) taint(state, span, arrival.level, 6, fact.startUs);
  return matches;
}

/**
 * Rules 5 and 6: a read of a record or memory that had the person's data hands it over at its end (ruling 9). What was
 * written while it ran it may have seen.
 */
function readRecords(state: TraceState, touch: PhysicalTouch): void {
  if (!mayBringIn(touch)) return;
  const keys = readKeys(touch);
  if (keys.length === 0) return;
  const spans = touch.witnesses.map(({ span }) => span);
  if (spans.some((span) => state.standings.get(span)?.own) || isAboutOthers(spans, state.standings)) return;
  for (const witness of touch.witnesses) {
    const { fact, startCeilUs, endCeilUs } = witness.span;
    const lastUs = Math.min(endCeilUs, startCeilUs + READ_OVERLAP_US);
    for (const key of keys) {
      const match = state.context.knowledge.at(key, lastUs, fact, fact.startUs);
      if (match === null) continue;
      // An unclear call on a record of the person may or may not have read it.
      const level = touch.action === 'unknown' ? 'weak' : match.arrival.level;
      note(state, touch, { level, because: match.arrival.cause, skewUs: match.skewUs, witness });
    }
  }
  const incoming = state.incoming.get(touch);
  if (incoming) taint(state, incoming.witness.span, incoming.level, 2, incoming.witness.span.fact.endUs);
}
