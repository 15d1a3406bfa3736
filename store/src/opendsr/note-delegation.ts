import type { TenantId } from '@vestige/core/ids';
import type { Handed } from '@vestige/core/request/worker-protocol';
import type { Transaction } from '../postgres.ts';
import { requireRequest } from '../requests/request-rows.ts';
import type { By, StoredTask } from '../requests/request-store.ts';
import { delegations } from './delegation-table.ts';

/** The worker has handed the task to a processor. In the transaction that makes the task `delegated`. */
export async function noteDelegation(
  tx: Transaction,
  tenant: TenantId,
  task: Pick<StoredTask, 'id' | 'requestId' | 'node'>,
  handed: Handed,
  by: By,
): Promise<void> {
  const { dueOn } = await requireRequest(tx, tenant, task.requestId);
  const row = {
    ...handed,
    heard: 'working' as const,
    submittedAt: by.now,
    expectedAt: new Date(handed.expectedAt),
    dueAt: new Date(`${dueOn}T23:59:59.000Z`),
    heardAt: null,
    heardBy: null,
    escalated: 0,
  };
  await tx
    .insert(delegations)
    .values({ tenant, taskId: task.id, requestId: task.requestId, node: task.node, ...row })
    .onConflictDoUpdate({ target: [delegations.tenant, delegations.taskId], set: row });
}
