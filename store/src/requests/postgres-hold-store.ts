import { randomUUID } from 'node:crypto';
import { fourEyesObjection } from '@vestige/core/access/four-eyes';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, arrayOverlaps, desc, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { handsOf } from '../control/hands.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { bringBack } from '../retention/leaving-identities.ts';
import { whileContended } from '../retry-contention.ts';
import type { HoldStore, StoredHold } from './hold-store.ts';
import { readPolicy } from './request-rows.ts';
import type { By } from './request-store.ts';
import { holds, requests } from './tables.ts';

/** Covering holds of one person; more would say that nobody reviews them. */
const COVERING_MAX = 100;
const HOLDABLE = ['erasure', 'rectification'] as const;

export function postgresHoldStore(db: Database): HoldStore {
  return {
    place: (tenant, hold, by) =>
      whileContended(() =>
        withTenant(db, tenant, async (tx) => {
          await bringBack(tx, tenant, hold.subjectIds ?? []);
          const [row] = await tx
            .insert(holds)
            .values({
              tenant,
              id: randomUUID(),
              matter: hold.matter,
              nodes: [...hold.nodes],
              anyPerson: hold.subjectIds === null,
              subjectIds: [...(hold.subjectIds ?? [])],
              placedBy: by.actor,
              placedAt: by.now,
              reviewAt: hold.reviewAt,
            })
            .returning();
          if (!row) throw new VestigeError('internal', 'the hold was not stored');
          const { matter, reviewAt, nodes } = hold;
          const payload = { matter, reviewAt, nodes, person: hold.subjectIds !== null };
          await audit(tx, tenant, 'hold.place', row.id, by, payload);
          return storedHold(row);
        }),
      ),

    release: (tenant, id, by) =>
      withTenant(db, tenant, async (tx) => {
        const [row] = await tx
          .select()
          .from(holds)
          .where(and(eq(holds.tenant, tenant), eq(holds.id, id)))
          .for('update');
        if (!row) throw new VestigeError('not_found', 'no such hold');
        if (row.releasedAt !== null) throw new VestigeError('conflict', 'the hold was released before');
        const { singleKeyApproval } = await readPolicy(tx, tenant);
        const hands = await handsOf(tx, tenant, by.actor);
        const objection = fourEyesObjection('request.release', row.placedBy, hands, singleKeyApproval);
        if (objection !== null) throw new VestigeError('forbidden', objection, { reason: 'four_eyes' });
        const [after] = await tx
          .update(holds)
          .set({ releasedBy: by.actor, releasedAt: by.now, subjectIds: [] })
          .where(and(eq(holds.tenant, tenant), eq(holds.id, id)))
          .returning();
        // What was held is looked at now and not when its pause is over.
        await tx
          .update(requests)
          .set({ workAfter: sql`least(${requests.workAfter}, ${by.now.toISOString()}::timestamptz)` })
          .where(
            and(
              eq(requests.tenant, tenant),
              inArray(requests.type, [...HOLDABLE]),
              inArray(requests.state, ['approved', 'executing', 'verifying', 'blocked']),
            ),
          );
        await audit(tx, tenant, 'hold.release', id, by, { matter: row.matter });
        return storedHold(after ?? row);
      }),

    holds: (tenant, { released, limit }) =>
      withTenant(db, tenant, async (tx) => {
        const rows = await tx
          .select()
          .from(holds)
          .where(and(eq(holds.tenant, tenant), released ? undefined : isNull(holds.releasedAt)))
          .orderBy(desc(holds.placedAt), desc(holds.id))
          .limit(limit);
        return rows.map(storedHold);
      }),

    covering: (tenant, subjectIds) =>
      withTenant(db, tenant, async (tx) => {
        const rows = await tx
          .select()
          .from(holds)
          .where(
            and(
              eq(holds.tenant, tenant),
              isNull(holds.releasedAt),
              or(
                holds.anyPerson,
                subjectIds.length === 0 ? undefined : arrayOverlaps(holds.subjectIds, [...subjectIds]),
              ),
            ),
          )
          .orderBy(desc(holds.placedAt))
          .limit(COVERING_MAX);
        return rows.map(storedHold);
      }),
  };
}

function storedHold(row: typeof holds.$inferSelect): StoredHold {
  const { id, matter, reviewAt, nodes, anyPerson, placedBy, placedAt, releasedBy, releasedAt } = row;
  const released = releasedBy === null || releasedAt === null ? null : { by: releasedBy, at: releasedAt };
  return { id, matter, reviewAt, nodes, anyPerson, placedBy, placedAt, released };
}

async function audit(
  tx: Transaction,
  tenant: TenantId,
  type: string,
  id: string,
  by: By,
  payload: Record<string, unknown>,
): Promise<void> {
  await insertAudit(tx, tenant, { type, actor: by.actor, object: { kind: 'hold', id }, payload });
}
