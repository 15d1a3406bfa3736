import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, count, eq, isNull } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { recipientNotices } from './notice-tables.ts';

/**
 * Holds a request open while a recipient was neither told nor excused. In the transaction that would complete it, so that
 * no certificate can list a party as if nothing were owed.
 *
 * @throws VestigeError `conflict`
 */
export async function requireRecipientsTold(tx: Transaction, tenant: TenantId, requestId: string): Promise<void> {
  const [open] = await tx
    .select({ parties: count() })
    .from(recipientNotices)
    .where(
      and(
        eq(recipientNotices.tenant, tenant),
        eq(recipientNotices.requestId, requestId),
        isNull(recipientNotices.sentAt),
        isNull(recipientNotices.excuseCode),
      ),
    );
  if (open && open.parties > 0) {
    throw new VestigeError('conflict', 'recipients were neither told nor excused', { parties: open.parties });
  }
}
