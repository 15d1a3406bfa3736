import { EXCEPTION_STATES, EXECUTED_STATES, PROVEN_STATES, STUCK_STATES, type TaskState } from './task-state.ts';

/** What the outcome of a request depends on, per task. */
export interface TargetResult {
  readonly state: TaskState;
  /** A worker has reported its work, or nobody has to. */
  readonly executed: boolean;
  /** A part of the place stays by an exemption, while the rest is worked on. */
  readonly keepsPart: boolean;
  /** A blocked task whose upstream tasks still move is waiting, not stuck. */
  readonly waitsForUpstream: boolean;
}

export type Outcome = 'working' | 'blocked' | 'completed' | 'completed_with_exceptions';

/**
 * "Completed" as a theorem over the tasks (INV1, INV2). It is computed wherever it is needed and set nowhere.
 *
 * - `completed`: every target is proven gone, or proven never to have held anything.
 * - `completed_with_exceptions`: every other target has a coded exemption, for all or a part of it, or was handed to an
 *   outside processor.
 * - `blocked`: nothing moves any more and a person has to act.
 *
 * A request without tasks is `working`: doing nothing is never success.
 */
export function outcomeOf(tasks: readonly TargetResult[]): Outcome {
  if (tasks.length === 0) return 'working';
  const proven = (task: TargetResult) => PROVEN_STATES.includes(task.state);
  const ended = (task: TargetResult) => isEnded(task.state);
  if (tasks.every((task) => proven(task) && !task.keepsPart)) return 'completed';
  if (tasks.every(ended)) return 'completed_with_exceptions';
  const stuck = (task: TargetResult) => STUCK_STATES.includes(task.state) && !task.waitsForUpstream;
  const waiting = (task: TargetResult) => task.state === 'blocked' && task.waitsForUpstream;
  const idle = tasks.every((task) => ended(task) || stuck(task) || waiting(task));
  return idle && tasks.some(stuck) ? 'blocked' : 'working';
}

/** Proven clean, or ended with a reason on record: work downstream may begin, because nothing flows from here again. */
export function isEnded(state: TaskState): boolean {
  return PROVEN_STATES.includes(state) || EXCEPTION_STATES.includes(state);
}

export function isExecuted(state: TaskState): boolean {
  return EXECUTED_STATES.includes(state);
}
