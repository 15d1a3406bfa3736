import type { TenantId } from '@vestige/core/ids';
import { and, eq, isNull } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import type { By, StoredRequest } from './request-store.ts';
import type { LiftNotice } from './restriction-store.ts';
import { restrictions } from './tables.ts';

/**
 * A restriction begins with the plan, which is when the person is identified and found, and not with the approval: Art.
 * 18 is there to stop processing while somebody still weighs (docs/adr/0054). Planning again follows the person.
 */
export async function beginRestriction(
  tx: Transaction,
  tenant: TenantId,
  request: StoredRequest,
  subjectIds: readonly string[],
  by: By,
): Promise<void> {
  if (subjectIds.length === 0) return;
  const { ground, purposes, id } = request;
  await tx
    .insert(restrictions)
    .values({ tenant, requestId: id, ground, purposes: [...purposes], subjectIds: [...subjectIds], since: by.now })
    .onConflictDoUpdate({
      target: [restrictions.tenant, restrictions.requestId],
      set: { subjectIds: [...subjectIds] },
      // Reopened to take the marks off, it does not begin again.
      setWhere: isNull(restrictions.liftedAt),
    });
}

/** Ends it; whom it was about is forgotten with it. @returns whether it was in force */
export async function endRestriction(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  notice: LiftNotice,
  by: By,
): Promise<boolean> {
  const ended = await tx
    .update(restrictions)
    .set({ liftedBy: by.actor, liftedAt: by.now, notice, subjectIds: [] })
    .where(and(eq(restrictions.tenant, tenant), eq(restrictions.requestId, requestId), isNull(restrictions.liftedAt)))
    .returning({ requestId: restrictions.requestId });
  return ended.length > 0;
}
