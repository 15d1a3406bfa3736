import type { Cause } from './flow.ts';
import { jumpKey } from './jump-key.ts';
import type { Level } from './knowledge.ts';
import type { PhysicalTouch, Witness } from './physical.ts';
import type { Standing } from './standing.ts';
import { isAboutOthers } from './taint.ts';
import type { TraceSpan } from './trace.ts';
import { isInward, type TraceState } from './trace-state.ts';

/** Why a touch is a flow of the person, and how surely. */
export interface Judgement {
  /** The spans say so themselves (rule 1); null when it follows from propagation. */
  readonly own: 'declared' | 'ambient' | null;
  readonly level: Level;
  readonly because: Cause;
  readonly skewUs: number;
  readonly witness: Witness;
}

/** The strongest reason why this touch is a flow of the person, or null when it is none. */
export function judge(state: TraceState, touch: PhysicalTouch): Judgement | null {
  const said = ownWord(touch.witnesses, state.standings);
  if (said === 'others') return null;
  if (said !== null) return { level: 'strong', ...said };
  // A delete moves nothing: it is one of the person's only if somebody says so.
  if (touch.action === 'delete') return null;
  const incoming = state.incoming.get(touch);
  const came = incoming ? { own: null, ...incoming } : null;
  if (isInward(touch.action)) return came;
  const carried = carriedOut(state, touch);
  // An unclear call of no length seems to have read before it wrote: what it read came from elsewhere.
  const isOwnRead = carried?.because.rule === 2 && touch.witnesses.some(({ span }) => isAt(span, carried.because));
  if (carried === null || (came !== null && isOwnRead)) return came;
  return carried.level === 'weak' && came?.level === 'strong' ? came : carried;
}

const isAt = ({ fact }: TraceSpan, { traceId, spanId }: Cause) => fact.traceId === traceId && fact.spanId === spanId;

/**
 * Rule 3 for a callee outside, of which there is no span: what a model or recipient was told comes back in its answer to
 * the same call. For lack of a better witness the call itself is the cause.
 */
export function answered(state: TraceState, touch: PhysicalTouch): Judgement | null {
  if (touch.action !== 'receive' || ownWord(touch.witnesses, state.standings) === 'others') return null;
  for (const witness of touch.witnesses) {
    // Whoever is called answers; what a SERVER span received came before anything that it gave back.
    if (witness.span.fact.kind === 'server') continue;
    for (const sent of state.model.touchesOf.get(witness.span) ?? []) {
      if (sent.action !== 'share' || sent.peer !== touch.peer) continue;
      const carried = judge(state, sent);
      if (carried === null) continue;
      const { traceId, spanId, startUs } = carried.witness.span.fact;
      const because: Cause = { rule: 3, traceId, spanId, atUs: Math.max(startUs, carried.because.atUs) };
      return { own: null, level: carried.level, because, skewUs: carried.skewUs, witness };
    }
  }
  return null;
}

type OwnWord<W> = { own: 'declared' | 'ambient'; because: Cause; skewUs: number; witness: W };

/** What the spans of one call say about the person themselves: a declaration before anything else (ruling 6). */
export function ownWord<W extends { span: TraceSpan }>(
  witnesses: readonly W[],
  standings: ReadonlyMap<TraceSpan, Standing>,
): OwnWord<W> | 'others' | null {
  const others = isAboutOthers(
    witnesses.map(({ span }) => span),
    standings,
  );
  if (others) return 'others';
  for (const own of ['declared', 'ambient'] as const) {
    for (const witness of witnesses) {
      const standing = standings.get(witness.span);
      if (standing?.own !== own) continue;
      const { traceId, spanId, startUs } = standing.tagged.fact;
      return { own, because: { rule: 1, traceId, spanId, atUs: startUs }, skewUs: standing.skewUs, witness };
    }
  }
  return null;
}

/** Rules 2 and 3, ruling 3: the holder had the data before it sent something, or made it from a record of the person. */
function carriedOut(state: TraceState, touch: PhysicalTouch): Judgement | null {
  let weak: Judgement | null = null;
  for (const witness of touch.witnesses) {
    const { fact, startCeilUs, endCeilUs } = witness.span;
    const match = state.taints.at(
      touch.holders,
      disclosesAtEnd(touch, witness.span) ? endCeilUs : startCeilUs,
      fact.service,
    );
    if (match) {
      const { level, cause } = match.taint;
      const found = { own: null, level, because: cause, skewUs: match.skewUs, witness };
      if (level === 'strong') return found;
      weak ??= found;
    }
    if (state.track === 'actor') continue;
    for (const ref of fact.derivedFrom) {
      const made = state.context.knowledge.at(jumpKey.record(ref), startCeilUs, fact);
      if (made === null) continue;
      const { level, cause } = made.arrival;
      const found = { own: null, level, because: cause, skewUs: made.skewUs, witness };
      if (level === 'strong') return found;
      weak ??= found;
    }
  }
  return weak;
}

/** The answer of a SERVER span to whoever called it from outside leaves at the end of the call, not at its start. */
export function disclosesAtEnd(touch: PhysicalTouch, span: TraceSpan): boolean {
  return span.fact.kind === 'server' && touch.peer.startsWith('client:') && !isInward(touch.action);
}
