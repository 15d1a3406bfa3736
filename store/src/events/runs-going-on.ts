import { OPEN_RUN_US } from '@vestige/core/openlineage/run-edges';
import type { Window } from './event-store.ts';
import { rangeNs } from './time-range.ts';

/**
 * Runs that were going on in a window, whatever event of them names what: a run is as long as from its first event to its
 * last, and one that began and did not say that it ended goes on for a while, as it does where its edges are made
 * (`core/src/openlineage/run-edges.ts`).
 */
export const RUNS_GOING_ON = `
  SELECT job, run_id
  FROM run_datasets
  WHERE tenant = {tenant: UInt32}
    AND of != 'job'
    AND run_id IN (
      SELECT run_id FROM run_datasets
      WHERE tenant = {tenant: UInt32} AND at >= fromUnixTimestamp64Nano({openFromNs: Int64})
    )
  GROUP BY job, run_id
  HAVING least(min(started_at), min(at)) < fromUnixTimestamp64Nano({toNs: Int64})
    AND (max(at) >= fromUnixTimestamp64Nano({fromNs: Int64})
      OR countIf(state IN ('start', 'running')) > 0 AND countIf(state IN ('complete', 'fail', 'abort')) = 0)`;

/** A run lies on one shard with all its rows. */
export const ONE_SHARD_A_RUN = { distributed_product_mode: 'local' } as const;

export function goingOnNs(window: Window): { fromNs: string; toNs: string; openFromNs: string } {
  const openFromUs = window.fromUs === null ? null : Math.max(0, window.fromUs - OPEN_RUN_US);
  return { ...rangeNs(window), openFromNs: rangeNs({ fromUs: openFromUs, toUs: null }).fromNs };
}
