import { isEnded, isExecuted, type TargetResult } from './outcome.ts';
import { isMasking } from './reasons.ts';
import { retryDelayMs } from './retry.ts';
import { NEXT_TASK_STATE, type TaskEvent, type TaskState } from './task-state.ts';
import type { FailureClass, TaskAction, TaskCounts } from './worker-protocol.ts';

/**
 * One task and what a worker's report does to it: the table of `task-state.ts` plus the rules a table cannot hold.
 * A report is judged against the task as it is *now*, under the fence of its lease; nothing else can move a task.
 */
export interface TaskRecord {
  readonly state: TaskState;
  readonly action: TaskAction;
  readonly fence: number;
  /** Claims since the task last became ready by a person's hand. */
  readonly attempt: number;
  /** How often somebody found data left over after the work was reported done. */
  readonly rounds: number;
  readonly lease: Lease | null;
  readonly notBefore: Date;
  /** Key that executed; it may not verify. Null until executed. */
  readonly executedBy: string | null;
  readonly verifiedBy: string | null;
  /**
   * Of an erasure: `found` is the most records that were there at one time, by the word of any attempt or verifier;
   * `erased` those of them that are gone. Adding attempts up could count a record twice, so these are what is certain.
   */
  readonly counts: TaskCounts | null;
  /** The most that an attempt said it had found before it removed anything. Null before the first has said so. */
  readonly announced: number | null;
  readonly method: string | null;
  readonly evidenceDigest: string | null;
  readonly cannotErase: readonly string[];
  readonly failure: { readonly class: FailureClass; readonly code: string } | null;
}

export interface Lease {
  /** `key:<id>`. */
  readonly by: string;
  readonly worker: string;
  readonly until: Date;
}

export interface TaskLimits {
  /** Claims before a failing task is given up and shown to a person. */
  readonly attemptsMax: number;
  /** Rounds of erase-and-find-residue before the same. */
  readonly roundsMax: number;
  /** Pause between execution and verification, for stores that forget slowly. */
  readonly settleMs: number;
  /** 0 ≤ x < 1, drawn by the caller: core has no dice. */
  readonly jitter: number;
}

export interface Report extends TaskCounts {
  readonly method: string;
  readonly evidenceDigest: string;
  readonly searched: boolean;
  readonly cannotErase: readonly string[];
  /** Present when an outside processor has the work now. */
  readonly handed?: unknown;
}

export type TaskDecision =
  | { readonly ok: true; readonly event: TaskEvent; readonly next: TaskRecord }
  | { readonly ok: false; readonly reason: 'fence_lost' | 'illegal' | 'same_key'; readonly state: TaskState };

/** What a report amounts to. `fault` names why a claim of success is not one. */
export type Verdict =
  | { readonly event: 'execute' | 'delegate' | 'find_residue' | 'verify_gone' | 'verify_nothing' }
  | { readonly event: 'fail'; readonly fault: string };

/** A claim by `by`: grants a lease with a new fence. The key that executed is refused as verifier. */
export function claimTask(task: TaskRecord, lease: Lease, now: Date): TaskDecision {
  if (task.state === 'verifying' && task.executedBy === lease.by) {
    return { ok: false, reason: 'same_key', state: task.state };
  }
  if (task.lease !== null || task.notBefore > now) return { ok: false, reason: 'illegal', state: task.state };
  return move(task, 'claim', { lease, fence: task.fence + 1, attempt: task.attempt + 1 });
}

/** A worker is about to erase: from here on it is known that these records were there, whatever becomes of the worker. */
export function announceTask(task: TaskRecord, fence: number, by: string, found: number, now: Date): TaskDecision {
  if (!holdsLease(task, fence, by, now)) return { ok: false, reason: 'fence_lost', state: task.state };
  if (task.action !== 'erase') return { ok: false, reason: 'illegal', state: task.state };
  return move(task, 'announce', { announced: Math.max(task.announced ?? 0, found) });
}

/** A worker's report of success, which may turn out not to be one. */
export function reportTask(
  task: TaskRecord,
  fence: number,
  by: string,
  report: Report,
  now: Date,
  limits: TaskLimits,
): TaskDecision {
  if (!holdsLease(task, fence, by, now)) return { ok: false, reason: 'fence_lost', state: task.state };
  const verdict = judge(task, report);
  if (verdict.event === 'fail') {
    return failTask(task, fence, by, { class: 'needs_human', code: verdict.fault }, now, limits);
  }
  if (verdict.event === 'find_residue') return residue(task, report);
  const verifying = task.state === 'verifying';
  return move(task, verdict.event, {
    lease: null,
    failure: null,
    ...(verifying
      ? { verifiedBy: by }
      : {
          executedBy: by,
          counts: task.action === 'erase' ? erasedInAll(task, report) : countsOf(report),
          method: report.method,
          evidenceDigest: report.evidenceDigest,
          cannotErase: report.cannotErase,
          attempt: 0,
          notBefore: new Date(now.getTime() + limits.settleMs),
        }),
  });
}

/** A worker's report of failure. Retryable ones come back with a growing delay until the attempts are used up. */
export function failTask(
  task: TaskRecord,
  fence: number,
  by: string,
  failure: { readonly class: FailureClass; readonly code: string },
  now: Date,
  limits: TaskLimits,
): TaskDecision {
  if (!holdsLease(task, fence, by, now)) return { ok: false, reason: 'fence_lost', state: task.state };
  if (failure.class !== 'retryable' || task.attempt >= limits.attemptsMax) {
    return move(task, 'give_up', { lease: null, failure });
  }
  const notBefore = new Date(now.getTime() + retryDelayMs(task.attempt, limits.jitter));
  return move(task, 'fail', { lease: null, failure, notBefore });
}

