import type { TenantId } from '@vestige/core/ids';
import { and, eq, type SQL } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import type { Transaction } from '../postgres.ts';
import type { By } from './request-store.ts';
import { destroyRequestKey } from './sealing.ts';
import { identityProofs } from './tables.ts';

/** Why a proof was destroyed; goes into the audit entry. */
export type ProofEnd = 'decided' | 'request_ended' | 'expired' | 'removed';

/**
 * Destroys proofs of one request. The key goes with the last of them: then no copy of the ciphertext, in a backup or a
 * log segment, opens any more.
 *
 * @param which all of the request when absent
 * @returns how many there were
 */
export async function destroyProofs(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  why: ProofEnd,
  by: By,
  which?: SQL,
): Promise<number> {
  const ofRequest = and(eq(identityProofs.tenant, tenant), eq(identityProofs.requestId, requestId));
  const { id, kind, assurance, byteCount } = identityProofs;
  const gone = await tx
    .delete(identityProofs)
    .where(and(ofRequest, which))
    .returning({ id, kind, assurance, byteCount });
  if (gone.length === 0) return 0;
  const [left] = await tx.select({ id }).from(identityProofs).where(ofRequest).limit(1);
  if (!left) await destroyRequestKey(tx, tenant, requestId, 'identity');
  for (const proof of gone) {
    await insertAudit(tx, tenant, {
      type: 'identity.proof_destroy',
      actor: by.actor,
      object: { kind: 'request', id: requestId },
      requestId,
      payload: { proof: proof.id, kind: proof.kind, assurance: proof.assurance, bytes: proof.byteCount, why },
    });
  }
  return gone.length;
}
