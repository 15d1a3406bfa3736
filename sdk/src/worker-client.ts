import { isVestigeError, VestigeError } from '@vestige/core/errors';
import type { Heard } from '@vestige/core/opendsr/status';
import type {
  ClaimedTask,
  ClaimRequest,
  FailureClass,
  TaskFailure,
  TaskResult,
} from '@vestige/core/request/worker-protocol';
import { type ApiAddress, apiCaller } from './api-call.ts';

/**
 * What a deletion job says to the API (design 06, 07). Every report carries the fence of its claim; one that comes after
 * the lease has passed on changes nothing and fails with `fence_lost`.
 */
export interface WorkerClient {
  /** @returns at most `max` tasks; [] when there is nothing to do */
  claim(request: ClaimRequest, signal?: AbortSignal): Promise<ClaimedTask[]>;
  /** @returns false once the lease is lost: stop, another worker has the task. Throws when the API cannot be asked */
  heartbeat(taskId: string, fence: number, leaseSeconds: number): Promise<boolean>;
  /**
   * Before the first record of an `erase` task is removed: how many are there. A worker that dies between removing and
   * reporting leaves a place in which the next one finds nothing; only this keeps the certificate from saying that there
   * had been nothing. Throws `fence_lost` when the lease has passed on: then remove nothing.
   */
  announce(taskId: string, fence: number, found: number): Promise<void>;
  result(taskId: string, result: TaskResult): Promise<void>;
  fail(taskId: string, failure: TaskFailure): Promise<void>;
  /** Hands over the exported rows of a task as NDJSON, before its result. A stream is sent once, never again. */
  putData(taskId: string, fence: number, ndjson: AsyncIterable<string>): Promise<void>;
  /** Work of these nodes that outside processors still have. */
  awaited(stores: readonly string[], max: number): Promise<AwaitedDelegation[]>;
  /** What such a processor answered when it was asked. Saying it twice changes nothing. */
  heard(taskId: string, said: { readonly heard: Heard; readonly expectedAt: string }): Promise<void>;
  /**
   * Does one task from lease to report. Renews the lease while `work` runs; `signal` aborts when it is lost or
   * `stop` aborts. What `work` returns is reported as the result, what it throws as a failure.
   *
   * @throws what the final report throws, except `fence_lost`
   */
  runTask(task: ClaimedTask, work: TaskWork, options: RunOptions): Promise<TaskOutcome>;
}

/** Work that an outside processor has, as far as asking it needs. */
export interface AwaitedDelegation {
  readonly taskId: string;
  readonly node: string;
  readonly reference: string;
}

export type TaskWork = (task: ClaimedTask, signal: AbortSignal) => Promise<Omit<TaskResult, 'fence'>>;

/** `lost`: another worker has it, nothing was reported. `stopped`: aborted by the caller, the lease runs out. */
export type TaskOutcome = 'reported' | 'failed' | 'lost' | 'stopped';

export interface RunOptions {
  /** As claimed. */
  readonly leaseSeconds: number;
  readonly stop?: AbortSignal;
  /** How an error of `work` is reported. Default: `retryable`, code `work_failed`; its message is never sent. */
  readonly classify?: (error: unknown) => { class: FailureClass; code: string; message: string };
}

