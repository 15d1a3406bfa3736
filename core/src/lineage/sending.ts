import type { Cause } from './flow.ts';
import { jumpKey } from './jump-key.ts';
import type { Arrival, Level } from './knowledge.ts';
import type { KeyedArrival } from './leaving.ts';
import type { TraceSpan } from './trace.ts';
import type { TraceState } from './trace-state.ts';

/** Rule 4 on the sending side: spans that others link to, when the person's data went out of them. */
export function messagesSent(state: TraceState, sent: ReadonlyMap<TraceSpan, Level>): KeyedArrival[] {
  const found: KeyedArrival[] = [];
  const linked = state.context.linked.get(state.model.tree.traceId);
  if (linked === undefined) return found;
  for (const span of state.model.tree.spans) {
    const { traceId, spanId, startUs, service, kind } = span.fact;
    if (span.ownWork || !linked.has(spanId)) continue;
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
      endUs: span.endCeilUs,
      level,
      node: holders[0]?.node ?? service,
      ref: '',
    };
    found.push({ key: jumpKey.message(traceId, spanId), arrival });
  }
  return found;
}

/** Rule 6 on the sending side, ruling 10: a turn that ended with the person's data leaves it to the turns after it. */
export function turnsEnded(state: TraceState): KeyedArrival[] {
  const found: KeyedArrival[] = [];
  for (const { span, gathers } of state.model.turns) {
    const { traceId, spanId, endUs, service, conversation } = span.fact;
    const standing = state.standings.get(span);
    if (standing?.others) continue;
    const holders = state.model.holders.of(span);
    const match = state.taints.at(holders, gathers ? span.endCeilUs : span.startCeilUs, service);
    const level = standing?.own ? 'strong' : match?.taint.level;
    const node = holders[0]?.node;
    if (level === undefined || node === undefined) continue;
    const cause: Cause = { rule: 6, traceId, spanId, atUs: endUs };
    found.push({ key: jumpKey.turn(conversation), arrival: { cause, service, endUs, level, node, ref: '' } });
  }
  return found;
}