/** The lease ran out: the worker is presumed dead. Its later reports carry an old fence or no lease at all. */
export function loseLease(task: TaskRecord, limits: TaskLimits): TaskDecision {
  const failure = { class: 'retryable', code: 'lease_expired' } as const;
  return task.attempt >= limits.attemptsMax
    ? move(task, 'give_up', { lease: null, failure })
    : move(task, 'lease_lost', { lease: null, failure });
}

/** Left-over data goes back to the worker, as long as attempts are left. */
export function reworkTask(task: TaskRecord, now: Date, limits: TaskLimits): TaskDecision {
  if (task.state !== 'residual') return { ok: false, reason: 'illegal', state: task.state };
  const failure = { class: 'needs_human', code: 'residual' } as const;
  if (task.rounds >= limits.roundsMax) return move(task, 'give_up', { failure });
  return move(task, 'rework', {
    executedBy: null,
    verifiedBy: null,
    notBefore: new Date(now.getTime() + retryDelayMs(task.rounds, limits.jitter)),
  });
}

/** Every other event of the table: those that carry nothing. */
export function stepTask(
  task: TaskRecord,
  event: 'unblock' | 'retry_due' | 'settle' | 'settled' | 'exempt' | 'retry' | 'resurface',
): TaskDecision {
  if (event === 'retry') {
    return move(task, event, { attempt: 0, rounds: 0, failure: null, executedBy: null, verifiedBy: null });
  }
  // Under a lease a worker is at it: its work ends first, one way or the other.
  if (task.lease !== null) return { ok: false, reason: 'illegal', state: task.state };
  return move(task, event, {});
}

/** Rows stay and are changed; what is not as it should be afterwards is left over. */
const CHANGING: readonly TaskAction[] = ['restrict', 'unrestrict', 'rectify'];

/** The rules behind "doing nothing is never success" (design 06; FM1, FM2, FM6). */
export function judge(task: Pick<TaskRecord, 'state' | 'action' | 'counts'>, report: Report): Verdict {
  // Handed over is neither done nor nothing found; whatever is claimed beside it is not believed.
  if (report.handed !== undefined) {
    return task.action === 'erase' && task.state === 'leased'
      ? { event: 'delegate' }
      : { event: 'fail', fault: 'cannot_be_handed' };
  }
  const nothing = report.found === 0 && report.residual === 0;
  if (nothing && !report.searched) return { event: 'fail', fault: 'not_searched' };
  if (task.state === 'verifying') {
    if (!nothing) return { event: 'find_residue' };
    // Who looks removes nothing: what this one removed had been left, and would end as proven gone.
    if (report.erased > 0) return { event: 'fail', fault: 'counts_disagree' };
    return { event: (task.counts?.found ?? 0) > 0 ? 'verify_gone' : 'verify_nothing' };
  }
  if (task.action === 'notify') return { event: 'delegate' };
  if (CHANGING.includes(task.action)) return { event: report.residual > 0 ? 'find_residue' : 'execute' };
  if (task.action !== 'erase') return { event: 'execute' };
  if (isMasking(report.method)) return { event: 'fail', fault: 'method_is_not_erasure' };
  if (report.erased > report.found) return { event: 'fail', fault: 'counts_disagree' };
  if (report.erased + report.residual < report.found) return { event: 'fail', fault: 'counts_disagree' };
  if (report.residual > 0) return { event: 'find_residue' };
  return { event: 'execute' };
}

/**
 * Progress of one task as the outcome of its request sees it.
 *
 * @param upstream states of the tasks that must be clean first
 * @param keepsPart a part of the place is exempt
 */
export function targetResult(state: TaskState, upstream: readonly TaskState[], keepsPart = false): TargetResult {
  const waitsForUpstream = state === 'blocked' && upstream.some((other) => !isEnded(other));
  return { state, executed: isExecuted(state), keepsPart, waitsForUpstream };
}

function residue(task: TaskRecord, report: Report): TaskDecision {
  const before = task.counts ?? { found: 0, erased: 0, residual: 0 };
  const verified = {
    found: Math.max(before.found, report.found),
    erased: before.erased,
    residual: Math.max(report.residual, report.found),
  };
  const executed = task.action === 'erase' ? erasedInAll(task, report) : countsOf(report);
  return move(task, 'find_residue', {
    lease: null,
    rounds: task.rounds + 1,
    counts: task.state === 'verifying' ? verified : executed,
    failure: { class: 'retryable', code: 'residual' },
  });
}

const countsOf = ({ found, erased, residual }: TaskCounts): TaskCounts => ({ found, erased, residual });

/**
 * What a report amounts to beside all that was said before it. Records that an attempt had found and that are no longer
 * there when the next one looks are gone, though nobody has lived to report it: without this they would never have been.
 */
function erasedInAll(task: TaskRecord, report: TaskCounts): TaskCounts {
  const found = Math.max(report.found, task.announced ?? 0, task.counts?.found ?? 0);
  return { found, erased: report.erased + (found - report.found), residual: report.residual };
}

function holdsLease(task: TaskRecord, fence: number, by: string, now: Date): boolean {
  return task.fence === fence && task.lease !== null && task.lease.by === by && task.lease.until > now;
}

function move(task: TaskRecord, event: TaskEvent, changes: Partial<TaskRecord>): TaskDecision {
  const cell = NEXT_TASK_STATE[task.state][event];
  if (cell === '!') return { ok: false, reason: 'illegal', state: task.state };
  return { ok: true, event, next: { ...task, ...changes, state: cell } };
}