export function createWorkerClient(api: ApiAddress): WorkerClient {
  const caller = apiCaller(api);
  const path = (taskId: string, call: string): string => `/v1/tasks/${encodeURIComponent(taskId)}/${call}`;
  const client: WorkerClient = {
    async claim(request, signal) {
      return tasksOf(await caller.json('POST', '/v1/tasks/claim', request, signal));
    },
    async heartbeat(taskId, fence, leaseSeconds) {
      try {
        await caller.json('POST', path(taskId, 'heartbeat'), { fence, leaseSeconds });
        return true;
      } catch (error) {
        if (isLost(error)) return false;
        throw error;
      }
    },
    async announce(taskId, fence, found) {
      await caller.json('POST', path(taskId, 'announce'), { fence, found });
    },
    async result(taskId, result) {
      await caller.json('POST', path(taskId, 'result'), result);
    },
    async fail(taskId, failure) {
      await caller.json('POST', path(taskId, 'fail'), failure);
    },
    async putData(taskId, fence, ndjson) {
      await caller.json('PUT', `${path(taskId, 'data')}?fence=${fence}`, ndjson);
    },
    async awaited(stores, max) {
      return delegationsOf(await caller.json('POST', '/v1/delegations/awaited', { stores, max }));
    },
    async heard(taskId, said) {
      await caller.json('POST', `/v1/delegations/${encodeURIComponent(taskId)}/heard`, said);
    },
    runTask: (task, work, options) => runTask(client, task, work, options),
  };
  return client;
}

/** Renewed so often that two beats may be lost before the lease is. */
const BEATS_PER_LEASE = 3;

async function runTask(
  client: WorkerClient,
  task: ClaimedTask,
  work: TaskWork,
  options: RunOptions,
): Promise<TaskOutcome> {
  const lost = new AbortController();
  const signal = options.stop ? AbortSignal.any([lost.signal, options.stop]) : lost.signal;
  let renewedMs = performance.now();
  const beat = setInterval(
    () => {
      const sentMs = performance.now();
      client.heartbeat(task.id, task.fence, options.leaseSeconds).then(
        (held) => {
          if (held) renewedMs = sentMs;
          else lost.abort();
        },
        () => {
          // An API that does not answer is no lost lease, until the lease must have run out in the meantime.
          if (performance.now() - renewedMs > options.leaseSeconds * 1_000) lost.abort();
        },
      );
    },
    (options.leaseSeconds * 1_000) / BEATS_PER_LEASE,
  );
  try {
    return await report(client, task, await attempt(task, work, signal, options), lost.signal, signal);
  } finally {
    clearInterval(beat);
  }
}

type Attempt = { readonly result: TaskResult } | { readonly failure: TaskFailure };

async function attempt(task: ClaimedTask, work: TaskWork, signal: AbortSignal, options: RunOptions): Promise<Attempt> {
  try {
    return { result: { ...(await work(task, signal)), fence: task.fence } };
  } catch (error) {
    const told = options.classify?.(error) ?? {
      class: isVestigeError(error) && !error.retryable ? 'permanent' : 'retryable',
      code: isVestigeError(error) ? error.code : 'work_failed',
      message: 'The work threw.',
    };
    return { failure: { ...told, fence: task.fence } };
  }
}

async function report(
  client: WorkerClient,
  task: ClaimedTask,
  outcome: Attempt,
  lost: AbortSignal,
  signal: AbortSignal,
): Promise<TaskOutcome> {
  if (lost.aborted) return 'lost';
  // Work that was told to stop may have stopped half-way: whoever gets the task next does all of it again.
  if (signal.aborted) return 'stopped';
  try {
    if ('failure' in outcome) {
      await client.fail(task.id, outcome.failure);
      return 'failed';
    }
    await client.result(task.id, outcome.result);
    return 'reported';
  } catch (error) {
    if (isLost(error)) return 'lost';
    throw error;
  }
}

function isLost(error: unknown): boolean {
  return isVestigeError(error, 'fence_lost') || isVestigeError(error, 'not_found');
}

/** The list is the answer itself or its `tasks`. */
function tasksOf(answer: unknown): ClaimedTask[] {
  const list = typeof answer === 'object' && answer !== null && 'tasks' in answer ? answer.tasks : answer;
  if (Array.isArray(list)) return list;
  throw new VestigeError('internal', 'The API answered a claim with something that is no list of tasks.');
}

function delegationsOf(answer: unknown): AwaitedDelegation[] {
  const list = typeof answer === 'object' && answer !== null && 'items' in answer ? answer.items : answer;
  if (Array.isArray(list)) return list;
  throw new VestigeError('internal', 'The API answered with something that is no list of delegations.');
}
