import { createHash } from 'node:crypto';
import type { ClaimedTask, TaskFailure, TaskResult } from '@vestige/core/request/worker-protocol';
import { type Connector, ConnectorError, type Job, type Row } from './kit.ts';

export type Outcome = { readonly result: TaskResult } | { readonly failure: TaskFailure };

/**
 * One task on one connector, to its report. Never throws: whatever goes wrong becomes a failure with a class, so that a
 * task is retried, given up or shown to a human, but never lost.
 *
 * @param emit receives each exported row of an `export` task
 */
export async function runTask(
  connector: Connector,
  task: ClaimedTask,
  signal: AbortSignal,
  emit: (row: Row) => Promise<void>,
): Promise<Outcome> {
  const job: Job = {
    node: task.node,
    selectors: task.selectors,
    recordRefs: task.recordRefs,
    idempotencyKey: task.idempotencyKey,
    signal,
  };
  try {
    return { result: await perform(connector, task, job, emit) };
  } catch (error) {
    const known = error instanceof ConnectorError ? error : null;
    return {
      failure: {
        fence: task.fence,
        class: known?.class ?? 'retryable',
        code: known?.code ?? (signal.aborted ? 'lease_lost' : 'unexpected'),
        // Anything but our own error may quote a value it was given.
        message: known?.message ?? 'The connector failed unexpectedly; see the worker log for the task id.',
      },
    };
  }
}

async function perform(
  connector: Connector,
  task: ClaimedTask,
  job: Job,
  emit: (row: Row) => Promise<void>,
): Promise<TaskResult> {
  const report = (found: number, erased: number, residual: number, method: string): TaskResult => ({
    fence: task.fence,
    found,
    erased,
    residual,
    method,
    searched: true,
    cannotErase: task.action === 'erase' ? connector.cannotErase : [],
    evidenceDigest: digest({
      task: task.id,
      key: task.idempotencyKey,
      node: task.node,
      action: task.action,
      connector: connector.kind,
      method,
      found,
      erased,
      residual,
    }),
  });
  switch (task.action) {
    case 'search':
      return report(await connector.search(job), 0, 0, 'count');
    case 'export':
      return report(await connector.export(job, emit), 0, 0, 'export');
    case 'erase': {
      const { found, erased, method } = await connector.erase(job);
      // The store's own count after the work: a delete that came back is not yet an erasure.
      return report(found, erased, await connector.search(job), method);
    }
    case 'verify': {
      const residual = await connector.verify(job);
      return report(residual, 0, residual, 'count_by_other_path');
    }
    case 'notify': {
      if (!connector.notify)
        throw new ConnectorError('permanent', 'no_notice', `${task.node}: this connector cannot send a notice.`);
      await connector.notify(job);
      return report(0, 0, 0, 'notice');
    }
  }
}

/** `sha256:` over the facts of the report, keys in this order. */
function digest(facts: Record<string, string | number>): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(facts)).digest('hex')}`;
}
