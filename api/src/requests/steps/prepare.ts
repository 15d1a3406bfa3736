import { isVestigeError } from '@vestige/core/errors';
import { planGrowth } from '@vestige/core/request/plan';
import type { StoredRequest } from '@vestige/store/requests/request-store';
import { draftPlan } from '../planning.ts';
import { moved, type Progress, type StepContext, waitFor, workflowActor } from './context.ts';

/**
 * From approved to executing. For an erasure in this order, because each step makes the next one true: nothing new of
 * the person is written (suppression, confirmed by every collector), what was under way is in (the tail), and the
 * approved plan still covers all that is known (planned once more).
 */
const COLLECTORS_POLL_MS = 250;
const ACCESS_POLL_MS = 2_000;
const HELD_POLL_MS = 10_000;

export async function prepare(context: StepContext, request: StoredRequest): Promise<Progress> {
  if (request.type === 'erasure' && !request.suppression?.done) return suppress(context, request);
  try {
    await context.deps.requests.start(context.tenant.id, request.id, workflowActor(context));
    return moved;
  } catch (error) {
    if (!isVestigeError(error, 'illegal_transition')) throw error;
    const waitsForCopy = error.facts['reason'] === 'unsealed_access';
    if (waitsForCopy) await context.deps.requests.noteAttention(context.tenant.id, request.id, 'unsealed_access');
    return waitFor(waitsForCopy ? ACCESS_POLL_MS : HELD_POLL_MS);
  }
}

async function suppress(context: StepContext, request: StoredRequest): Promise<Progress> {
  const { deps, tenant } = context;
  const by = workflowActor(context);
  const { suppression } = request;
  if (request.hold !== null || request.suspended || request.paused !== null) return waitFor(HELD_POLL_MS);
  if (suppression === null) {
    const version = await deps.aliases.suppress(tenant.id, request.subjectIds, by.now.getTime(), request.id);
    await deps.requests.noteSuppression(tenant.id, request.id, { step: 'sent', version, erasedBefore: by.now }, by);
    return moved;
  }
  if (suppression.tailUntil === null) {
    const behind = await deps.aliases.unacknowledged(tenant.id, suppression.version, context.collectorAliveMs);
    if (behind.length > 0) {
      await deps.requests.noteAttention(tenant.id, request.id, 'collectors_behind');
      return waitFor(COLLECTORS_POLL_MS);
    }
    const tailUntil = new Date(by.now.getTime() + context.ingestTailMs);
    await deps.requests.noteSuppression(tenant.id, request.id, { step: 'acknowledged', tailUntil }, by);
    return moved;
  }
  const leftMs = suppression.tailUntil.getTime() - by.now.getTime();
  return leftMs > 0 ? waitFor(leftMs) : confirmPlan(context, request);
}

/** The approval binds the plan it saw. Whatever turned up since needs another one; what vanished does not. */
async function confirmPlan(context: StepContext, request: StoredRequest): Promise<Progress> {
  const { deps, tenant, readLineage } = context;
  const by = workflowActor(context);
  const approved = await deps.requests.plan(tenant.id, request.id, request.planVersion);
  const fresh = await draftPlan(deps, readLineage, tenant, request);
  if (approved && fresh) {
    const growth = planGrowth(approved.plan, fresh.plan);
    if (growth.targets.length > 0 || growth.aliases) {
      await deps.requests.putPlan(tenant.id, request.id, fresh, by);
      await deps.requests.noteAttention(tenant.id, request.id, 'plan_grew');
      return moved;
    }
  }
  await deps.requests.noteSuppression(tenant.id, request.id, { step: 'done' }, by);
  return moved;
}
