import { randomUUID } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { planHash } from '@vestige/core/request/plan';
import { isOpen } from '@vestige/core/request/request-state';
import { and, desc, eq } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { lockRequest, storedRequest, transition } from './request-rows.ts';
import { type By, type PlanDraft, RECORD_REFS_MAX, type StoredPlan, type StoredRequest } from './request-store.ts';
import { putTokens } from './selectors.ts';
import { planRecords, plans, tasks } from './tables.ts';

/**
 * Stores a plan as the next version of its request; the approval of the one before ends with it. The same plan again,
 * made by two processes at once perhaps, changes nothing and leaves the approval alone.
 */
export async function storePlan(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  draft: PlanDraft,
  by: By,
): Promise<StoredRequest> {
  const hash = planHash(draft.plan);
  const [canonical] = draft.subjectIds;
  const current = await lockRequest(tx, tenant, id);
  if (current.planHash === hash && isOpen(current.state)) return storedRequest(current);
  return transition(
    tx,
    tenant,
    id,
    { event: 'plan', planHash: hash },
    by,
    async (request) => {
      const version = request.planVersion + 1;
      await tx.insert(plans).values({ tenant, requestId: id, version, hash, plan: draft.plan, madeAt: by.now });
      await tx.delete(planRecords).where(and(eq(planRecords.tenant, tenant), eq(planRecords.requestId, id)));
      for (const [node, refs] of draft.recordRefs) {
        if (refs.length === 0) continue;
        await tx.insert(planRecords).values({ tenant, requestId: id, node, refs: refs.slice(0, RECORD_REFS_MAX) });
      }
      await putTokens(tx, tenant, id, draft.aliasTokens);
      return {
        planVersion: version,
        subjectIds: [...draft.subjectIds],
        aliasCount: draft.plan.aliases.count,
        attention: null,
      };
    },
    {
      payload: { targets: draft.plan.targets.length, aliases: draft.plan.aliases.count },
      ...(canonical === undefined ? {} : { subjectId: canonical }),
    },
  );
}

export async function readPlan(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  version?: number,
): Promise<StoredPlan | null> {
  const [row] = await tx
    .select()
    .from(plans)
    .where(
      and(
        eq(plans.tenant, tenant),
        eq(plans.requestId, id),
        ...(version === undefined ? [] : [eq(plans.version, version)]),
      ),
    )
    .orderBy(desc(plans.version))
    .limit(1);
  return row ? { version: row.version, hash: row.hash, madeAt: row.madeAt, plan: row.plan } : null;
}

/** The approved plan becomes tasks, in the transaction that starts the request. */
export function startRequest(tx: Transaction, tenant: TenantId, id: string, by: By): Promise<StoredRequest> {
  return transition(tx, tenant, id, { event: 'start' }, by, async (request) => {
    const stored = await readPlan(tx, tenant, id, request.planVersion);
    if (stored?.hash !== request.approval?.planHash || !stored) {
      throw new VestigeError('plan_changed', 'the stored plan is not the approved one');
    }
    const rows = stored.plan.targets.map((target) => ({
      tenant,
      id: randomUUID(),
      requestId: id,
      planVersion: stored.version,
      node: target.node,
      action: target.action,
      origin: target.origin,
      confidence: target.confidence,
      upstream: target.after,
      state: 'blocked' as const,
      notBefore: by.now,
      cannotErase: [],
      updatedAt: by.now,
    }));
    if (rows.length > 0) await tx.insert(tasks).values(rows);
    return { startedAt: by.now };
  });
}
