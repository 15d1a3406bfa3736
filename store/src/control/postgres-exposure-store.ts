import { fourEyesObjection } from '@vestige/core/access/four-eyes';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, desc, eq, lt, or } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { exposures } from '../tables/exposures.ts';
import type { ExposureStore, StoredExposure } from './exposure-store.ts';
import { handsOf } from './hands.ts';

export function postgresExposureStore(db: Database): ExposureStore {
  return {
    async ask(tenant, exposure, audit) {
      await withTenant(db, tenant, async (tx) => {
        await tx.insert(exposures).values({ tenant, ...exposure });
        await insertAudit(tx, tenant, audit);
      });
    },

    exposure: (tenant, id) => withTenant(db, tenant, (tx) => exposureOf(tx, tenant, id, false)),

    asked: (tenant, { before, limit }) =>
      withTenant(db, tenant, async (tx) => {
        const older =
          before === null
            ? undefined
            : or(lt(exposures.askedAt, before.at), and(eq(exposures.askedAt, before.at), lt(exposures.id, before.id)));
        const rows = await tx
          .select()
          .from(exposures)
          .where(and(eq(exposures.tenant, tenant), older))
          .orderBy(desc(exposures.askedAt), desc(exposures.id))
          .limit(limit);
        return rows.map(asStored);
      }),

    approve: (tenant, id, { actor, at }, audit) =>
      withTenant(db, tenant, async (tx) => {
        const asked = await exposureOf(tx, tenant, id, true);
        if (asked === null) throw new VestigeError('not_found', 'no such exposure');
        const objection = fourEyesObjection('exposure.list', asked.askedBy, await handsOf(tx, tenant, actor));
        if (objection !== null) throw new VestigeError('forbidden', objection, { reason: 'four_eyes' });
        if (asked.approval !== null) return asked;
        await tx
          .update(exposures)
          .set({ approvedBy: actor, approvedAt: at })
          .where(and(eq(exposures.tenant, tenant), eq(exposures.id, id)));
        await insertAudit(tx, tenant, audit);
        return { ...asked, approval: { by: actor, at } };
      }),
  };
}

async function exposureOf(
  tx: Transaction,
  tenant: TenantId,
  id: string,
  locking: boolean,
): Promise<StoredExposure | null> {
  const query = tx
    .select()
    .from(exposures)
    .where(and(eq(exposures.tenant, tenant), eq(exposures.id, id)));
  const [row] = await (locking ? query.for('update') : query);
  return row === undefined ? null : asStored(row);
}

function asStored({ tenant: _, approvedBy, approvedAt, ...asked }: typeof exposures.$inferSelect): StoredExposure {
  return { ...asked, approval: approvedBy === null || approvedAt === null ? null : { by: approvedBy, at: approvedAt } };
}
