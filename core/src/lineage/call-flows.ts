import type { Confidence } from './answer.ts';
import { type SkewBounds, skewToPrecede } from './clock.ts';
import { type Cause, type Flow, notBefore } from './flow.ts';
import { queueReads, receivedThroughQueue } from './incoming.ts';
import { ownWord } from './judge.ts';
import type { PhysicalCall } from './physical.ts';
import { isAboutOthers, type Passage, passagesIn, passagesOut } from './taint.ts';
import type { TraceSpan } from './trace.ts';
import { meaningOf, nodesOf, type TraceState } from './trace-state.ts';

/** A consumer under its producer got the message through the queue, if it says so (rule 4). */
export function receiveThroughCall(state: TraceState, call: PhysicalCall): void {
  if (!call.oneWay || state.track === 'actor' || isAboutOthers(call.witnesses, state.standings)) return;
  for (const { level, cause, skewUs } of passagesIn(call, state.taints, state.context.skew)) {
    const { traceId, spanId, startUs } = (call.via ?? call.entry).fact;
    const because: Cause = { rule: 4, traceId, spanId, atUs: Math.max(cause.atUs, startUs) };
    receivedThroughQueue(state, call.entry, { level, because, skewUs });
  }
}

/**
 * Rule 3, ruling 4: from caller to callee when the call starts, and back when it ends.
 *
 * Only the caller's own span can declare what it passed. That the callee's span declares the person says whom the callee
 * worked on, not that it got them from this caller or gave them back: what follows from it is `inferred`
 * (docs/adr/0043-what-a-call-proves.md).
 */
export function callFlows(state: TraceState, call: PhysicalCall): Flow[] {
  const { callee, entry, via } = call;
  const callers = nodesOf(call.callers).filter((node) => node !== callee.node);
  const wordOf = (spans: readonly TraceSpan[]) =>
    ownWord(
      spans.map((span) => ({ span })),
      state.standings,
    );
  const anybody = wordOf(call.witnesses);
  if (callers.length === 0 || anybody === 'others') return [];
  const { skew } = state.context;
  const caller = wordOf(call.witnesses.filter((span) => span !== entry));
  const said = caller === null || caller === 'others' ? anybody : caller;
  type Said = typeof said;
  const flow = (from: string, to: string, action: 'share' | 'receive', passage: Passage, by: Said): Flow => ({
    from,
    to,
    action,
    confidence: confidenceOf(action, passage, by),
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
  const confidenceOf = (action: 'share' | 'receive', passage: Passage, by: Said): Confidence => {
    if (by === null) return passage.level === 'weak' ? 'possible' : 'inferred';
    if (by.own === 'ambient') return 'ambient';
    return action === 'share' && by === caller ? 'declared' : 'inferred';
  };
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
  for (const out of passagesOut(call, state.taints, skew)) {
    const passage = { ...out, atUs: notBefore(out.cause, out.atUs, (via ?? entry).endCeilUs) };
    const named =
      said && skewToPrecede(skew, said.because.atUs, callee.service, passage.atUs, (via ?? entry).fact.service);
    const back = named === null ? passage : { ...passage, skewUs: Math.max(passage.skewUs, named) };
    // That somebody declared the person explains the call, not that the callee had them.
    const by = named === null || said?.own === 'declared' ? null : said;
    for (const node of callers) flows.push(flow(callee.node, node, 'receive', back, by));
  }
  return flows;
}

/** A call moves what it names when the span that names it starts. */
function namedPassage(
  { because, witness }: { because: Cause; witness: { span: TraceSpan } },
  { entry, via }: PhysicalCall,
  skew: SkewBounds,
): Passage | null {
  const atUs = notBefore(because, witness.span.fact.startUs, witness.span.startCeilUs);
  if (via === null) return { level: 'strong', cause: because, atUs, skewUs: 0 };
  const { startUs, service } = via.fact;
  const skewUs = skewToPrecede(skew, startUs, service, entry.startCeilUs, entry.fact.service);
  return skewUs === null ? null : { level: 'strong', cause: because, atUs, skewUs };
}
