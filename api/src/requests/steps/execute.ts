import { outcomeOf } from '@vestige/core/request/outcome';
import { givesCopy } from '@vestige/core/request/request-type';
import { targetResult } from '@vestige/core/request/task';
import type { StoredRequest, StoredTask } from '@vestige/store/requests/request-store';
import { sealPackage } from '../package/seal-package.ts';
import { servedNodes } from '../served-nodes.ts';
import { taskLimits } from '../task-limits.ts';
import { processorsHaveAnswered } from './await-processors.ts';
import { certify } from './certify.ts';
import { moved, type Progress, type StepContext, waitFor, workflowActor } from './context.ts';
import { workOnOwnData } from './own-data.ts';
import { recipientsAreTold } from './tell-recipients.ts';

/**
 * From executing to the end. The state of the request follows from its tasks: each look sweeps them, computes the
 * outcome anew and takes the one event that is due.
 */
const WAITING_FOR_WORKERS_MS = 1_000;
const BLOCKED_MS = 5_000;
/** Until somebody outside has answered or was told. */
const SIGN_OFF_MS = 5_000;
/** A sign-off wakes the workflow by itself; registering a party or declaring a store is met at the next look. */
const UNSEALED_MS = 60_000;

export async function execute(context: StepContext, request: StoredRequest): Promise<Progress> {
  const { deps, tenant } = context;
  const by = workflowActor(context);
  const swept = await deps.requests.sweep(tenant.id, request.id, await servedNodes(deps, tenant.id), taskLimits(), by);
  // Whether they may be worked on now is asked again with every claim of theirs.
  const worked = request.type === 'erasure' && (await workOnOwnData(context, request));
  if (worked || swept > 0) return moved;

  const tasks = await deps.requests.tasks(tenant.id, request.id);
  const stateOf = new Map(tasks.map((task) => [task.node, task.state]));
  const results = tasks.map((task) =>
    targetResult(
      task.state,
      task.upstream.map((node) => stateOf.get(node) ?? 'blocked'),
      task.keeps.length > 0,
    ),
  );
  const outcome = outcomeOf(results);
  const executed = results.every((result) => result.executed);
  const decide = async (event: 'finish_execution' | 'find_residue' | 'block' | 'unblock'): Promise<Progress> => {
    await deps.requests.decide(tenant.id, request.id, { event }, by);
    return moved;
  };
  if (request.state === 'blocked') return outcome === 'blocked' ? waitFor(BLOCKED_MS) : decide('unblock');
  if (outcome === 'blocked') return decide('block');
  if (request.state === 'executing') return executed ? decide('finish_execution') : waitFor(soonest(tasks, by.now));
  if (!executed) return decide('find_residue');
  if (outcome === 'working') return waitFor(soonest(tasks, by.now));
  if (!(await processorsHaveAnswered(context, request))) return waitFor(SIGN_OFF_MS);
  if (!(await recipientsAreTold(context, request))) return waitFor(SIGN_OFF_MS);
  if (givesCopy(request.type) && !(await sealPackage(context, request, tasks))) return waitFor(UNSEALED_MS);
  await certify(context, request, tasks, outcome);
  return moved;
}

/** When the next task is due by itself; a worker's report wakes the workflow earlier. */
function soonest(tasks: readonly StoredTask[], now: Date): number {
  const waits = tasks
    .filter((task) => task.lease === null && ['retry_wait', 'settling', 'verifying', 'ready'].includes(task.state))
    .map((task) => task.notBefore.getTime() - now.getTime())
    .filter((ms) => ms > 0);
  return Math.min(WAITING_FOR_WORKERS_MS, ...waits);
}
