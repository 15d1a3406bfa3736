import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { TaskDecision, TaskRecord } from '@vestige/core/request/task';
import { and, asc, count, eq, inArray } from 'drizzle-orm';
import type { AuditDraft } from '../audit/audit-store.ts';
import type { Transaction } from '../postgres.ts';
import type { By, StoredTask } from './request-store.ts';
import { requests, tasks } from './tables.ts';

type Row = typeof tasks.$inferSelect;

export function storedTask(row: Row): StoredTask {
  const { leaseBy, leaseUntil, found, erased, residual, failureClass, failureCode } = row;
  return {
    id: row.id,
    requestId: row.requestId,
    planVersion: row.planVersion,
    node: row.node,
    action: row.action,
    origin: row.origin,
    confidence: row.confidence,
    upstream: row.upstream,
    state: row.state,
    fence: row.fence,
    attempt: row.attempt,
    rounds: row.rounds,
    lease:
      leaseBy === null || leaseUntil === null
        ? null
        : { by: leaseBy, worker: row.leaseWorker ?? '', until: leaseUntil },
    notBefore: row.notBefore,
    executedBy: row.executedBy,
    verifiedBy: row.verifiedBy,
    counts: found === null || erased === null || residual === null ? null : { found, erased, residual },
    announced: row.announced,
    method: row.method,
    evidenceDigest: row.evidenceDigest,
    cannotErase: row.cannotErase,
    failure: failureClass === null || failureCode === null ? null : { class: failureClass, code: failureCode },
    failureMessage: row.failureMessage,
    exemption: row.exemption,
    keeps: row.keeps ?? [],
    dry: row.dry,
    updatedAt: row.updatedAt,
  };
}

/** @throws VestigeError `not_found` */
export async function lockTask(tx: Transaction, tenant: TenantId, id: string): Promise<StoredTask> {
  const [row] = await tx
    .select()
    .from(tasks)
    .where(and(eq(tasks.tenant, tenant), eq(tasks.id, id)))
    .for('update');
  if (!row) throw new VestigeError('not_found', 'there is no such task');
  return storedTask(row);
}

/**
 * The tasks of a plan, in the order of their ids, so that two transactions lock them alike.
 *
 * @param dry those of its dry run instead
 */
export async function tasksOf(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  planVersion: number,
  lock: boolean,
  dry = false,
): Promise<StoredTask[]> {
  const query = tx
    .select()
    .from(tasks)
    .where(
      and(
        eq(tasks.tenant, tenant),
        eq(tasks.requestId, requestId),
        eq(tasks.planVersion, planVersion),
        eq(tasks.dry, dry),
      ),
    )
    .orderBy(asc(tasks.id));
  return (lock ? await query.for('update') : await query).map(storedTask);
}

/** How far each request has come: one question for a whole page of requests. */
export async function progressOf(
  tx: Transaction,
  tenant: TenantId,
  requestIds: readonly string[],
): Promise<Map<string, Record<string, number>>> {
  const progress = new Map<string, Record<string, number>>();
  if (requestIds.length === 0) return progress;
  const rows = await tx
    .select({ id: tasks.requestId, state: tasks.state, tasks: count() })
    .from(tasks)
    .innerJoin(
      requests,
      and(
        eq(requests.tenant, tasks.tenant),
        eq(requests.id, tasks.requestId),
        eq(requests.planVersion, tasks.planVersion),
      ),
    )
    .where(and(eq(tasks.tenant, tenant), inArray(tasks.requestId, [...requestIds]), eq(tasks.dry, false)))
    .groupBy(tasks.requestId, tasks.state);
  for (const row of rows) progress.set(row.id, { ...progress.get(row.id), [row.state]: row.tasks });
  return progress;
}

/** What a decision of the core means for the caller, when it is a refusal. */
export function allowed(decision: TaskDecision): Extract<TaskDecision, { ok: true }> {
  if (decision.ok) return decision;
  const { reason, state } = decision;
  if (reason === 'fence_lost') throw new VestigeError('fence_lost', 'the lease of this task is over or has passed on');
  if (reason === 'same_key') throw new VestigeError('forbidden', 'the key that executed a task may not verify it');
  throw new VestigeError('illegal_transition', `the task is ${state}, where this is not possible`, { state });
}

/**
 * Writes what the core decided. The row is locked by the caller, and the update still names the fence and state it was
 * decided on.
 */
export async function writeTask(
  tx: Transaction,
  tenant: TenantId,
  before: StoredTask,
  next: TaskRecord,
  by: By,
  also: Partial<typeof tasks.$inferInsert> = {},
): Promise<StoredTask> {
  const [row] = await tx
    .update(tasks)
    .set({
      state: next.state,
      fence: next.fence,
      attempt: next.attempt,
      rounds: next.rounds,
      leaseBy: next.lease?.by ?? null,
      leaseWorker: next.lease?.worker ?? null,
      leaseUntil: next.lease?.until ?? null,
      notBefore: next.notBefore,
      executedBy: next.executedBy,
      verifiedBy: next.verifiedBy,
      found: next.counts?.found ?? null,
      erased: next.counts?.erased ?? null,
      residual: next.counts?.residual ?? null,
      announced: next.announced,
      method: next.method,
      evidenceDigest: next.evidenceDigest,
      cannotErase: [...next.cannotErase],
      failureClass: next.failure?.class ?? null,
      failureCode: next.failure?.code ?? null,
      ...(next.failure === null ? { failureMessage: null } : {}),
      updatedAt: by.now,
      ...also,
    })
    .where(
      and(
        eq(tasks.tenant, tenant),
        eq(tasks.id, before.id),
        eq(tasks.state, before.state),
        eq(tasks.fence, before.fence),
      ),
    )
    .returning();
  if (!row) throw new VestigeError('conflict', 'the task changed meanwhile');
  return storedTask(row);
}

export function taskAudit(event: string, task: StoredTask, from: string, by: By, facts: object = {}): AuditDraft {
  return {
    type: `task.${event}`,
    actor: by.actor,
    object: { kind: 'task', id: task.id },
    requestId: task.requestId,
    payload: {
      node: task.node,
      action: task.action,
      from,
      to: task.state,
      fence: task.fence,
      // In the open: a verifier who sees no payload has to know that this was no work before its approval.
      ...(task.dry ? { dry: 1 } : {}),
      ...facts,
    },
  };
}
