import type { TenantId } from '@vestige/core/ids';
import { keptPartsOf, type PlanExemption } from '@vestige/core/request/exemption';
import type { KeptPart } from '@vestige/core/request/kept-part';
import { stepTask } from '@vestige/core/request/task';
import { insertAudit } from '../audit/insert-audit.ts';
import type { Transaction } from '../postgres.ts';
import type { By, StoredTask } from './request-store.ts';
import { allowed, taskAudit, writeTask } from './task-rows.ts';

/**
 * What the exemptions of an approved plan make of its tasks. The task of a place that is exempt as a whole ends before it
 * begins, with an audit entry of its own; the certificate names who approved it.
 */
export async function exemptByPlan(
  tx: Transaction,
  tenant: TenantId,
  task: StoredTask,
  { code, basis, reviewAt, by: enteredBy }: PlanExemption,
  approvedBy: string,
  by: By,
): Promise<void> {
  const { event, next } = allowed(stepTask(task, 'exempt'));
  const exemption = { code, basis, reviewAt, by: approvedBy };
  const after = await writeTask(tx, tenant, task, next, by, { exemption });
  await insertAudit(tx, tenant, taskAudit(event, after, task.state, by, { ...exemption, enteredBy }));
}

/** Null where all of the place goes, or all of it stays. */
export function keepsOf(exemptions: readonly PlanExemption[], node: string): KeptPart[] | null {
  const parts = keptPartsOf(exemptions, node);
  return parts.length === 0 ? null : parts;
}
