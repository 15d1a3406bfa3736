import type { TenantId } from '@vestige/core/ids';
import {
  claimTask,
  loseLease,
  reportTask,
  reworkTask,
  stepTask,
  type TaskDecision,
  type TaskLimits,
  targetResult,
} from '@vestige/core/request/task';
import { and, eq } from 'drizzle-orm';
import type { AuditDraft } from '../audit/audit-store.ts';
import type { Transaction } from '../postgres.ts';
import { requireRequest } from './request-rows.ts';
import type { By, ServedNodes, StoredTask } from './request-store.ts';
import { taskData } from './tables.ts';
import { taskAudit, tasksOf, writeTask } from './task-rows.ts';

/** Enough for `leased` to fall back, be given up and unblock what follows; the rest happens at the next look. */
const ROUNDS_MAX = 6;
const DELIVERY_CHECK = 'system:delivery-check';
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;

/** Automatic steps of all tasks of a request, until none is due. @returns audit entries for the caller to write last */
export async function sweepTasks(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  served: ServedNodes,
  limits: TaskLimits,
  by: By,
): Promise<AuditDraft[]> {
  // Read, not locked: whoever holds a task may be waiting for the request, never the other way round.
  const request = await requireRequest(tx, tenant, requestId);
  const audit: AuditDraft[] = [];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const before = audit.length;
    const all = await tasksOf(tx, tenant, requestId, request.planVersion, true);
    const stateOf = new Map(all.map((task) => [task.node, task.state]));
    for (const task of all) {
      const upstream = task.upstream.map((node) => stateOf.get(node) ?? 'blocked');
      const clear = !targetResult('blocked', upstream).waitsForUpstream;
      const decision = await dueStep(tx, tenant, task, clear && (task.origin === 'own' || served(task)), limits, by);
      if (!decision?.ok) continue;
      const after = await writeTask(tx, tenant, task, decision.next, by);
      stateOf.set(task.node, after.state);
      audit.push(taskAudit(decision.event, after, task.state, by, { failure: after.failure?.code }));
    }
    if (audit.length === before) break;
  }
  return audit;
}

async function dueStep(
  tx: Transaction,
  tenant: TenantId,
  task: StoredTask,
  mayStart: boolean,
  limits: TaskLimits,
  by: By,
): Promise<TaskDecision | null> {
  if (task.lease !== null) return task.lease.until <= by.now ? loseLease(task, limits) : null;
  const due = task.notBefore <= by.now;
  switch (task.state) {
    case 'blocked':
      return mayStart ? stepTask(task, 'unblock') : null;
    case 'retry_wait':
      return due ? stepTask(task, 'retry_due') : null;
    case 'executed':
      return stepTask(task, 'settle');
    case 'settling':
      return due ? stepTask(task, 'settled') : null;
    case 'residual':
      return reworkTask(task, by.now, limits);
    case 'verifying':
      return task.action === 'export' && due ? checkDelivery(tx, tenant, task, limits, by) : null;
    default:
      return null;
  }
}

/** An export is verified by us: as many rows arrived as the worker says it found. */
async function checkDelivery(
  tx: Transaction,
  tenant: TenantId,
  task: StoredTask,
  limits: TaskLimits,
  by: By,
): Promise<TaskDecision> {
  const [data] = await tx
    .select({ rows: taskData.rowCount })
    .from(taskData)
    .where(and(eq(taskData.tenant, tenant), eq(taskData.taskId, task.id)));
  const missing = Math.abs((task.counts?.found ?? 0) - (data?.rows ?? 0));
  const lease = { by: DELIVERY_CHECK, worker: 'delivery-check', until: new Date(by.now.getTime() + 60_000) };
  const claim = claimTask(task, lease, by.now);
  if (!claim.ok) return claim;
  const report = {
    found: missing,
    erased: 0,
    residual: missing,
    method: 'count_delivered_rows',
    evidenceDigest: NO_DIGEST,
    searched: true,
    cannotErase: [],
  };
  return reportTask(claim.next, claim.next.fence, DELIVERY_CHECK, report, by.now, limits);
}
