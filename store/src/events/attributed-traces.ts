import type { Window } from './event-store.ts';
import { rangeNs } from './time-range.ts';
import { dayAround } from './whole-days.ts';

/** What coverage and the completeness of an answer mean by a touch that says whose data it was. SQL, in one place. */

/** Peers of a span where data rests or leaves. A tool or an agent only passes it on. */
export const TOUCHES_AT_REST = `arrayFilter(peer -> match(peer, '^(store|memory|queue|recipient|model):'), touch_peer)`;

/**
 * Traces in which a span is tagged with anybody. A span says so itself, so no subject is read. For the parameters of
 * {@link taggedRange}.
 */
export const tracesOfSomebody = `
      SELECT trace_id
      FROM spans
      WHERE tenant = {tenant: UInt32}
        AND ts >= fromUnixTimestamp64Nano({taggedFromNs: Int64})
        AND ts < fromUnixTimestamp64Nano({taggedToNs: Int64})
        AND attribution != 'none'`;

/** A trace that runs over an end of the window may be tagged on the other side of it: looked for up to a day away. */
export function taggedRange(window: Window): { taggedFromNs: string; taggedToNs: string } {
  const { fromNs, toNs } = rangeNs(dayAround(window));
  return { taggedFromNs: fromNs, taggedToNs: toNs };
}

/** On a cluster the inner scan stays on the shard of the outer one: a trace lies on one shard. */
export const ONE_SHARD_A_TRACE = { distributed_product_mode: 'local' } as const;
