import type { Confidence } from './answer.ts';
import { type SkewBounds, skewToPrecede } from './clock.ts';
import type { Cause, Flow } from './flow.ts';
import { type LaterTurn, queueReads, receivedThroughQueue, receiveFromElsewhere } from './incoming.ts';
import { disclosesAtEnd, type Judgement, judge, ownWord } from './judge.ts';
import type { Arrival, Level } from './knowledge.ts';
import { arrivalsOf, type Holding, holdingsOf, type KeyedArrival } from './leaving.ts';
import type { PhysicalCall, PhysicalTouch } from './physical.ts';
import { standings, type Track } from './standing.ts';
import { type Passage, passagesIn, passagesOut, spreadThroughCalls, Taints } from './taint.ts';
import type { TraceSpan } from './trace.ts';
import { jumpKey, type TraceModel } from './trace-model.ts';
import { isInward, meaningOf, nodesOf, type SpreadContext, type TraceState } from './trace-state.ts';

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
    const judged = judge(state, touch);
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
    out.arrivals.push(...messagesSent(state, out.sent), ...turnsEnded(state));
  }
  return out;
}

/** Ruling 13: a failed read brings nothing, a failed write may have happened, what was shared may have left. */
function levelOf({ action, outcome, empty }: PhysicalTouch, { level }: Judgement): Level | null {
  if (isInward(action)) return outcome === 'ok' && !empty ? level : null;
  if (action === 'delete') return outcome === 'ok' ? level : null;
  if (action === 'share' || outcome === 'ok') return level;
  return outcome === 'no_effect' ? null : 'weak';
}

