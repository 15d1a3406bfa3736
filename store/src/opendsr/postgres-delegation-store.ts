import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import type { Acknowledgement } from '@vestige/core/notice/recipient-notice';
import { type Delegation, elapse, hear, isAwaited } from '@vestige/core/opendsr/delegation';
import { and, arrayContains, asc, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { putFindings } from '../control/put-finding.ts';
import { recipientNotices } from '../notices/notice-tables.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import type { By } from '../requests/request-store.ts';
import { requests } from '../requests/tables.ts';
import type { DelegationStore, StoredDelegation } from './delegation-store.ts';
import { delegations } from './delegation-table.ts';

export function postgresDelegationStore(db: Database): DelegationStore {
  return {
    awaited: (tenant, nodes, limit) =>
      withTenant(db, tenant, async (tx) => {
        const exact = nodes.filter((node) => !node.endsWith('*'));
        const prefixes = nodes.filter((node) => node.endsWith('*')).map((node) => node.slice(0, -1));
        const served = or(
          exact.length > 0 ? inArray(delegations.node, exact) : sql`false`,
          ...prefixes.map((prefix) => sql`starts_with(${delegations.node}, ${prefix})`),
        );
        const rows = await tx
          .select()
          .from(delegations)
          .where(and(eq(delegations.tenant, tenant), eq(delegations.heard, 'working'), served))
          .orderBy(sql`${delegations.heardAt} NULLS FIRST`, asc(delegations.taskId))
          .limit(limit);
        return rows.map(stored);
      }),
    find: (tenant, taskId) =>
      withTenant(db, tenant, async (tx) => {
        const [row] = await tx.select().from(delegations).where(named(tenant, taskId));
        return row ? stored(row) : null;
      }),
    hear: (tenant, taskId, said, by) =>
      withTenant(db, tenant, async (tx) => {
        const [row] = await tx.select().from(delegations).where(named(tenant, taskId)).for('update');
        if (!row) throw new VestigeError('not_found', 'nothing of this task was handed over');
        const next = hear(row, said.heard, said.expectedAt, by.now);
        if (next === null) return stored(row);
        const after = await write(tx, tenant, taskId, { ...pick(next), heardBy: said.by });
        await acknowledge(tx, tenant, after, by);
        await audit(tx, tenant, after, `delegation.${said.heard}`, by, { heardBy: said.by });
        await wake(tx, tenant, after.requestId, by);
        return after;
      }),
    elapse: (tenant, requestId, by) =>
      withTenant(db, tenant, async (tx) => {
        const rows = await tx
          .select()
          .from(delegations)
          .where(and(eq(delegations.tenant, tenant), eq(delegations.requestId, requestId)))
          .orderBy(asc(delegations.taskId))
          .for('update');
        let awaited = 0;
        for (const row of rows) {
          const next = elapse(row, by.now);
          if (isAwaited(next ?? row)) awaited += 1;
          if (next === null) continue;
          const after = await write(tx, tenant, row.taskId, pick(next));
          const { node, processor, escalated, heard } = after;
          await putFindings(tx, tenant, [
            { type: 'delegation.silent', key: row.taskId, details: { requestId, node, processor, escalated, heard } },
          ]);
          await audit(tx, tenant, after, isAwaited(after) ? 'delegation.escalate' : 'delegation.silent', by, {
            escalated,
          });
        }
        return awaited;
      }),
  };
}

const named = (tenant: TenantId, taskId: string) => and(eq(delegations.tenant, tenant), eq(delegations.taskId, taskId));

const pick = ({ heard, expectedAt, heardAt, escalated }: Delegation) => ({ heard, expectedAt, heardAt, escalated });

async function write(
  tx: Transaction,
  tenant: TenantId,
  taskId: string,
  changes: Partial<typeof delegations.$inferInsert>,
): Promise<StoredDelegation> {
  const [row] = await tx.update(delegations).set(changes).where(named(tenant, taskId)).returning();
  if (!row) throw new VestigeError('not_found', 'nothing of this task was handed over');
  return stored(row);
}

/** What it said is what the recipient answered to its notice (Art. 19). */
async function acknowledge(tx: Transaction, tenant: TenantId, { heard, requestId, node }: StoredDelegation, by: By) {
  const said: Partial<Record<Delegation['heard'], Acknowledgement>> = {
    working: 'received',
    partial: 'received',
    attested: 'completed',
    refused: 'refused',
    cancelled: 'refused',
  };
  const acknowledgement = said[heard];
  if (acknowledgement === undefined) return;
  const told = and(
    eq(recipientNotices.tenant, tenant),
    eq(recipientNotices.requestId, requestId),
    arrayContains(recipientNotices.nodes, [node]),
  );
  await tx
    .update(recipientNotices)
    .set({ channel: 'opendsr', sentAt: by.now, sentBy: by.actor })
    .where(and(told, isNull(recipientNotices.sentAt)));
  await tx.update(recipientNotices).set({ acknowledgement, acknowledgedAt: by.now }).where(told);
}

function audit(tx: Transaction, tenant: TenantId, after: StoredDelegation, type: string, by: By, facts: object) {
  const { taskId, requestId, node, processor, heard } = after;
  return insertAudit(tx, tenant, {
    type,
    actor: by.actor,
    object: { kind: 'task', id: taskId },
    requestId,
    payload: { node, processor, heard, ...facts },
  });
}

/** The workflow looks at the request again. */
async function wake(tx: Transaction, tenant: TenantId, requestId: string, by: By): Promise<void> {
  await tx
    .update(requests)
    .set({ workAfter: sql`least(${requests.workAfter}, ${by.now.toISOString()}::timestamptz)` })
    .where(and(eq(requests.tenant, tenant), eq(requests.id, requestId)));
}

function stored(row: typeof delegations.$inferSelect): StoredDelegation {
  const { tenant: _tenant, heardBy: _by, ...rest } = row;
  return rest;
}
