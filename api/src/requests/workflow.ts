import { randomUUID } from 'node:crypto';
import { isVestigeError } from '@vestige/core/errors';
import type { StoredRequest } from '@vestige/store/requests/request-store';
import type { ApiDeps } from '../deps.ts';
import { type ReadLineage, readPersonLineage } from './person-lineage.ts';
import { planRequest } from './planning.ts';
import { type Progress, type StepContext, waitFor, workflowActor } from './steps/context.ts';
import { execute } from './steps/execute.ts';
import { prepare } from './steps/prepare.ts';

/**
 * The loop that moves requests on: plan, suppress, start, sweep, erase our own, certify.
 *
 * It holds no state. Every step reads where the request stands, does one thing that may be done twice, and writes by
 * compare-and-set; so it can be killed anywhere and run in any number of processes.
 */
export interface WorkflowOptions {
  /** Pause between two looks when nothing is due. */
  readonly intervalMs: number;
  /** Above the collector's own limit for being cut off (`SuppressionWatch`) plus the time one append may take. */
  readonly collectorAliveMs?: number;
  readonly ingestTailMs?: number;
  readonly readLineage?: ReadLineage;
}

const COLLECTOR_ALIVE_MS = 120_000;
/** Renewed while a process is at it, so that another takes over soon after it died, and never while it works. */
const WORK_LEASE_MS = 15_000;
const REQUESTS_PER_LOOK = 20;
/** More than any request needs to run from one state to a wait; a guard, not a limit that is reached. */
const STEPS_MAX = 200;
const AFTER_ERROR_MS = 5_000;
const IDLE_MS = 30_000;

export function startWorkflow(deps: ApiDeps, options: WorkflowOptions): { close(): Promise<void> } {
  const owner = `workflow-${randomUUID()}`;
  let stopped = false;
  let wake: () => void = () => {};
  // True at the start as well: the process before this one may have died between a deletion and this.
  let deadRows = true;
  const loop = (async () => {
    while (!stopped) {
      const worked = await lookOnce(deps, options, owner).catch((error: unknown) => {
        deps.log?.error({ code: isVestigeError(error) ? error.code : 'unexpected' }, 'workflow: look failed');
        return 0;
      });
      if (worked > 0) deadRows = true;
      if (worked > 0 || stopped) continue;
      if (deadRows) deadRows = !(await removeDeadRows(deps));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, options.intervalMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })();
  return {
    /** Waits for the step under way. */
    close: () => {
      stopped = true;
      wake();
      return loop;
    },
  };
}

/** Once nothing more is due: what the steps deleted leaves the files too. @returns whether it did */
async function removeDeadRows(deps: ApiDeps): Promise<boolean> {
  try {
    await deps.deadRows.remove();
    return true;
  } catch (error) {
    deps.log?.warn(known(error), 'workflow: deleted rows are still in the files of the control database');
    return false;
  }
}

/** One look at every tenant. @returns how many requests were moved on */
export async function lookOnce(deps: ApiDeps, options: WorkflowOptions, owner: string): Promise<number> {
  let worked = 0;
  for (const tenant of await deps.tenants.tenants()) {
    const context: StepContext = {
      deps,
      tenant,
      readLineage: options.readLineage ?? readPersonLineage,
      collectorAliveMs: options.collectorAliveMs ?? COLLECTOR_ALIVE_MS,
      ingestTailMs: options.ingestTailMs ?? 0,
    };
    await deps.requests.expire(tenant.id, workflowActor(context));
    await deps.identityProofs.expire(tenant.id, workflowActor(context));
    await deps.packages.expire(tenant.id, workflowActor(context));
    await deps.requests.escalate(tenant.id, workflowActor(context));
    const take = { owner, leaseMs: WORK_LEASE_MS, limit: REQUESTS_PER_LOOK, now: deps.now() };
    const taken = await deps.requests.takeWork(tenant.id, take);
    const kept = new Set(taken.map(({ id }) => id));
    const beat = setInterval(() => keepAll(context, kept, owner), WORK_LEASE_MS / 3);
    try {
      // Side by side, so that people whose telemetry is due leave in one rewrite.
      const moved = taken.map(async (request) => {
        const didMove = await workOn(context, request, owner, take.now);
        kept.delete(request.id);
        return didMove;
      });
      worked += (await Promise.all(moved)).filter(Boolean).length;
    } finally {
      clearInterval(beat);
    }
  }
  return worked;
}

function keepAll({ deps, tenant }: StepContext, ids: ReadonlySet<string>, owner: string): void {
  const until = new Date(deps.now().getTime() + WORK_LEASE_MS);
  // A lease that cannot be renewed runs out; what both processes then do is refused to one of them.
  for (const id of ids) deps.requests.keepWork(tenant.id, id, owner, until).catch(() => {});
}

async function workOn(context: StepContext, request: StoredRequest, owner: string, takenAt: Date): Promise<boolean> {
  const { deps, tenant } = context;
  let worked = false;
  let againInMs = AFTER_ERROR_MS;
  try {
    let current: StoredRequest | null = request;
    for (let steps = 0; steps < STEPS_MAX && current !== null; steps += 1) {
      const progress = await advance(context, current);
      if (!progress.moved) {
        againInMs = progress.againInMs;
        break;
      }
      worked = true;
      current = await deps.requests.request(tenant.id, request.id);
    }
  } catch (error) {
    // The next look finds the request where the last finished step left it.
    deps.log?.warn({ request: request.id, ...known(error) }, 'workflow: step failed');
  }
  const againAt = new Date(deps.now().getTime() + againInMs);
  await deps.requests.putWork(tenant.id, request.id, owner, { takenAt, againAt });
  return worked;
}

/** One step of one request. */
export async function advance(context: StepContext, request: StoredRequest): Promise<Progress> {
  switch (request.state) {
    case 'assessing':
    case 'reopened': {
      if (request.paused !== null) return waitFor(IDLE_MS);
      if (request.identity === null) {
        if (request.attention === null) {
          await context.deps.requests.noteAttention(context.tenant.id, request.id, 'identity_needed');
        }
        return waitFor(IDLE_MS);
      }
      const by = workflowActor(context);
      const after = await planRequest(context.deps, context.readLineage, context.tenant, request, by);
      return after.state === request.state ? waitFor(IDLE_MS) : { moved: true };
    }
    case 'approved':
      return prepare(context, request);
    case 'executing':
    case 'verifying':
    case 'blocked':
      return execute(context, request);
    default:
      return waitFor(IDLE_MS);
  }
}

function known(error: unknown): Record<string, unknown> {
  return isVestigeError(error) ? { code: error.code, facts: error.facts } : { code: 'unexpected' };
}
