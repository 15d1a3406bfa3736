import { createHmac } from 'node:crypto';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, eq, lt, type SQL, sql } from 'drizzle-orm';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { idempotencyKeys } from '../tables/idempotency.ts';
import { ANSWER_LIFETIME_MS, CLAIM_LIFETIME_MS, type IdempotencyStore } from './idempotency-store.ts';
import { tenantSecretReader } from './tenant-secret.ts';

export function postgresIdempotencyStore(db: Database): IdempotencyStore {
  const keyOf = tenantSecretReader(db, 'idempotency');

  return {
    async claim(tenant, call) {
      const secret = await keyOf(tenant);
      const mac = (part: string, ...data: (string | Uint8Array)[]): Buffer =>
        data.reduce((hmac, each) => hmac.update(each), createHmac('sha256', secret).update(`${part}\0`)).digest();
      const id = mac('id', call.scope, '\0', call.key);
      const fingerprint = mac('body', call.body);

      return withTenant(db, tenant, async (tx) => {
        await tidyIdempotency(tx, tenant);
        const claimed = await tx
          .insert(idempotencyKeys)
          .values({ tenant, id, fingerprint })
          .onConflictDoUpdate({
            target: [idempotencyKeys.tenant, idempotencyKeys.id],
            set: { claimedAt: sql`now()` },
            // Only a claim of this very call whose process is gone can be taken over.
            setWhere: sql`${idempotencyKeys.status} IS NULL AND ${olderThan(CLAIM_LIFETIME_MS)}
                          AND ${idempotencyKeys.fingerprint} = excluded.fingerprint`,
          })
          .returning({ id: idempotencyKeys.id });
        if (claimed.length > 0) return { outcome: 'run', claimId: id.toString('hex') };

        const [row] = await tx
          .select()
          .from(idempotencyKeys)
          .where(and(eq(idempotencyKeys.tenant, tenant), eq(idempotencyKeys.id, id)));
        if (!row) throw new VestigeError('conflict', 'the first call with this idempotency key has just failed');
        if (!row.fingerprint.equals(fingerprint)) return { outcome: 'mismatch' };
        if (row.status === null || row.body === null) return { outcome: 'running' };
        return { outcome: 'replay', answer: { status: row.status, body: row.body } };
      });
    },

    async complete(tenant, claimId, answer) {
      await withTenant(db, tenant, (tx) =>
        tx
          .update(idempotencyKeys)
          .set({ status: answer.status, body: answer.body })
          .where(and(eq(idempotencyKeys.tenant, tenant), eq(idempotencyKeys.id, Buffer.from(claimId, 'hex')))),
      );
    },

    async release(tenant, claimId) {
      const id = Buffer.from(claimId, 'hex');
      await withTenant(db, tenant, (tx) =>
        tx
          .delete(idempotencyKeys)
          .where(
            and(eq(idempotencyKeys.tenant, tenant), eq(idempotencyKeys.id, id), sql`${idempotencyKeys.status} IS NULL`),
          ),
      );
    },
  };
}

/** Answers are kept for a day, whether or not anybody calls again. */
export async function tidyIdempotency(tx: Transaction, tenant: TenantId): Promise<void> {
  await tx.delete(idempotencyKeys).where(and(eq(idempotencyKeys.tenant, tenant), olderThan(ANSWER_LIFETIME_MS)));
}

function olderThan(ms: number): SQL | undefined {
  return lt(idempotencyKeys.claimedAt, sql`now() - make_interval(secs => ${ms / 1000})`);
}
