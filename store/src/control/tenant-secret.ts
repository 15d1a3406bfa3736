import { randomBytes } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { and, eq } from 'drizzle-orm';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { tenantSecrets } from '../tables/tenants.ts';

type Purpose = typeof tenantSecrets.$inferSelect.purpose;

/**
 * The tenant's key for one purpose, made at first use. It never changes afterwards, so a process keeps it in memory.
 *
 * @returns a function that asks the database once per tenant
 */
export function tenantSecretReader(db: Database, purpose: Purpose): (tenant: TenantId) => Promise<Buffer> {
  const known = new Map<TenantId, Buffer>();
  return async (tenant) => {
    const cached = known.get(tenant);
    if (cached) return cached;
    const key = await withTenant(db, tenant, (tx) => ensureSecret(tx, tenant, purpose));
    known.set(tenant, key);
    return key;
  };
}

async function ensureSecret(tx: Transaction, tenant: TenantId, purpose: Purpose): Promise<Buffer> {
  await tx
    .insert(tenantSecrets)
    .values({ tenant, purpose, key: randomBytes(32) })
    .onConflictDoNothing();
  const [row] = await tx
    .select({ key: tenantSecrets.key })
    .from(tenantSecrets)
    .where(and(eq(tenantSecrets.tenant, tenant), eq(tenantSecrets.purpose, purpose)));
  if (!row) throw new Error(`the ${purpose} key of a tenant is neither there nor can it be made`);
  return row.key;
}
