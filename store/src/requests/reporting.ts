import { fourEyesObjection } from '@vestige/core/access/four-eyes';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { RequestState } from '@vestige/core/request/request-state';
import { announceTask, failTask, reportTask, stepTask, type TaskLimits } from '@vestige/core/request/task';
import type { TaskAnnouncement, TaskCounts, TaskFailure, TaskResult } from '@vestige/core/request/worker-protocol';
import { and, eq, gt, ne, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { handsOf } from '../control/hands.ts';
import { noteDelegation } from '../opendsr/note-delegation.ts';
import type { Transaction } from '../postgres.ts';
import { lockRequest, readPolicy } from './request-rows.ts';
import { type By, type NewExemption, type StoredTask, TASK_DATA_BYTES_MAX } from './request-store.ts';
import { requestKey, seal } from './sealing.ts';
import { receipts, requests, taskData, tasks } from './tables.ts';
import { allowed, lockTask, taskAudit, writeTask } from './task-rows.ts';

/** What workers and officers say about one task. Each is one locked row, one decision of the core, one audit entry. */
export async function reportResult(
  tx: Transaction,
  tenant: TenantId,
  taskId: string,
  result: TaskResult,
  limits: TaskLimits,
  by: By,
): Promise<StoredTask> {
  const task = await lockTask(tx, tenant, taskId);
  const { fence, ...report } = result;
  const { event, next } = allowed(reportTask(task, fence, by.actor, report, by.now, limits));
  const after = await writeTask(tx, tenant, task, next, by);
  if (task.action === 'export' && event === 'execute') {
    // What an earlier holder of the task delivered is not what this one says it found.
    await tx
      .delete(taskData)
      .where(and(eq(taskData.tenant, tenant), eq(taskData.taskId, taskId), ne(taskData.fence, fence)));
  }
  if (event === 'delegate' && report.handed) await noteDelegation(tx, tenant, task, report.handed, by);
  await tx.insert(receipts).values({
    tenant,
    taskId,
    fence,
    requestId: task.requestId,
    phase: task.state === 'verifying' ? 'verify' : 'execute',
    event,
    byKey: by.actor,
    worker: task.lease?.worker ?? '',
    found: report.found,
    erased: report.erased,
    residual: report.residual,
    searched: report.searched,
    method: report.method,
    evidenceDigest: report.evidenceDigest,
    cannotErase: [...report.cannotErase],
    at: by.now,
  });
  await lookAgain(tx, tenant, task.requestId, by);
  await insertAudit(
    tx,
    tenant,
    taskAudit(event, after, task.state, by, { ...report, ...inAll(task, after, report), failure: after.failure?.code }),
  );
  return after;
}

/** The entry holds what the certificate will say, and beside it what this report said, where the two differ. */
function inAll(before: StoredTask, { counts }: StoredTask, { found, erased, residual }: TaskCounts): object {
  const same = counts?.found === found && counts.erased === erased;
  if (before.state !== 'leased' || counts === null || same) return {};
  return { ...counts, reported: { found, erased, residual } };
}

/** What a worker is about to erase. Its entry in the log is there before the first record goes. */
export async function announceFound(
  tx: Transaction,
  tenant: TenantId,
  taskId: string,
  { fence, found }: TaskAnnouncement,
  by: By,
): Promise<StoredTask> {
  const task = await lockTask(tx, tenant, taskId);
  const { event, next } = allowed(announceTask(task, fence, by.actor, found, by.now));
  const after = await writeTask(tx, tenant, task, next, by);
  await insertAudit(tx, tenant, taskAudit(event, after, task.state, by, { found }));
  return after;
}

export async function reportFailure(
  tx: Transaction,
  tenant: TenantId,
  taskId: string,
  failure: TaskFailure,
  limits: TaskLimits,
  by: By,
): Promise<StoredTask> {
  const task = await lockTask(tx, tenant, taskId);
  const { fence, message, ...rest } = failure;
  // A count that could not be made is shown as such; trying again is starting the dry run again.
  const attempts = task.dry ? { ...limits, attemptsMax: 1 } : limits;
  const { event, next } = allowed(failTask(task, fence, by.actor, rest, by.now, attempts));
  const after = await writeTask(tx, tenant, task, next, by, { failureMessage: message });
  await lookAgain(tx, tenant, task.requestId, by);
  await insertAudit(tx, tenant, taskAudit(event, after, task.state, by, { ...rest, attempt: task.attempt }));
  return after;
}

/** A worker that is still at it. No change of state, hence no audit entry. */
export async function extendLease(
  tx: Transaction,
  tenant: TenantId,
  taskId: string,
  fence: number,
  leaseMs: number,
  by: By,
): Promise<string> {
  const until = new Date(by.now.getTime() + leaseMs);
  const held = await tx
    .update(tasks)
    .set({ leaseUntil: until })
    .where(
      and(
        eq(tasks.tenant, tenant),
        eq(tasks.id, taskId),
        eq(tasks.fence, fence),
        eq(tasks.leaseBy, by.actor),
        gt(tasks.leaseUntil, by.now),
      ),
    )
    .returning({ id: tasks.id });
  if (held.length === 0) {
    await lockTask(tx, tenant, taskId);
    throw new VestigeError('fence_lost', 'the lease of this task is over or has passed on');
  }
  return until.toISOString();
}

export async function deliverData(
  tx: Transaction,
  tenant: TenantId,
  taskId: string,
  delivery: { fence: number; ndjson: Uint8Array; rows: number },
  by: By,
): Promise<void> {
  if (delivery.ndjson.length > TASK_DATA_BYTES_MAX) {
    throw new VestigeError('too_large', `an export delivers at most ${TASK_DATA_BYTES_MAX} bytes`);
  }
  const task = await lockTask(tx, tenant, taskId);
  const { lease } = task;
  if (task.fence !== delivery.fence || lease?.by !== by.actor || lease.until <= by.now || task.state !== 'leased') {
    throw new VestigeError('fence_lost', 'the lease of this task is over or has passed on');
  }
  if (task.action !== 'export') throw new VestigeError('conflict', 'only an export task takes data');
  const key = await requestKey(tx, tenant, task.requestId, 'selectors');
  if (key === null) throw new VestigeError('conflict', 'the request has ended');
  const row = {
    fence: delivery.fence,
    rowCount: delivery.rows,
    sealed: seal(key, dataPlace(tenant, taskId), delivery.ndjson),
  };
  await tx
    .insert(taskData)
    .values({ tenant, taskId, requestId: task.requestId, ...row })
    .onConflictDoUpdate({ target: [taskData.tenant, taskData.taskId], set: row });
  await insertAudit(tx, tenant, taskAudit('deliver', task, task.state, by, { rows: delivery.rows }));
}

export const dataPlace = (tenant: TenantId, taskId: string): string => `${tenant}/${taskId}/data`;

const WORKED_ON: readonly RequestState[] = ['executing', 'verifying', 'blocked'];

/** A coded reason why one target stays as it is. Somebody else than who filed the request (INV9), and never our own. */
export async function exemptTask(
  tx: Transaction,
  tenant: TenantId,
  taskId: string,
  exemption: NewExemption,
  by: By,
): Promise<StoredTask> {
  const task = await lockTask(tx, tenant, taskId);
  const request = await lockRequest(tx, tenant, task.requestId);
  const policy = await readPolicy(tx, tenant);
  const hands = await handsOf(tx, tenant, by.actor);
  const objection = fourEyesObjection('task.exempt', request.filedBy, hands, policy.singleKeyApproval);
  if (objection !== null) throw new VestigeError('forbidden', objection, { reason: 'four_eyes' });
  if (task.origin === 'own') throw new VestigeError('forbidden', 'our own telemetry and aliases cannot be exempted');
  if (task.dry) throw new VestigeError('illegal_transition', 'a task of a dry run only counts', { state: task.state });
  // What a certificate has said of a target stays so: it was handed over, and is not excused afterwards.
  if (!WORKED_ON.includes(request.state) || task.planVersion !== request.planVersion) {
    const facts = { state: request.state, event: 'exempt', legal: [] };
    throw new VestigeError('illegal_transition', 'a target is exempted while its request is carried out', facts);
  }
  // INV9: neither does whoever works there excuse it from the work, under another key neither.
  const worker = [task.executedBy, task.lease?.by].find((each) => each != null && hands.has(each));
  if (worker === by.actor || (worker !== undefined && !policy.singleKeyApproval)) {
    throw new VestigeError('forbidden', 'who works on a target may not exempt it', { reason: 'four_eyes' });
  }
  const { event, next } = allowed(stepTask(task, 'exempt'));
  const after = await writeTask(tx, tenant, task, next, by, { exemption: { ...exemption, by: by.actor } });
  await lookAgain(tx, tenant, task.requestId, by);
  await insertAudit(tx, tenant, taskAudit(event, after, task.state, by, exemption));
  return after;
}

export async function retryTask(tx: Transaction, tenant: TenantId, taskId: string, by: By): Promise<StoredTask> {
  const task = await lockTask(tx, tenant, taskId);
  const { event, next } = allowed(stepTask(task, 'retry'));
  const after = await writeTask(tx, tenant, task, { ...next, notBefore: by.now }, by);
  await lookAgain(tx, tenant, task.requestId, by);
  await insertAudit(tx, tenant, taskAudit(event, after, task.state, by));
  return after;
}

/** Wakes the workflow for this request. */
async function lookAgain(tx: Transaction, tenant: TenantId, requestId: string, by: By): Promise<void> {
  await tx
    .update(requests)
    .set({ workAfter: sql`least(${requests.workAfter}, ${by.now.toISOString()}::timestamptz)` })
    .where(and(eq(requests.tenant, tenant), eq(requests.id, requestId)));
}
