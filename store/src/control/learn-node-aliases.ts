import type { TenantId } from '@vestige/core/ids';
import type { AliasPair } from '@vestige/core/node/alias';
import { learnAliases } from '@vestige/core/node/learn-alias';
import { eq, sql } from 'drizzle-orm';
import type { AuditDraft } from '../audit/audit-store.ts';
import { insertAudit } from '../audit/insert-audit.ts';
import type { Transaction } from '../postgres.ts';
import { nodeAliases, stores } from '../tables/registry.ts';
import { presentAliases, presentStores } from './present-names.ts';
import { putFindings } from './put-finding.ts';

/** Class of our advisory locks for learning names; the second half of the key is the tenant. */
const LOCK_CLASS = 0x76_6e_61; // 'vna'
/** Names per audit entry, whose payload is bounded. */
const NAMES_PER_ENTRY_MAX = 20;

/** One collector at a time, so that two of them cannot learn two meanings of one name. */
export async function learnNodeAliases(
  tx: Transaction,
  tenant: TenantId,
  told: readonly AliasPair[],
  audit: AuditDraft,
): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(${LOCK_CLASS}::int, ${tenant}::int)`);
  const aliases = await tx
    .select({ alias: nodeAliases.alias, canonical: nodeAliases.canonical })
    .from(nodeAliases)
    .where(eq(nodeAliases.tenant, tenant));
  const registered = await tx.select({ id: stores.id }).from(stores).where(eq(stores.tenant, tenant));
  const known = { aliases: presentAliases(aliases), stores: presentStores(registered).map(({ id }) => id) };
  const { add, conflicts } = learnAliases(known, told);
  if (add.length > 0) {
    await tx
      .insert(nodeAliases)
      .values(add.map((pair) => ({ tenant, ...pair })))
      .onConflictDoNothing();
  }
  await putFindings(
    tx,
    tenant,
    conflicts.map(({ alias, canonical, why, standing }) => ({
      type: 'node_alias.conflict',
      key: why === 'too_many' ? why : `${alias}\n${canonical}`,
      details: { alias, claimedAs: canonical, standsFor: standing, why, toldBy: audit.actor },
    })),
  );
  for (let start = 0; start < add.length; start += NAMES_PER_ENTRY_MAX) {
    const names = add.slice(start, start + NAMES_PER_ENTRY_MAX);
    await insertAudit(tx, tenant, { ...audit, payload: { ...audit.payload, names } });
  }
}
