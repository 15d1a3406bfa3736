import type { Window } from './event-store.ts';

/**
 * Bounds of a window as parameters for `ts >= fromUnixTimestamp64Nano({fromNs: Int64}) AND ts < …({toNs: Int64})`.
 *
 * `ts` is compared as it is stored, in nanoseconds, so that primary keys and partitions are used; an open end is the end
 * of what the column can hold.
 */
export function rangeNs(window: Window): { fromNs: string; toNs: string } {
  return {
    fromNs: window.fromUs === null ? '0' : nanoseconds(window.fromUs),
    toNs: window.toUs === null ? String(NS_MAX) : nanoseconds(window.toUs),
  };
}

const NS_MAX = 2n ** 63n - 1n;

function nanoseconds(us: number): string {
  const ns = BigInt(Math.trunc(us)) * 1000n;
  return String(ns > NS_MAX ? NS_MAX : ns < 0n ? 0n : ns);
}
