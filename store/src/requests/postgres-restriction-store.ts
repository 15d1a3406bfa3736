import { VestigeError } from '@vestige/core/errors';
import { civilDateAt } from '@vestige/core/request/civil-date';
import { and, arrayOverlaps, desc, eq, isNull } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { type Database, withTenant } from '../postgres.ts';
import { readPolicy } from './request-rows.ts';
import { endRestriction } from './restricting.ts';
import type { Restriction, RestrictionStore } from './restriction-store.ts';
import { restrictions } from './tables.ts';

/** Restrictions in force about one person: each is a request, and a person has few. */
const IN_FORCE_MAX = 100;

export function postgresRestrictionStore(db: Database): RestrictionStore {
  return {
    restrictions: (tenant, { lifted, limit }) =>
      withTenant(db, tenant, async (tx) => {
        const rows = await tx
          .select()
          .from(restrictions)
          .where(and(eq(restrictions.tenant, tenant), lifted ? undefined : isNull(restrictions.liftedAt)))
          .orderBy(desc(restrictions.since), desc(restrictions.requestId))
          .limit(limit);
        return rows.map(restrictionOf);
      }),

    inForce: (tenant, subjectIds) =>
      withTenant(db, tenant, async (tx) => {
        if (subjectIds.length === 0) return [];
        const rows = await tx
          .select()
          .from(restrictions)
          .where(
            and(
              eq(restrictions.tenant, tenant),
              isNull(restrictions.liftedAt),
              arrayOverlaps(restrictions.subjectIds, [...subjectIds]),
            ),
          )
          .limit(IN_FORCE_MAX);
        return rows.map(restrictionOf);
      }),

    ofRequest: (tenant, requestId) =>
      withTenant(db, tenant, async (tx) => {
        const [row] = await tx
          .select()
          .from(restrictions)
          .where(and(eq(restrictions.tenant, tenant), eq(restrictions.requestId, requestId)));
        return row ? restrictionOf(row) : null;
      }),

    lift: (tenant, requestId, notice, by) =>
      withTenant(db, tenant, async (tx) => {
        const ofRequest = and(eq(restrictions.tenant, tenant), eq(restrictions.requestId, requestId));
        const [row] = await tx.select().from(restrictions).where(ofRequest).for('update');
        if (!row) throw new VestigeError('not_found', 'no such restriction');
        const { timeZone } = await readPolicy(tx, tenant);
        if (notice.toldOn > civilDateAt(by.now, timeZone) || notice.toldOn < civilDateAt(row.since, timeZone)) {
          throw new VestigeError(
            'bad_request',
            'the person is told after the restriction began and before it is lifted',
          );
        }
        if (!(await endRestriction(tx, tenant, requestId, notice, by))) {
          throw new VestigeError('conflict', 'the restriction was lifted before');
        }
        await insertAudit(tx, tenant, {
          type: 'restriction.lift',
          actor: by.actor,
          object: { kind: 'request', id: requestId },
          requestId,
          payload: { ...notice },
        });
        return restrictionOf({ ...row, liftedBy: by.actor, liftedAt: by.now, notice });
      }),
  };
}

function restrictionOf(row: typeof restrictions.$inferSelect): Restriction {
  const { requestId, ground, purposes, since, liftedBy, liftedAt, notice } = row;
  const lifted =
    liftedBy === null || liftedAt === null || notice === null ? null : { by: liftedBy, at: liftedAt, notice };
  return { requestId, ground, purposes, since, lifted };
}
