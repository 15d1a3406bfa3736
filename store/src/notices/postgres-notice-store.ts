import { fourEyesObjection } from '@vestige/core/access/four-eyes';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { noticeFromTasks, type RecipientNotice } from '@vestige/core/notice/recipient-notice';
import { and, asc, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { handsOf } from '../control/hands.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { readPolicy, requireRequest } from '../requests/request-rows.ts';
import type { By } from '../requests/request-store.ts';
import { tasksOf } from '../requests/task-rows.ts';
import type { NoticeStore } from './notice-store.ts';
import { recipientHolds, recipientNotices } from './notice-tables.ts';

type Row = typeof recipientNotices.$inferSelect;
type Changes = Partial<Pick<Row, Exclude<keyof Row, 'tenant' | 'requestId' | 'party'>>>;

export function postgresNoticeStore(db: Database): NoticeStore {
  const within = <T>(tenant: TenantId, work: (tx: Transaction) => Promise<T>) => withTenant(db, tenant, work);
  return {
    notices: (tenant, requestId) =>
      within(tenant, async (tx) => {
        await requireRequest(tx, tenant, requestId);
        return (await rowsOf(tx, tenant, requestId)).map(storedNotice);
      }),

    takeFromTasks: (tenant, requestId, by) =>
      within(tenant, async (tx) => {
        const request = await requireRequest(tx, tenant, requestId);
        const open = (await rowsOf(tx, tenant, requestId)).filter(
          (row) => row.acknowledgement === null && row.excuseCode === null,
        );
        if (open.length === 0) return 0;
        const tasks = await tasksOf(tx, tenant, requestId, request.planVersion, false);
        let taken = 0;
        for (const row of open) {
          const told = noticeFromTasks(row.nodes, tasks);
          const changes = told === null ? null : changesFrom(row, told);
          if (changes === null) continue;
          await write(tx, tenant, requestId, row.party, changes, 'recipient.task_told', by);
          taken += 1;
        }
        return taken;
      }),

    send: (tenant, requestId, party, { channel, at }, by) =>
      within(tenant, async (tx) => {
        const row = await lockNotice(tx, tenant, requestId, party);
        if (row.sentAt?.getTime() === at.getTime() && row.channel === channel) return storedNotice(row);
        // Told again: what the recipient said to the notice before is its word about that one.
        const changes = {
          channel,
          sentAt: at,
          sentBy: by.actor,
          acknowledgement: null,
          acknowledgedAt: null,
          excuseCode: null,
          excuseBasis: null,
          excuseBy: null,
          againSince: null,
        };
        return write(tx, tenant, requestId, party, changes, 'recipient.notice_sent', by);
      }),

    acknowledge: (tenant, requestId, party, { as, at }, by) =>
      within(tenant, async (tx) => {
        const row = await lockNotice(tx, tenant, requestId, party);
        if (row.sentAt === null) throw new VestigeError('conflict', 'nothing was sent to this recipient yet');
        if (row.acknowledgement === as) return storedNotice(row);
        const changes = { acknowledgement: as, acknowledgedAt: at };
        return write(tx, tenant, requestId, party, changes, 'recipient.notice_acknowledged', by);
      }),

    excuse: (tenant, requestId, party, { code, basis }, by) =>
      within(tenant, async (tx) => {
        const row = await lockNotice(tx, tenant, requestId, party);
        const request = await requireRequest(tx, tenant, requestId);
        const { singleKeyApproval } = await readPolicy(tx, tenant);
        const hands = await handsOf(tx, tenant, by.actor);
        const objection = fourEyesObjection('notice.excuse', request.filedBy, hands, singleKeyApproval);
        if (objection !== null) throw new VestigeError('forbidden', objection, { reason: 'four_eyes' });
        if (row.sentAt !== null) throw new VestigeError('conflict', 'this recipient was told');
        const changes = { excuseCode: code, excuseBasis: basis, excuseBy: by.actor };
        return write(tx, tenant, requestId, party, changes, 'recipient.notice_excused', by);
      }),

    dueAgain: (tenant, limit) =>
      within(tenant, async (tx) => {
        const rows = await tx
          .select()
          .from(recipientNotices)
          .where(and(eq(recipientNotices.tenant, tenant), isNotNull(recipientNotices.againSince)))
          .orderBy(asc(recipientNotices.againSince), asc(recipientNotices.requestId), asc(recipientNotices.party))
          .limit(limit);
        return rows.map((row) => ({ ...storedNotice(row), requestId: row.requestId }));
      }),

    holds: (tenant) =>
      within(tenant, async (tx) => {
        const rows = await tx
          .select()
          .from(recipientHolds)
          .where(eq(recipientHolds.tenant, tenant))
          .orderBy(asc(recipientHolds.party), asc(recipientHolds.since));
        return rows.map(({ party, since, matter, liftedOn }) => ({ party, since, matter, liftedOn }));
      }),

    noteHold: (tenant, hold, by) =>
      within(tenant, async (tx) => {
        const noted = await tx
          .insert(recipientHolds)
          .values({ tenant, ...hold, notedBy: by.actor })
          .onConflictDoNothing()
          .returning({ party: recipientHolds.party });
        if (noted.length === 0) throw new VestigeError('conflict', 'a hold on this recipient is noted already');
        await insertAudit(tx, tenant, holdAudit('recipient.hold_noted', hold.party, by, { ...hold }));
      }),

    liftHold: (tenant, party, liftedOn, by) =>
      within(tenant, async (tx) => {
        const inForce = and(
          eq(recipientHolds.tenant, tenant),
          eq(recipientHolds.party, party),
          isNull(recipientHolds.liftedOn),
        );
        const [lifted] = await tx.update(recipientHolds).set({ liftedOn }).where(inForce).returning();
        if (!lifted) throw new VestigeError('not_found', 'no hold on this recipient is in force');
        // What was told before the hold and confirmed as completed is gone; everything else it may still have.
        const again = await tx
          .update(recipientNotices)
          .set({ againSince: by.now })
          .where(
            and(
              eq(recipientNotices.tenant, tenant),
              eq(recipientNotices.party, party),
              isNotNull(recipientNotices.sentAt),
              sql`NOT (${recipientNotices.acknowledgement} IS NOT DISTINCT FROM 'completed'
                       AND ${recipientNotices.acknowledgedAt} < ${lifted.since}::date)`,
            ),
          )
          .returning({ party: recipientNotices.party });
        await insertAudit(tx, tenant, holdAudit('recipient.hold_lifted', party, by, { liftedOn, again: again.length }));
        return { again: again.length };
      }),
  };
}

async function rowsOf(tx: Transaction, tenant: TenantId, requestId: string): Promise<Row[]> {
  return tx
    .select()
    .from(recipientNotices)
    .where(and(eq(recipientNotices.tenant, tenant), eq(recipientNotices.requestId, requestId)))
    .orderBy(asc(recipientNotices.party));
}

/** @throws VestigeError `not_found` */
async function lockNotice(tx: Transaction, tenant: TenantId, requestId: string, party: string): Promise<Row> {
  const [row] = await tx
    .select()
    .from(recipientNotices)
    .where(named(tenant, requestId, party))
    .for('update');
  if (!row) throw new VestigeError('not_found', 'this party is no recipient in this request');
  return row;
}

const named = (tenant: TenantId, requestId: string, party: string) =>
  and(
    eq(recipientNotices.tenant, tenant),
    eq(recipientNotices.requestId, requestId),
    eq(recipientNotices.party, party),
  );

async function write(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  party: string,
  changes: Changes,
  type: string,
  by: By,
): Promise<RecipientNotice> {
  const [row] = await tx
    .update(recipientNotices)
    .set(changes)
    .where(named(tenant, requestId, party))
    .returning();
  if (!row) throw new VestigeError('not_found', 'this party is no recipient in this request');
  await insertAudit(tx, tenant, {
    type,
    actor: by.actor,
    object: { kind: 'party', id: party },
    requestId,
    payload: { ...changes },
  });
  return storedNotice(row);
}

/** What a task tells, where it tells more than is recorded. Null: nothing new. */
function changesFrom(
  row: Row,
  { sent, acknowledged, excuse }: NonNullable<ReturnType<typeof noticeFromTasks>>,
): Changes | null {
  const changes: Changes = {
    ...(row.sentAt === null && sent !== null && { channel: sent.channel, sentAt: sent.at, sentBy: sent.by }),
    ...(row.acknowledgement === null &&
      acknowledged !== null && { acknowledgement: acknowledged.as, acknowledgedAt: acknowledged.at }),
    ...(row.sentAt === null &&
      excuse !== null && { excuseCode: excuse.code, excuseBasis: excuse.basis, excuseBy: excuse.by }),
  };
  return Object.keys(changes).length === 0 ? null : changes;
}

function storedNotice(row: Row): RecipientNotice {
  const { channel, sentAt, sentBy, acknowledgement, acknowledgedAt, excuseCode, excuseBasis, excuseBy } = row;
  return {
    party: row.party,
    nodes: row.nodes,
    sent: channel && sentAt && sentBy ? { channel, at: sentAt, by: sentBy } : null,
    acknowledged: acknowledgement && acknowledgedAt ? { as: acknowledgement, at: acknowledgedAt } : null,
    excuse: excuseCode && excuseBy ? { code: excuseCode, basis: excuseBasis ?? '', by: excuseBy } : null,
    againSince: row.againSince,
  };
}

function holdAudit(type: string, party: string, by: By, payload: Readonly<Record<string, unknown>>) {
  return { type, actor: by.actor, object: { kind: 'party', id: party }, payload };
}
