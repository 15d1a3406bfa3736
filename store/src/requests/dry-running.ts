import { randomUUID } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { stepTask } from '@vestige/core/request/task';
import { insertAudit } from '../audit/insert-audit.ts';
import type { Transaction } from '../postgres.ts';
import { readPlan } from './planning.ts';
import { lockRequest, storedRequest } from './request-rows.ts';
import type { By, ServedNodes, StoredTask } from './request-store.ts';
import { tasks } from './tables.ts';
import { allowed, taskAudit, tasksOf, writeTask } from './task-rows.ts';

/**
 * Counts at every place of a plan before somebody approves it. The tasks go the way of all tasks, under leases and
 * fences, and end as `executed`: nothing was changed, so there is nothing to verify. What failed before is tried again.
 */
export async function startDryRun(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  served: ServedNodes,
  by: By,
): Promise<StoredTask[]> {
  const request = storedRequest(await lockRequest(tx, tenant, id));
  if (request.state !== 'awaiting_approval') {
    const facts = { state: request.state, event: 'dry_run', legal: [] };
    throw new VestigeError('illegal_transition', 'a dry run counts for a plan that waits for its approval', facts);
  }
  const stored = await readPlan(tx, tenant, id, request.planVersion);
  const targets = (stored?.plan.targets ?? []).filter(
    ({ node, action, origin }) => origin !== 'own' && action !== 'notify' && served({ node, action: 'search' }),
  );
  if (targets.length > 0) {
    await tx
      .insert(tasks)
      .values(
        targets.map(({ node, origin, confidence }) => ({
          tenant,
          id: randomUUID(),
          requestId: id,
          planVersion: request.planVersion,
          node,
          action: 'search' as const,
          origin,
          confidence,
          upstream: [],
          state: 'blocked' as const,
          notBefore: by.now,
          cannotErase: [],
          dueOn: request.dueOn,
          dry: true,
          updatedAt: by.now,
        })),
      )
      .onConflictDoNothing();
  }
  const audit = [];
  for (const task of await tasksOf(tx, tenant, id, request.planVersion, true, true)) {
    const event = task.state === 'blocked' ? 'unblock' : task.state === 'failed_final' ? 'retry' : null;
    if (event === null) continue;
    const { next } = allowed(stepTask(task, event));
    audit.push(taskAudit(event, await writeTask(tx, tenant, task, next, by), task.state, by));
  }
  for (const draft of audit) await insertAudit(tx, tenant, draft);
  return tasksOf(tx, tenant, id, request.planVersion, false, true);
}
