import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { loseLease, type TaskLimits } from '@vestige/core/request/task';
import { NEXT_TASK_STATE } from '@vestige/core/request/task-state';
import type { ClaimedTask, ClaimRequest } from '@vestige/core/request/worker-protocol';
import { and, eq, inArray, lte, sql } from 'drizzle-orm';
import type { AuditDraft } from '../audit/audit-store.ts';
import { rowsOf, type Transaction } from '../postgres.ts';
import type { By, RequestSelectors, StoredTask } from './request-store.ts';
import { readSelectors } from './selectors.ts';
import { planRecords, tasks } from './tables.ts';
import { allowed, storedTask, taskAudit, writeTask } from './task-rows.ts';

/**
 * Handing tasks to workers. One statement picks and marks them: rows that another claim holds are skipped, not waited
 * for, and the fence rises with every claim, so whoever held the task before can no longer report on it.
 */
const LEASES_PER_SWEEP = 100;

/** @returns the tasks and their audit entries, which the caller writes last */
export async function claimTasks(
  tx: Transaction,
  tenant: TenantId,
  claim: ClaimRequest,
  by: By,
): Promise<{ claimed: ClaimedTask[]; audit: AuditDraft[] }> {
  const exact = claim.stores.filter((store) => !store.endsWith('*'));
  const prefixes = claim.stores.filter((store) => store.endsWith('*')).map((store) => store.slice(0, -1));
  const actions = claim.actions ?? null;
  const until = new Date(by.now.getTime() + claim.leaseSeconds * 1000);
  const picked = await rowsOf<{ id: string }>(
    tx,
    sql`
      UPDATE tasks SET
        state = CASE state WHEN 'ready' THEN ${NEXT_TASK_STATE.ready.claim} ELSE ${NEXT_TASK_STATE.verifying.claim} END,
        fence = fence + 1, attempt = attempt + 1,
        lease_by = ${by.actor}, lease_worker = ${claim.worker}, lease_until = ${until.toISOString()}::timestamptz,
        updated_at = ${by.now.toISOString()}::timestamptz
      -- An array is picked once; a plain IN may be planned as a join that locks more rows than it takes.
      WHERE tenant = ${tenant} AND id = ANY (ARRAY (
        SELECT t.id FROM tasks t
        JOIN requests r ON r.tenant = t.tenant AND r.id = t.request_id AND r.plan_version = t.plan_version
        WHERE t.tenant = ${tenant} AND t.state IN ('ready', 'verifying') AND t.lease_until IS NULL
          AND t.not_before <= ${by.now.toISOString()}::timestamptz
          -- Ours, and what an export delivered, are looked at by the workflow and not by a worker.
          AND t.origin <> 'own' AND NOT (t.state = 'verifying' AND t.action <> 'erase')
          AND (t.state = 'ready' OR t.executed_by <> ${by.actor})
          AND (${sql.param(actions)}::text[] IS NULL
               OR CASE t.state WHEN 'ready' THEN t.action ELSE 'verify' END = ANY (${sql.param(actions)}::text[]))
          AND (t.node = ANY (${sql.param(exact)}::text[])
               OR EXISTS (SELECT FROM unnest(${sql.param(prefixes)}::text[]) AS p (prefix) WHERE starts_with(t.node, prefix)))
          -- mayWork() of the core: a hold forbids destroying only.
          AND r.state IN ('executing', 'verifying', 'blocked') AND r.paused IS NULL AND NOT r.suspended
          AND (r.hold IS NULL OR r.type <> 'erasure')
        ORDER BY r.due_on, t.not_before, t.id
        FOR UPDATE OF t SKIP LOCKED LIMIT ${claim.max}))
      RETURNING id`,
  );
  if (picked.length === 0) return { claimed: [], audit: [] };
  const ids = picked.map((row) => row.id);
  const rows = await tx
    .select()
    .from(tasks)
    .where(and(eq(tasks.tenant, tenant), inArray(tasks.id, ids)));
  const selectorsOf = new Map<string, RequestSelectors>();
  const claimed: ClaimedTask[] = [];
  const audit: AuditDraft[] = [];
  for (const task of rows.map(storedTask)) {
    const selectors = selectorsOf.get(task.requestId) ?? (await readSelectors(tx, tenant, task.requestId));
    selectorsOf.set(task.requestId, selectors);
    claimed.push(await claimedTask(tx, tenant, task, selectors));
    const from = task.state === 'leased' ? 'ready' : 'verifying';
    audit.push(taskAudit('claim', task, from, by, { worker: claim.worker }));
  }
  return { claimed, audit };
}

/** Tasks whose worker has gone silent become claimable again, or are given up when it happened too often. */
export async function expireLeases(
  tx: Transaction,
  tenant: TenantId,
  limits: TaskLimits,
  by: By,
): Promise<AuditDraft[]> {
  const rows = await tx
    .select()
    .from(tasks)
    .where(and(eq(tasks.tenant, tenant), lte(tasks.leaseUntil, by.now)))
    .orderBy(tasks.id)
    .limit(LEASES_PER_SWEEP)
    .for('update', { skipLocked: true });
  const audit: AuditDraft[] = [];
  for (const task of rows.map(storedTask)) {
    const { event, next } = allowed(loseLease(task, limits));
    const after = await writeTask(tx, tenant, task, next, by);
    audit.push(taskAudit(event, after, task.state, { ...by, actor: 'system:lease' }, { worker: task.lease?.worker }));
  }
  return audit;
}

async function claimedTask(
  tx: Transaction,
  tenant: TenantId,
  task: StoredTask,
  selectors: RequestSelectors,
): Promise<ClaimedTask> {
  if (task.lease === null) throw new VestigeError('internal', 'a claimed task has no lease');
  const [records] = await tx
    .select({ refs: planRecords.refs })
    .from(planRecords)
    .where(
      and(eq(planRecords.tenant, tenant), eq(planRecords.requestId, task.requestId), eq(planRecords.node, task.node)),
    );
  const exempt = await tx
    .select({ node: tasks.node })
    .from(tasks)
    .where(
      and(
        eq(tasks.tenant, tenant),
        eq(tasks.requestId, task.requestId),
        eq(tasks.planVersion, task.planVersion),
        eq(tasks.state, 'exempt'),
      ),
    );
  const verifying = task.state === 'verifying';
  return {
    id: task.id,
    requestId: task.requestId,
    fence: task.fence,
    leaseUntil: task.lease.until.toISOString(),
    action: verifying ? 'verify' : task.action,
    node: task.node,
    selectors: selectors.identifiers,
    tokens: selectors.tokens,
    recordRefs: records?.refs ?? [],
    spared: exempt.map(({ node }) => node),
    attempt: task.attempt,
    idempotencyKey: `${tenant}:${task.requestId}:${task.id}:${task.planVersion}`,
    expected: verifying ? task.counts : null,
  };
}
