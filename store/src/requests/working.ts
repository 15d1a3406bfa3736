import type { TenantId } from '@vestige/core/ids';
import { and, eq, inArray, isNull, lte, or } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import type { Transaction } from '../postgres.ts';
import { lockRequest, storedRequest } from './request-rows.ts';
import type { By, StoredRequest, SuppressionNote } from './request-store.ts';
import { requests } from './tables.ts';

/** Bookkeeping of the workflow: which process looks at a request, and how far its suppression has come. */

/** States in which the workflow has something to do without a person. */
const WORKED_STATES = ['assessing', 'approved', 'executing', 'verifying', 'blocked', 'reopened'] as const;

/**
 * The lease spares two processes the same work; it is no lock. What keeps a step from happening twice is that every
 * step is refused by the state it has already reached.
 */
export async function takeWork(
  tx: Transaction,
  tenant: TenantId,
  take: { owner: string; leaseMs: number; limit: number; now: Date },
): Promise<StoredRequest[]> {
  const free = await tx
    .select({ id: requests.id })
    .from(requests)
    .where(
      and(
        eq(requests.tenant, tenant),
        inArray(requests.state, [...WORKED_STATES]),
        lte(requests.workAfter, take.now),
        or(isNull(requests.workUntil), lte(requests.workUntil, take.now)),
      ),
    )
    .orderBy(requests.workAfter)
    .limit(take.limit)
    .for('update', { skipLocked: true });
  if (free.length === 0) return [];
  const rows = await tx
    .update(requests)
    .set({ workOwner: take.owner, workUntil: new Date(take.now.getTime() + take.leaseMs) })
    .where(
      and(
        eq(requests.tenant, tenant),
        inArray(
          requests.id,
          free.map((row) => row.id),
        ),
      ),
    )
    .returning();
  return rows.map(storedRequest);
}

/** Renews the lease of whoever still has it. A lost one shows in the steps, which are refused by what others did. */
export async function keepWork(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  owner: string,
  until: Date,
): Promise<void> {
  await tx
    .update(requests)
    .set({ workUntil: until })
    .where(and(eq(requests.tenant, tenant), eq(requests.id, id), eq(requests.workOwner, owner)));
}

/** A report that arrived meanwhile has asked for an earlier look; that wish is kept. */
export async function putWork(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  owner: string,
  seen: { takenAt: Date; againAt: Date },
): Promise<void> {
  const row = await lockRequest(tx, tenant, id);
  if (row.workOwner !== owner) return;
  const woken = row.workAfter > seen.takenAt;
  await tx
    .update(requests)
    .set({ workOwner: null, workUntil: null, workAfter: woken ? row.workAfter : seen.againAt })
    .where(and(eq(requests.tenant, tenant), eq(requests.id, id)));
}

export async function noteSuppression(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  note: SuppressionNote,
  by: By,
): Promise<void> {
  const row = await lockRequest(tx, tenant, id);
  const changes = changesOf(row, note);
  if (changes === null) return;
  await tx
    .update(requests)
    .set({ ...changes, attention: null })
    .where(and(eq(requests.tenant, tenant), eq(requests.id, id)));
  await insertAudit(tx, tenant, {
    type: `request.suppression_${note.step}`,
    actor: by.actor,
    object: { kind: 'request', id },
    requestId: id,
    payload: note.step === 'sent' ? { version: note.version, erasedBefore: note.erasedBefore.toISOString() } : {},
  });
}

function changesOf(row: typeof requests.$inferSelect, note: SuppressionNote) {
  switch (note.step) {
    case 'sent':
      return row.suppressionVersion === null
        ? { suppressionVersion: note.version, erasedBefore: note.erasedBefore }
        : null;
    case 'acknowledged':
      return row.tailUntil === null ? { tailUntil: note.tailUntil } : null;
    case 'done':
      return row.suppressed ? null : { suppressed: true };
  }
}
