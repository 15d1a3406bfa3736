import { expect, test } from 'vitest';
import { outcomeOf } from './outcome.ts';
import { claimTask, failTask, reportTask, stepTask, type TaskDecision, type TaskRecord, targetResult } from './task.ts';

/** D15 of research/compliance.md: ten thousand erasures whose store is down for a day, lived through with the real rules. */
const TASKS = 10_000;
/** As the API has it (api/src/requests/task-limits.ts). */
const ATTEMPTS_MAX = 60;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const start = Date.parse('2026-06-01T00:00:00Z');

/** Numbers that look drawn and are the same in every run (a linear congruential generator). */
function dice(): () => number {
  let seed = 20_261_123;
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
}

const newTask = (): TaskRecord => ({
  state: 'ready',
  action: 'erase',
  fence: 0,
  attempt: 0,
  rounds: 0,
  lease: null,
  notBefore: new Date(start),
  executedBy: null,
  verifiedBy: null,
  counts: null,
  announced: null,
  method: null,
  evidenceDigest: null,
  cannotErase: [],
  failure: null,
});
const did = (decision: TaskDecision): TaskRecord => {
  if (!decision.ok) throw new Error(`${decision.reason} in ${decision.state}`);
  return decision.next;
};
const erased = {
  found: 1,
  erased: 1,
  residual: 0,
  method: 'delete',
  evidenceDigest: 'sha256:00',
  searched: true,
  cannotErase: [],
};
const gone = { ...erased, found: 0, erased: 0 };

test('ten thousand tasks of a store that is down for a day all finish, each once, and never come back in one wave', () => {
  const draw = dice();
  const tasks = Array.from({ length: TASKS }, newTask);
  const executions = new Array<number>(TASKS).fill(0);
  const triesPerMinute: number[] = [];
  const limits = () => ({ attemptsMax: ATTEMPTS_MAX, roundsMax: 3, settleMs: 0, jitter: draw() });

  for (let minute = 0; minute < 27 * 60; minute += 1) {
    const now = new Date(start + minute * MINUTE_MS);
    const isDown = now.getTime() < start + DAY_MS;
    let tries = 0;
    for (let index = 0; index < TASKS; index += 1) {
      let task = tasks[index] as TaskRecord;
      if (task.state === 'retry_wait' && task.notBefore <= now) task = did(stepTask(task, 'retry_due'));
      if (task.state === 'ready' && task.notBefore <= now) {
        const lease = { by: 'key:worker', worker: 'w', until: new Date(now.getTime() + MINUTE_MS) };
        task = did(claimTask(task, lease, now));
        tries += 1;
        const failure = { class: 'retryable', code: 'unreachable' } as const;
        if (isDown) task = did(failTask(task, task.fence, 'key:worker', failure, now, limits()));
        else {
          task = did(reportTask(task, task.fence, 'key:worker', erased, now, limits()));
          executions[index] = (executions[index] ?? 0) + 1;
          task = did(stepTask(did(stepTask(task, 'settle')), 'settled'));
          const verifier = { by: 'key:verifier', worker: 'v', until: new Date(now.getTime() + MINUTE_MS) };
          task = did(claimTask(task, verifier, now));
          task = did(reportTask(task, task.fence, 'key:verifier', gone, now, limits()));
        }
      }
      tasks[index] = task;
    }
    triesPerMinute.push(tries);
  }

  expect(executions.every((times) => times === 1)).toBe(true);
  expect(outcomeOf(tasks.map(({ state }) => targetResult(state, [])))).toBe('completed');
  // The queue is the tasks, and nothing else: none was added, none was given up.
  expect(tasks).toHaveLength(TASKS);
  // From the second hour on they are spread over the hour that the pause has grown to: no minute sees a twentieth of all.
  expect(Math.max(...triesPerMinute.slice(120))).toBeLessThan(TASKS / 20);
});
