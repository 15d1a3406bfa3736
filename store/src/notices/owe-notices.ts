import type { TenantId } from '@vestige/core/ids';
import { byParty } from '@vestige/core/notice/recipient-notice';
import { sql } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { recipientNotices } from './notice-tables.ts';

/** Whom a plan's lineage shows as recipients owes a notice from here on. In the transaction that stores the plan. */
export async function oweNotices(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  recipients: readonly { readonly party: string; readonly node: string }[],
): Promise<void> {
  const owed = byParty(recipients).map(({ party, nodes }) => ({ tenant, requestId, party, nodes }));
  if (owed.length === 0) return;
  const { nodes } = recipientNotices;
  await tx
    .insert(recipientNotices)
    .values(owed)
    .onConflictDoUpdate({
      target: [recipientNotices.tenant, recipientNotices.requestId, recipientNotices.party],
      set: { nodes: sql`ARRAY (SELECT DISTINCT unnest(${nodes} || excluded.nodes) ORDER BY 1)` },
    });
}
