import { createHash } from 'node:crypto';
import {
  type ClaimedTask,
  COUNTED_AGAIN,
  type FailureClass,
  type TaskResult,
} from '@vestige/core/request/worker-protocol';
import { ErasedSoFar } from './erased-so-far.ts';
import { type Connector, ConnectorError, type Job, notOffered, type Row, type RowChanges } from './kit.ts';

export type Report = Omit<TaskResult, 'fence'>;

/**
 * One claimed task on one connector, to its report.
 *
 * @param emit receives each exported row of an `export` task
 * @param announce writes down what an erasure is about to remove; nothing is removed before it returns, nor if it throws
 * @param erasedSoFar what earlier attempts erased and did not report; it is part of this report
 * @throws whatever the connector throws; {@link classifyFailure} turns it into a class
 */
export async function performTask(
  connector: Connector,
  task: ClaimedTask,
  signal: AbortSignal,
  emit: (row: Row) => Promise<void>,
  announce: (found: number) => Promise<void>,
  erasedSoFar: ErasedSoFar = new ErasedSoFar(),
): Promise<Report> {
  const { node, selectors, recordRefs, spared, keeps, idempotencyKey } = task;
  if (keeps && !connector.keepsParts) {
    const text = `${node}: a part of it is exempt, and the connector ${connector.kind} cannot tell which records.`;
    throw new ConnectorError('needs_human', 'cannot_keep_part', text);
  }
  const before = erasedSoFar.before(idempotencyKey);
  const progress = (rows: number) => erasedSoFar.set(idempotencyKey, before + rows);
  const job: Job = {
    node,
    selectors,
    recordRefs,
    spared,
    idempotencyKey,
    signal,
    announce,
    progress,
    ...(keeps && { keeps }),
  };
  const report = (found: number, erased: number, residual: number, method: string): Report => ({
    found,
    erased,
    residual,
    method,
    searched: true,
    cannotErase: task.action === 'erase' ? cannotErase(connector, job) : [],
    evidenceDigest: digest({
      task: task.id,
      key: idempotencyKey,
      node,
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
      if (connector.hand) {
        const handed = await connector.hand(job);
        return { ...report(0, 0, 0, handed.channel), searched: false, handed };
      }
      if (!connector.announces) await announce(await connector.search(job));
      const { found, erased, method, spared = 0 } = await connector.erase(job);
      progress(erased);
      // The store's own count after the work: a delete that came back is not yet an erasure.
      const left = await connector.search(job);
      if (left === 0 && erased < found) {
        // A key whose time was over, a row that the application took: the next attempt finds none, and the sum adds up.
        const text = `${node}: records went by themselves while the others were erased; counting anew.`;
        throw new ConnectorError('retryable', 'went_meanwhile', text);
      }
      const done = report(before + found, before + erased, left, method);
      if (spared === 0) return done;
      return {
        ...done,
        cannotErase: [...done.cannotErase, `${spared} rows named by a ref that hold another identifier`],
      };
    }
    case 'restrict':
    case 'unrestrict': {
      const changes = changesOf(connector, node, 'restrict');
      const restricted = task.action === 'restrict';
      const { found, method } = await changes.mark(job, restricted);
      return report(found, 0, await changes.countWrongMarks(job, restricted, 'worker'), method);
    }
    case 'rectify': {
      const changes = changesOf(connector, node, 'rectify');
      const { corrections = [] } = task;
      const { found, method } = await changes.correct(job, corrections);
      return report(found, 0, await changes.countWrongValues(job, corrections, 'worker'), method);
    }
    case 'verify': {
      const residual = await countLeft(connector, task, job);
      return report(
        residual,
        0,
        residual,
        connector.verifiesBy === 'other_path' ? 'count_by_other_path' : COUNTED_AGAIN,
      );
    }
    case 'notify': {
      if (!connector.notify)
        throw new ConnectorError('permanent', 'no_notice', `${node}: this connector cannot send a notice.`);
      await connector.notify(job);
      return report(0, 0, 0, 'notice');
    }
  }
}

/** What is not as it should be: rows that are still there, or that carry another mark or value. */
function countLeft(connector: Connector, { node, verifies, corrections = [] }: ClaimedTask, job: Job): Promise<number> {
  switch (verifies) {
    case 'restrict':
    case 'unrestrict':
      return changesOf(connector, node, 'restrict').countWrongMarks(job, verifies === 'restrict', 'verifier');
    case 'rectify':
      return changesOf(connector, node, 'rectify').countWrongValues(job, corrections, 'verifier');
    default:
      return connector.verify(job);
  }
}

function changesOf(connector: Connector, node: string, action: 'restrict' | 'rectify'): RowChanges {
  if (connector.changes) return connector.changes;
  throw notOffered(node, action, `the connector ${connector.kind} changes no records`);
}

/** Every error of a connector as a failure: retried, given up or shown to a human, but never lost. */
export function classifyFailure(error: unknown): { class: FailureClass; code: string; message: string } {
  if (error instanceof ConnectorError) return { class: error.class, code: error.code, message: error.message };
  // Anything but our own error may quote a value it was given.
  return {
    class: 'retryable',
    code: 'unexpected',
    message: 'The connector failed unexpectedly; see the worker log for the task id.',
  };
}

function cannotErase(connector: Connector, { node, recordRefs }: Job): readonly string[] {
  if (recordRefs.length === 0 || connector.matchesRefs(node)) return connector.cannotErase;
  return [...connector.cannotErase, 'rows that only a record ref names'];
}

/** `sha256:` over the facts of the report, keys in this order. */
function digest(facts: Record<string, string | number>): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(facts)).digest('hex')}`;
}
