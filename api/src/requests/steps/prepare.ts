import { isVestigeError } from '@vestige/core/errors';
import { planGrowth, planHash } from '@vestige/core/request/plan';
import { UNPLANNED_STATES } from '@vestige/core/request/request-state';
import { givesCopy } from '@vestige/core/request/request-type';
import type { PlanDraft, StoredRequest } from '@vestige/store/requests/request-store';
import { findPeople } from '../people.ts';
import { draftPlan } from '../planning.ts';
import { moved, type Progress, type StepContext, waitFor, workflowActor } from './context.ts';

/**
 * From approved to executing. For an erasure in this order, because each step makes the next one true: the approval is
 * about everybody the identifiers lead to, nothing new of the person is written (suppression, confirmed by every
 * collector), what was under way is in (the tail), and at the very start the approved plan still covers all that is known.
 */
const COLLECTORS_POLL_MS = 250;
const ACCESS_POLL_MS = 2_000;
const HELD_POLL_MS = 10_000;
const UNPLANNED_PER_PAGE = 100;

export async function prepare(context: StepContext, request: StoredRequest): Promise<Progress> {
  if (request.type === 'erasure') {
    if (!request.suppression?.done) return suppress(context, request);
    // It may have waited for weeks, for a copy or under a hold, while batch jobs and the registry went on.
    if (await outgrown(context, request)) return moved;
  }
  return start(context, request);
}

async function start(context: StepContext, request: StoredRequest): Promise<Progress> {
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
  if (await mustWait(context, request)) return waitFor(HELD_POLL_MS);
  if (suppression === null) {
    // Afterwards the identifiers may lead to a new person, so this is the last look at whom they lead to.
    await recogniseUnplanned(context);
    const fresh = await draftPlan(deps, context.readLineage, tenant, request);
    if (fresh === null) {
      await deps.requests.noteAttention(tenant.id, request.id, 'ambiguous_identifiers');
      return waitFor(HELD_POLL_MS);
    }
    if (await replacesApproved(context, request, fresh)) return moved;
    const { aliasTokens } = fresh;
    const version = await deps.aliases.suppress(
      tenant.id,
      request.subjectIds,
      by.now.getTime(),
      request.id,
      aliasTokens,
    );
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
  if (leftMs > 0) return waitFor(leftMs);
  if (await outgrown(context, request)) return moved;
  await deps.requests.noteSuppression(tenant.id, request.id, { step: 'done' }, by);
  return start(context, request);
}

/** Suppression takes effect at once, so it waits for whatever the start would wait for. */
async function mustWait({ deps, tenant }: StepContext, request: StoredRequest): Promise<boolean> {
  if (request.suspended || request.paused !== null) return true;
  if ((await deps.requests.policy(tenant.id)).workPaused !== null) return true;
  const covering = request.hold === null ? await deps.holds.covering(tenant.id, request.subjectIds) : [];
  const held = request.hold !== null || covering.some(({ nodes }) => nodes.length === 0);
  const attention = held ? 'held' : null;
  if (held || request.attention === 'held') await deps.requests.noteAttention(tenant.id, request.id, attention);
  return held;
}

/** Whether more is known now than the approval covers; then there is a new plan, which needs an approval of its own. */
async function outgrown(context: StepContext, request: StoredRequest): Promise<boolean> {
  const fresh = await draftPlan(context.deps, context.readLineage, context.tenant, request);
  return fresh !== null && (await replacesApproved(context, request, fresh));
}

/** The approval binds the plan it saw. Whatever turned up since needs another one; what vanished does not. */
async function replacesApproved(context: StepContext, request: StoredRequest, fresh: PlanDraft): Promise<boolean> {
  const { deps, tenant } = context;
  const approved = await deps.requests.plan(tenant.id, request.id, request.planVersion);
  if (approved === null || approved.hash === planHash(fresh.plan)) return false;
  const { targets, aliases, exemptions } = planGrowth(approved.plan, fresh.plan);
  const people = new Set(request.subjectIds);
  const somebodyNew = fresh.subjectIds.some((subjectId) => !people.has(subjectId));
  if (targets.length === 0 && !aliases && !exemptions && !somebodyNew) return false;
  await deps.requests.putPlan(tenant.id, request.id, fresh, workflowActor(context));
  await deps.requests.noteAttention(tenant.id, request.id, 'plan_grew');
  return true;
}

/**
 * A request may be filed before any span has named the person. Whom it is about is looked up again here, or an erasure
 * would not see that a copy of the same data is still owed.
 */
async function recogniseUnplanned({ deps, tenant }: StepContext): Promise<void> {
  let after: { by: string; id: string } | null = null;
  do {
    const page: readonly StoredRequest[] = await deps.requests.requests(tenant.id, {
      states: UNPLANNED_STATES,
      after,
      limit: UNPLANNED_PER_PAGE,
    });
    for (const other of page) {
      if (!givesCopy(other.type)) continue;
      const { everybody } = await findPeople(deps, tenant, await deps.requests.selectors(tenant.id, other.id));
      await deps.requests.noteSubjects(tenant.id, other.id, everybody);
    }
    const last = page.length === UNPLANNED_PER_PAGE ? page.at(-1) : undefined;
    after = last === undefined ? null : { by: last.dueOn, id: last.id };
  } while (after !== null);
}
