import type { Confidence } from './answer.ts';
import { callFlows, receiveThroughCall } from './call-flows.ts';
import { type Cause, type Flow, notBefore } from './flow.ts';
import { type LaterTurn, receiveFromElsewhere } from './incoming.ts';
import { answered, disclosesAtEnd, type Judgement, judge } from './judge.ts';
import type { Level } from './knowledge.ts';
import { arrivalsOf, type Holding, holdingsOf, type KeyedArrival } from './leaving.ts';
import type { PhysicalTouch } from './physical.ts';
import { messagesSent, turnsEnded } from './sending.ts';
import { standings, type Track } from './standing.ts';
import { spreadThroughCalls, Taints } from './taint.ts';
import type { TraceSpan } from './trace.ts';
import type { TraceModel } from './trace-model.ts';
import { isInHand, isInward, meaningOf, nodesOf, type SpreadContext, type TraceState } from './trace-state.ts';

/** What one trace does with the data of one person, given what is known from elsewhere. */
export interface Spread {
  readonly flows: readonly Flow[];
  /** What becomes known to other traces. */
  readonly arrivals: readonly KeyedArrival[];
  readonly holdings: readonly Holding[];
}

/** Rules 1 to 6 on one trace. The actor's track stays within its traces: nothing of it rests anywhere (ruling 8). */
export function spread(model: TraceModel, track: Track, context: SpreadContext): Spread {
  const { skew } = context;
  const state: TraceState = {
    model,
    track,
    context,
    standings: standings(model.tree, context.tags.get(model.tree.traceId), track, skew),
    taints: new Taints(skew),
    incoming: new Map(),
  };
  for (const [span, { taints }] of state.standings) {
    if (!taints) continue;
    const { traceId, spanId, startUs } = span.fact;
    const cause: Cause = { rule: 1, traceId, spanId, atUs: startUs };
    for (const holder of model.holders.of(span)) state.taints.offer(holder, 'strong', cause);
  }
  const turns = track === 'subject' ? receiveFromElsewhere(state) : [];
  spreadThroughCalls(model.calls, state.taints, state.standings, skew);
  for (const call of model.calls) receiveThroughCall(state, call);

  const out: { flows: Flow[]; arrivals: KeyedArrival[]; holdings: Holding[]; sent: Map<TraceSpan, Level> } = {
    flows: turns.flatMap((turn) => turnFlows(state, turn)),
    arrivals: [],
    holdings: [],
    sent: new Map(),
  };
  for (const touch of model.touches) {
    const judged = judge(state, touch) ?? answered(state, touch);
    if (judged === null) continue;
    const level = levelOf(touch, judged);
    if (level === null) continue;
    const confidence: Confidence = level === 'weak' ? 'possible' : (judged.own ?? 'inferred');
    out.flows.push(...touchFlows(state, touch, judged, confidence));
    if (track === 'actor') continue;
    out.holdings.push(...holdingsOf(touch, judged, confidence));
    out.arrivals.push(...arrivalsOf(touch, judged, level));
    if (!isInward(touch.action)) for (const { span } of touch.witnesses) markSent(out.sent, span, level);
  }
  for (const call of model.calls) out.flows.push(...callFlows(state, call));
  if (track === 'subject') {
    for (const arrival of messagesSent(state, out.sent)) out.arrivals.push(arrival);
    for (const arrival of turnsEnded(state)) out.arrivals.push(arrival);
  }
  return out;
}

/**
 * Ruling 13: a failed read brings nothing, a failed write may have happened, what was shared may have left. Where the
 * error proves that nobody was reached, nothing has (docs/adr/0043-what-a-call-proves.md). What was in hand had come.
 */
function levelOf(touch: PhysicalTouch, { level }: Judgement): Level | null {
  const { action, outcome, empty } = touch;
  if (isInward(action)) return (outcome === 'ok' || isInHand(touch)) && !empty ? level : null;
  if (action === 'delete') return outcome === 'ok' ? level : null;
  if (outcome === 'no_effect') return null;
  return action === 'share' || outcome === 'ok' ? level : 'weak';
}

function touchFlows(state: TraceState, touch: PhysicalTouch, judged: Judgement, confidence: Confidence): Flow[] {
  const { span, rule } = judged.witness;
  const { traceId, spanId, startUs, endUs } = span.fact;
  // Processing begins with the message in hand; whatever else comes in has come when the call ends.
  const inHand = span.fact.kind === 'consumer' && touch.peer.startsWith('queue:');
  const atEnd = (isInward(touch.action) && !inHand) || touch.action === 'delete' || disclosesAtEnd(touch, span);
  const mayWait = touch.action === 'unknown' || inHand;
  return nodesOf(touch.holders).map((node) => ({
    from: isInward(touch.action) ? touch.peer : node,
    to: isInward(touch.action) ? node : touch.peer,
    action: touch.action,
    confidence,
    actor: state.track === 'actor',
    atUs: atEnd
      ? notBefore(judged.because, endUs, span.endCeilUs)
      : notBefore(judged.because, startUs, mayWait ? span.endCeilUs : span.startCeilUs),
    skewUs: judged.skewUs,
    traceId,
    spanId,
    rule,
    because: judged.because,
    ...meaningOf(
      touch.witnesses.map((witness) => witness.span),
      state.standings,
    ),
    host: touch.host,
    country: touch.country,
  }));
}

/** Rule 6: between two agents the conversation itself is the way; within one agent there is nothing to draw. */
function turnFlows(state: TraceState, { span, matches }: LaterTurn): Flow[] {
  const { traceId, spanId, startUs } = span.fact;
  const nodes = nodesOf(state.model.holders.of(span));
  return matches.flatMap(({ arrival, skewUs }) =>
    nodes
      .filter((node) => node !== arrival.node)
      .map((to) => ({
        from: arrival.node,
        to,
        action: 'share',
        confidence: arrival.level === 'weak' ? 'possible' : 'inferred',
        actor: false,
        atUs: notBefore(arrival.cause, startUs, span.startCeilUs),
        skewUs,
        traceId,
        spanId,
        rule: 'turn',
        because: arrival.cause,
        ...meaningOf([span], state.standings),
        host: '',
        country: '',
      })),
  );
}

function markSent(sent: Map<TraceSpan, Level>, span: TraceSpan, level: Level): void {
  if (sent.get(span) !== 'strong') sent.set(span, level);
}
