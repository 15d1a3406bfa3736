import { VestigeError } from '@vestige/core/errors';
import type { Monitored } from './deps.ts';
import { scanStep } from './residue-scan.ts';

export interface RestoreReplayOptions {
  /** When the restored backup was made. */
  readonly since: Date;
  readonly pageSize?: number;
  readonly onProgress?: (seen: number) => void;
}

export interface RestoreReplay {
  /** People whose rows were looked at. */
  readonly seen: number;
  /** Erasures since the backup that the control database knows of. 0 may mean that it was restored as well. */
  readonly erasuresSince: number;
  /** Rows that had come back and are erased and verified, by request. */
  readonly resurfaced: Readonly<Record<string, number>>;
  /** People nobody leads to and no erasure explains. */
  readonly unknown: number;
}

/**
 * The gate after a restore (research/compliance.md §3.6, E5): everybody who is stored now is looked at once from the
 * start, and who was erased is erased again and verified, before the installation is used.
 *
 * Killed, it is simply run again: pages that were done before this call do not count, because the restore may have come
 * in between.
 */
export async function restoreReplay(monitored: Monitored, options: RestoreReplayOptions): Promise<RestoreReplay> {
  const { deps, tenant } = monitored;
  const startedAt = deps.now();
  if (options.since > startedAt) throw new VestigeError('bad_request', 'The backup cannot be from the future.');
  for (;;) {
    // An open scan of the monitor has passed people who were restored behind it: it is ended, and another one begun.
    const step = await scanStep(monitored, { everyMs: 0, ...(options.pageSize && { pageSize: options.pageSize }) });
    if (step !== null && step !== 'ended') options.onProgress?.(step.seen);
    if (step === 'ended') {
      const [last] = await deps.erasureWatch.scans(tenant.id, 1);
      if (last?.finishedAt && last.startedAt >= startedAt) {
        return {
          seen: last.seen,
          erasuresSince: await deps.erasureWatch.erasuresSince(tenant.id, options.since),
          resurfaced: last.resurfaced,
          unknown: last.unknown,
        };
      }
    }
  }
}