function touchFlows(state: TraceState, touch: PhysicalTouch, judged: Judgement, confidence: Confidence): Flow[] {
  const { span, rule } = judged.witness;
  const { traceId, spanId, startUs, endUs } = span.fact;
  const atEnd = isInward(touch.action) || touch.action === 'delete' || disclosesAtEnd(touch, span);
  return nodesOf(touch.holders).map((node) => ({
    from: isInward(touch.action) ? touch.peer : node,
    to: isInward(touch.action) ? node : touch.peer,
    action: touch.action,
    confidence,
    actor: state.track === 'actor',
    atUs: atEnd ? endUs : notBefore(judged.because, startUs, span.startCeilUs),
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

/** A start told in whole milliseconds may seem to lie just before what it followed. */
function notBefore(because: Cause, startUs: number, startCeilUs: number): number {
  return because.atUs <= startCeilUs ? Math.max(startUs, because.atUs) : startUs;
}

/** A consumer under its producer got the message through the queue, if it says so (rule 4). */
function receiveThroughCall(state: TraceState, call: PhysicalCall): void {
  if (!call.oneWay || state.track === 'actor') return;
  for (const { level, cause, skewUs } of passagesIn(call, state.taints, state.context.skew)) {
    const { traceId, spanId, startUs } = (call.via ?? call.entry).fact;
    const because: Cause = { rule: 4, traceId, spanId, atUs: Math.max(cause.atUs, startUs) };
    receivedThroughQueue(state, call.entry, { level, because, skewUs });
  }
}

/** Rule 3, ruling 4: from caller to callee when the call starts, and back when it ends. */
function callFlows(state: TraceState, call: PhysicalCall): Flow[] {
  const { callee, entry, via } = call;
  const callers = nodesOf(call.callers).filter((node) => node !== callee.node);
  const said = ownWord(
    call.witnesses.map((span) => ({ span })),
    state.standings,
  );
  if (callers.length === 0 || said === 'others') return [];
  const { skew } = state.context;
  type Said = typeof said;
  const flow = (from: string, to: string, action: 'share' | 'receive', passage: Passage, by: Said): Flow => ({
    from,
    to,
    action,
    confidence: by?.own ?? (passage.level === 'weak' ? 'possible' : 'inferred'),
    actor: state.track === 'actor',
    atUs: passage.atUs,
    skewUs: Math.max(passage.skewUs, by?.skewUs ?? 0),
    traceId: entry.fact.traceId,
    spanId: (by?.witness.span ?? entry).fact.spanId,
    rule: action === 'share' ? 'call' : 'return',
    because: by?.because ?? passage.cause,
    ...meaningOf(call.witnesses, state.standings),
    host: '',
    country: '',
  });
  const sent = via ?? entry;
  const flows: Flow[] = [];
  // What went through a queue is told by the touches of its two ends.
  if (!(call.oneWay && queueReads(state, entry).length > 0)) {
    const passages = passagesIn(call, state.taints, skew).map((passage) => ({
      ...passage,
      atUs: notBefore(passage.cause, sent.fact.startUs, sent.startCeilUs),
    }));
    // A call that names the person carries the person's data, also where nobody saw how the caller came by it.
    const shared = said ? namedPassage(said, call, skew) : passages[0];
    if (shared) for (const node of callers) flows.push(flow(node, callee.node, 'share', shared, said));
  }
  for (const passage of passagesOut(call, state.taints, skew)) {
    const named =
      said && skewToPrecede(skew, said.because.atUs, callee.service, passage.atUs, (via ?? entry).fact.service);
    const back = named === null ? passage : { ...passage, skewUs: Math.max(passage.skewUs, named) };
    for (const node of callers) flows.push(flow(callee.node, node, 'receive', back, named === null ? null : said));
  }
  return flows;
}

/** A call moves what it names when the span that names it starts. */
function namedPassage(
  { because, witness }: { because: Cause; witness: { span: TraceSpan } },
  { entry, via }: PhysicalCall,
  skew: SkewBounds,
): Passage | null {
  const atUs = witness.span.fact.startUs;
  if (via === null) return { level: 'strong', cause: because, atUs, skewUs: 0 };
  const { startUs, service } = via.fact;
  const skewUs = skewToPrecede(skew, startUs, service, entry.startCeilUs, entry.fact.service);
  return skewUs === null ? null : { level: 'strong', cause: because, atUs, skewUs };
}

/** Rule 6: between two agents the conversation itself is the way; within one agent there is nothing to draw. */
function turnFlows(state: TraceState, { span, matches }: LaterTurn): Flow[] {
  if (state.standings.get(span)?.own) return [];
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

/** Rule 4 on the sending side: spans that others link to, when the person's data went out of them. */
function messagesSent(state: TraceState, sent: ReadonlyMap<TraceSpan, Level>): KeyedArrival[] {
  const found: KeyedArrival[] = [];
  if (state.context.linked.size === 0) return found;
  for (const span of state.model.tree.spans) {
    const { traceId, spanId, startUs, endUs, service, kind } = span.fact;
    const key = jumpKey.message(traceId, spanId);
    if (span.ownWork || !state.context.linked.has(key)) continue;
    const standing = state.standings.get(span);
    const holders = state.model.holders.of(span);
    const carried =
      kind === 'producer' && !standing?.others
        ? state.taints.at(holders, span.startCeilUs, service)?.taint.level
        : undefined;
    const level = standing?.own ? 'strong' : (sent.get(span) ?? carried);
    if (level === undefined) continue;
    const arrival: Arrival = {
      cause: { rule: 4, traceId, spanId, atUs: startUs },
      service,
      endUs,
      level,
      node: holders[0]?.node ?? service,
      ref: '',
    };
    found.push({ key, arrival });
  }
  return found;
}

/** Rule 6 on the sending side, ruling 10: a turn that ended with the person's data leaves it to the turns after it. */
function turnsEnded(state: TraceState): KeyedArrival[] {
  const found: KeyedArrival[] = [];
  for (const span of state.model.tree.spans) {
    const { traceId, spanId, endUs, service, self, conversation } = span.fact;
    const standing = state.standings.get(span);
    if (conversation === '' || span.ownWork || standing?.others) continue;
    const holders = state.model.holders.of(span);
    // An agent gathers data until its turn ends; a bare model call was given what its caller had when it began.
    const match = state.taints.at(holders, self === '' ? span.startCeilUs : endUs, service);
    const level = standing?.own ? 'strong' : match?.taint.level;
    const node = holders[0]?.node;
    if (level === undefined || node === undefined) continue;
    const cause: Cause = { rule: 6, traceId, spanId, atUs: endUs };
    found.push({ key: jumpKey.turn(conversation), arrival: { cause, service, endUs, level, node, ref: '' } });
  }
  return found;
}
