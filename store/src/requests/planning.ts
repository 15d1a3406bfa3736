import { randomUUID } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { wholeExemptionOf } from '@vestige/core/request/exemption';
import { type Plan, planHash } from '@vestige/core/request/plan';
import { isOpen, OPEN_STATES } from '@vestige/core/request/request-state';
import { restricts } from '@vestige/core/request/request-type';
import { and, arrayOverlaps, asc, desc, eq, inArray, isNotNull, ne, or, sql } from 'drizzle-orm';
import { oweNotices } from '../notices/owe-notices.ts';
import type { Transaction } from '../postgres.ts';
import { bringBack } from '../retention/leaving-identities.ts';
import { endRequest } from './closing.ts';
import { exemptByPlan, keepsOf } from './exempt-by-plan.ts';
import { lockRequest, storedRequest, transition } from './request-rows.ts';
import {
  type By,
  type PlanDraft,
  RECORD_REFS_MAX,
  type StoredPlan,
  type StoredRequest,
  type StoredTask,
} from './request-store.ts';
import { beginRestriction } from './restricting.ts';
import { putTokens, readSelectors } from './selectors.ts';
import { planRecords, plans, requests, tasks } from './tables.ts';
import { storedTask } from './task-rows.ts';

/** Class of our advisory locks that look for twins; the second half of the key is the person. */
const LOCK_CLASS = 0x76_64_75; // 'vdu'

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
  const current = storedRequest(await lockRequest(tx, tenant, id));
  if (current.planHash === hash && isOpen(current.state)) return current;
  if (canonical !== undefined && current.state === 'assessing' && current.identity !== null) {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(${LOCK_CLASS}::int, hashtext(${canonical}))`);
    const twin = await olderTwin(tx, tenant, current, draft.subjectIds);
    if (twin !== null && (await namesEverythingOf(tx, tenant, twin.id, id))) {
      const link = async () => ({ duplicateOf: twin.id });
      return endRequest(tx, tenant, id, { event: 'find_duplicate' }, by, link, { payload: { of: twin.id } });
    }
    if (twin !== null && current.type === 'erasure') return waitForTwin(tx, tenant, id);
  }
  return putPlanVersion(
    tx,
    tenant,
    id,
    draft.plan,
    by,
    async (request) => {
      await tx.delete(planRecords).where(and(eq(planRecords.tenant, tenant), eq(planRecords.requestId, id)));
      for (const [node, refs] of draft.recordRefs) {
        if (refs.length === 0) continue;
        await tx.insert(planRecords).values({ tenant, requestId: id, node, refs: refs.slice(0, RECORD_REFS_MAX) });
      }
      await putTokens(tx, tenant, id, draft.aliasTokens);
      await oweNotices(tx, tenant, id, draft.recipients);
      await bringBack(tx, tenant, draft.subjectIds);
      if (restricts(request.type)) await beginRestriction(tx, tenant, request, draft.subjectIds, by);
      return { subjectIds: [...draft.subjectIds], aliasCount: draft.plan.aliases.count, attention: null };
    },
    canonical,
  );
}

/** One more version of the plan, which voids the approval of the one before. */
export function putPlanVersion(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  plan: Plan,
  by: By,
  also: Parameters<typeof transition>[5] = async () => ({}),
  subjectId?: string,
): Promise<StoredRequest> {
  const hash = planHash(plan);
  return transition(
    tx,
    tenant,
    id,
    { event: 'plan', planHash: hash },
    by,
    async (request) => {
      const version = request.planVersion + 1;
      await tx.insert(plans).values({ tenant, requestId: id, version, hash, plan, madeAt: by.now });
      return { planVersion: version, ...(await also(request)) };
    },
    {
      payload: { targets: plan.targets.length, aliases: plan.aliases.count, exemptions: plan.exemptions.length },
      ...(subjectId === undefined ? {} : { subjectId }),
    },
  );
}

/** An open, verified request of the same kind about the same person that came first. */
async function olderTwin(
  tx: Transaction,
  tenant: TenantId,
  request: StoredRequest,
  subjectIds: readonly string[],
): Promise<StoredRequest | null> {
  const [row] = await tx
    .select()
    .from(requests)
    .where(
      and(
        eq(requests.tenant, tenant),
        ne(requests.id, request.id),
        eq(requests.type, request.type),
        inArray(requests.state, [...OPEN_STATES]),
        // Only who has been identified can push somebody else's request aside (FM4).
        isNotNull(requests.identity),
        arrayOverlaps(requests.subjectIds, [...subjectIds]),
        or(
          isNotNull(requests.planHash),
          sql`(${requests.filedAt}, ${requests.id}) < (${request.filedAt.toISOString()}::timestamptz, ${request.id}::uuid)`,
        ),
      ),
    )
    .orderBy(asc(requests.filedAt), asc(requests.id))
    .limit(1);
  return row ? storedRequest(row) : null;
}

/** Whether the first request will do all that the second one asks: nothing of a duplicate may be dropped (FM4). */
async function namesEverythingOf(tx: Transaction, tenant: TenantId, first: string, second: string): Promise<boolean> {
  const keyOf = ({ type, value }: { type: string; value: string }) => `${type}\0${value}`;
  const [one, other] = [await readSelectors(tx, tenant, first), await readSelectors(tx, tenant, second)];
  const named = new Set([...one.identifiers, ...one.corrections].map(keyOf));
  return [...other.identifiers, ...other.corrections].every((selector) => named.has(keyOf(selector)));
}

async function waitForTwin(tx: Transaction, tenant: TenantId, id: string): Promise<StoredRequest> {
  const [row] = await tx
    .update(requests)
    .set({ attention: 'twin_open' })
    .where(and(eq(requests.tenant, tenant), eq(requests.id, id)))
    .returning();
  if (!row) throw new VestigeError('not_found', 'there is no such request');
  return storedRequest(row);
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
export async function startRequest(tx: Transaction, tenant: TenantId, id: string, by: By): Promise<StoredRequest> {
  let begun: StoredTask[] = [];
  // Plans made before there were exemptions have none.
  let exemptions: Plan['exemptions'] = [];
  const started = await transition(tx, tenant, id, { event: 'start' }, by, async (request) => {
    const stored = await readPlan(tx, tenant, id, request.planVersion);
    if (stored?.hash !== request.approval?.planHash || !stored) {
      throw new VestigeError('plan_changed', 'the stored plan is not the approved one');
    }
    exemptions = (stored.plan as Partial<Plan>).exemptions ?? [];
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
      keeps: keepsOf(exemptions, target.node),
      dueOn: request.dueOn,
      updatedAt: by.now,
    }));
    if (rows.length > 0) begun = (await tx.insert(tasks).values(rows).returning()).map(storedTask);
    return { startedAt: by.now };
  });
  for (const task of begun) {
    const whole = wholeExemptionOf(exemptions, task.node);
    if (whole !== null) await exemptByPlan(tx, tenant, task, whole, started.approval?.by ?? by.actor, by);
  }
  return started;
}
