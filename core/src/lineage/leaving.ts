import type { Confidence } from './answer.ts';
import type { Judgement } from './judge.ts';
import { jumpKey } from './jump-key.ts';
import type { Arrival, Level } from './knowledge.ts';
import type { PhysicalTouch } from './physical.ts';
import { isInward, isOutward, rests } from './trace-state.ts';

/** What a place of rest learns from a flow: something of the person was put there, was found there, or left it. */
export interface Holding {
  readonly node: string;
  /** '' when only the node as a whole is known. */
  readonly ref: string;
  readonly kind: 'write' | 'proof' | 'consumed';
  readonly confidence: Confidence;
  readonly startUs: number;
  /** The last instant at which the call may have ended. */
  readonly endUs: number;
  /** By whose clock. */
  readonly service: string;
  /** 0 when unknown. */
  readonly retentionUntilMs: number;
  /** Evidence; for a job the run id and ''. */
  readonly traceId: string;
  readonly spanId: string;
}

export interface KeyedArrival {
  readonly key: string;
  readonly arrival: Arrival;
}

/**
 * Rulings 1 and 2: a write puts the person there; a declared read, or a tagged one that names records, proves that it
 * was there; any other read makes it possible. An inferred read says nothing new.
 */
export function holdingsOf(touch: PhysicalTouch, judged: Judgement, confidence: Confidence): Holding[] {
  const { peer, action, refs, outcome } = touch;
  // A message whose processing broke lies in the queue again, as far as anybody knows.
  const isConsumed = peer.startsWith('queue:') && isInward(action) && outcome === 'ok';
  const kind = isOutward(action) ? 'write' : isConsumed ? 'consumed' : 'proof';
  if (!rests(peer) || action === 'delete' || (kind === 'proof' && isInward(action) && judged.own === null)) return [];
  const proven = judged.own !== null && (refs.length > 0 || (judged.own === 'declared' && action !== 'unknown'));
  const facts = touch.witnesses.map(({ span }) => span.fact);
  return (refs.length === 0 ? [''] : refs).map((ref) => ({
    node: peer,
    ref,
    kind,
    confidence: kind !== 'proof' || proven ? confidence : 'possible',
    startUs: judged.witness.span.fact.startUs,
    endUs: Math.max(...touch.witnesses.map(({ span }) => span.endCeilUs)),
    service: judged.witness.span.fact.service,
    retentionUntilMs: Math.max(...facts.map(({ retentionUntilMs }) => retentionUntilMs)),
    traceId: judged.witness.span.fact.traceId,
    spanId: judged.witness.span.fact.spanId,
  }));
}

/**
 * Rules 5 and 6 on the sending side: what later readers of these records, or of this memory, will find. A declared read
 * tells it as well as a write does: the record is the person's. An ambient read does not, because it may be of anything.
 */
export function arrivalsOf(touch: PhysicalTouch, judged: Judgement, level: Level): KeyedArrival[] {
  const { peer, action, refs } = touch;
  if (!rests(peer) || action === 'delete' || (isInward(action) && judged.own !== 'declared')) return [];
  const { traceId, spanId, startUs, service } = judged.witness.span.fact;
  const endUs = Math.max(...touch.witnesses.map(({ span }) => span.endCeilUs));
  const sure: Level = action === 'unknown' && judged.own !== 'declared' ? 'weak' : level;
  const arrival = (rule: 5 | 6, ref: string): Arrival => ({
    cause: { rule, traceId, spanId, atUs: startUs },
    service,
    endUs,
    level: sure,
    node: peer,
    ref,
  });
  const records = refs.map((ref) => ({ key: jumpKey.record(ref), arrival: arrival(5, ref) }));
  if (isInward(action) || !peer.startsWith('memory:')) return records;
  const memory = (refs.length === 0 ? [''] : refs).map((ref) => ({
    key: jumpKey.memory(peer),
    arrival: arrival(6, ref),
  }));
  const whole = refs.length > 0 ? [] : [{ key: jumpKey.wholeMemory(peer), arrival: arrival(6, '') }];
  return [...records, ...memory, ...whole];
}
