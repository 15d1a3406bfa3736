import { type SkewBounds, skewToPrecede } from './clock.ts';
import type { Cause } from './flow.ts';
import type { Holder } from './holders.ts';
import { compareCause, type Level } from './knowledge.ts';
import type { PhysicalCall } from './physical.ts';
import type { Standing } from './standing.ts';
import type { TraceSpan } from './trace.ts';

/** A holder has the person's data from this instant on, by the clock of its service. */
export interface Taint {
  readonly level: Level;
  readonly cause: Cause;
}

export interface TaintMatch {
  readonly taint: Taint;
  readonly skewUs: number;
}

/**
 * From when on each holder of a trace has the person's data. Only the earliest instant of each level counts: whatever
 * starts after it may carry the data on.
 */
export class Taints {
  readonly #skew: SkewBounds;
  readonly #strong = new Map<Holder, Taint>();
  readonly #weak = new Map<Holder, Taint>();

  constructor(skew: SkewBounds) {
    this.#skew = skew;
  }

  /** @returns whether the holder is tainted earlier, or more surely, than before */
  offer(holder: Holder, level: Level, cause: Cause): boolean {
    const known = this.#strong.get(holder);
    if (known && compareCause(known.cause, cause) <= 0) return false;
    const own = level === 'strong' ? this.#strong : this.#weak;
    const before = own.get(holder);
    if (before && compareCause(before.cause, cause) <= 0) return false;
    own.set(holder, { level, cause });
    return true;
  }

  /** The taint with which something that starts at `instantUs` in a span of `service` runs; strong before weak. */
  at(holders: readonly Holder[], instantUs: number, service: string): TaintMatch | null {
    for (const taints of [this.#strong, this.#weak]) {
      let best: TaintMatch | null = null;
      for (const holder of holders) {
        const taint = taints.get(holder);
        if (!taint) continue;
        const skewUs = skewToPrecede(this.#skew, taint.cause.atUs, holder.service, instantUs, service);
        if (skewUs === null) continue;
        if (best === null || compareCause(taint.cause, best.taint.cause) < 0) best = { taint, skewUs };
      }
      if (best !== null) return best;
    }
    return null;
  }

  all(holder: Holder): Taint[] {
    return [this.#strong.get(holder), this.#weak.get(holder)].filter((taint) => taint !== undefined);
  }
}

/**
 * What a call, or its return, carried: the taint that went through and when it arrived, by what the clock said. That may
 * be up to its resolution too early, which is for those to allow for who compare something later with it.
 */
export interface Passage {
  readonly level: Level;
  readonly cause: Cause;
  readonly atUs: number;
  readonly skewUs: number;
}

/**
 * Rule 3: the caller's data enters at the start of the call. Under a CLIENT or PRODUCER span the caller's clock decides
 * whether it had the data in time, and the two starts of the one call show the skew.
 */
export function passagesIn(call: PhysicalCall, taints: Taints, skew: SkewBounds): Passage[] {
  if (!call.passesIn) return [];
  const { entry, via } = call;
  const sent = via ?? entry;
  const between =
    via === null ? 0 : skewToPrecede(skew, via.fact.startUs, via.fact.service, entry.startCeilUs, entry.fact.service);
  const carried = taints.at(call.callers, sent.startCeilUs, sent.fact.service);
  if (between === null || carried === null) return [];
  const { level, cause } = carried.taint;
  return [{ level, cause, atUs: entry.fact.startUs, skewUs: Math.max(between, carried.skewUs) }];
}

/** Rule 3: what the callee has when it ends, its caller has. A failed call returns nothing (ruling 13). */
export function passagesOut(call: PhysicalCall, taints: Taints, skew: SkewBounds): Passage[] {
  const { entry, via, callee } = call;
  if (call.oneWay || entry.fact.outcome !== 'ok' || (via !== null && via.fact.outcome !== 'ok')) return [];
  const back = via ?? entry;
  const found: Passage[] = [];
  for (const { level, cause } of taints.all(callee)) {
    if (cause.atUs > entry.endCeilUs) continue;
    const skewUs = skewToPrecede(skew, cause.atUs, callee.service, back.endCeilUs, back.fact.service);
    if (skewUs !== null) found.push({ level, cause, atUs: back.fact.endUs, skewUs });
  }
  return found.slice(0, 1);
}

/** Lets data run through the calls of a trace until nothing moves any more. */
export function spreadThroughCalls(
  calls: readonly PhysicalCall[],
  taints: Taints,
  standings: ReadonlyMap<TraceSpan, Standing>,
  skew: SkewBounds,
): void {
  const open = calls.filter((call) => !isAboutOthers(call.witnesses, standings));
  const byHolder = new Map<Holder, PhysicalCall[]>();
  for (const call of open) {
    for (const holder of new Set([call.callee, ...call.callers])) {
      const known = byHolder.get(holder);
      if (known) known.push(call);
      else byHolder.set(holder, [call]);
    }
  }
  const queue = new Set(open);
  for (const call of queue) {
    queue.delete(call);
    const moved = new Set<Holder>();
    const { traceId, spanId } = call.entry.fact;
    for (const { level, atUs } of passagesIn(call, taints, skew)) {
      if (taints.offer(call.callee, level, { rule: call.oneWay ? 4 : 3, traceId, spanId, atUs }))
        moved.add(call.callee);
    }
    for (const { level, atUs } of passagesOut(call, taints, skew)) {
      for (const caller of call.callers) {
        if (taints.offer(caller, level, { rule: 3, traceId, spanId, atUs })) moved.add(caller);
      }
    }
    for (const holder of moved) for (const next of byHolder.get(holder) ?? []) queue.add(next);
  }
}

/** Somebody else is declared on one of these spans, and the person on none: nothing of the person is in it (ruling 6). */
export function isAboutOthers(spans: readonly TraceSpan[], standings: ReadonlyMap<TraceSpan, Standing>): boolean {
  let others = false;
  for (const span of spans) {
    const standing = standings.get(span);
    if (standing?.own === 'declared') return false;
    others ||= standing?.others ?? false;
  }
  return others;
}
