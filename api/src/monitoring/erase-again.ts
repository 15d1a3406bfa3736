import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { VestigeError } from '@vestige/core/errors';
import type { Monitored } from './deps.ts';

const SETTLE_POLL_MS = 200;
/** Replaced parts leave within seconds; a disk that is busy for longer is looked at by the next round. */
const SETTLE_MS_MAX = 120_000;

export interface ErasedAgain {
  readonly batch: string;
  /** Rows that had come back. */
  readonly rows: number;
}

/**
 * Erases people who came back, under the approval their erasure had, and returns when the verifier counts nothing on any
 * replica. Nobody leads to them: their aliases are gone, so until then no route of the API shows what came back.
 *
 * @throws VestigeError `store_unavailable` while something remains; the next call starts over
 */
export async function eraseAgain({ deps, tenant }: Monitored, subjectIds: readonly string[]): Promise<ErasedAgain> {
  const batch = `again_${randomUUID()}`;
  await deps.eraser.enqueue(batch, tenant.id, subjectIds);
  const { foundRows, doneAtS } = await deps.eraser.erase(batch);
  const deadline = performance.now() + SETTLE_MS_MAX;
  for (;;) {
    const { clean, checks } = await deps.verifier.residue(batch, doneAtS);
    // A detached part is no reason to keep the queue: what it holds is named by the caller as a residue of its own.
    const onlyDetached = checks.every(({ detachedParts: _detached, table: _table, replica: _replica, ...counts }) =>
      Object.values(counts).every((count) => count === 0),
    );
    if (clean || onlyDetached) break;
    if (performance.now() > deadline) {
      throw new VestigeError('store_unavailable', 'People who came back are erased, and the engine still holds parts', {
        batch,
      });
    }
    await sleep(SETTLE_POLL_MS);
  }
  await deps.eraser.finish(batch);
  return { batch, rows: Object.values(foundRows).reduce((sum, rows) => sum + rows, 0) };
}
