import type { TenantId } from '@vestige/core/ids';
import { and, asc, eq, gt, isNotNull, isNull, lt, lte, ne, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { putFindings } from '../control/put-finding.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import {
  DEFAULT_OPENDSR_SETTINGS,
  type NewOpendsrRequest,
  type OpendsrRequestRow,
  type OpendsrStore,
} from './opendsr-store.ts';
import { opendsrCallbacks, opendsrRequests, opendsrSettings } from './opendsr-tables.ts';

/** How long a caller that took an id may need to file the request. */
const TAKEN_MS = 60_000;

export function postgresOpendsrStore(db: Database): OpendsrStore {
  const within = <T>(tenant: TenantId, work: (tx: Transaction) => Promise<T>) => withTenant(db, tenant, work);
  return {
    settings: (tenant) =>
      within(tenant, async (tx) => {
        const [row] = await tx.select().from(opendsrSettings).where(eq(opendsrSettings.tenant, tenant));
        if (!row) return DEFAULT_OPENDSR_SETTINGS;
        const { hashedIdentities, controllerIdentifies, callbackHosts } = row;
        return { hashedIdentities, controllerIdentifies, callbackHosts };
      }),
    putSettings: (tenant, settings, audit) =>
      within(tenant, async (tx) => {
        const row = { ...settings, callbackHosts: [...settings.callbackHosts] };
        await tx
          .insert(opendsrSettings)
          .values({ tenant, ...row })
          .onConflictDoUpdate({ target: opendsrSettings.tenant, set: row });
        await insertAudit(tx, tenant, audit);
      }),

    take: (tenant, request) =>
      within(tenant, async (tx) => {
        const now = request.receivedTime;
        const [made] = await tx
          .insert(opendsrRequests)
          .values({ tenant, takenAt: now, ...request, callbackUrls: [...request.callbackUrls] })
          .onConflictDoNothing()
          .returning({ id: opendsrRequests.subjectRequestId });
        if (made) return 'mine';
        const id = request.subjectRequestId;
        const [known] = await tx.select().from(opendsrRequests).where(named(tenant, id));
        if (known?.requestId) return rowOf(known, known.requestId);
        // Whoever took it has not filed; after a minute it never will.
        const [mine] = await tx
          .update(opendsrRequests)
          .set({ takenAt: now })
          .where(
            and(
              named(tenant, id),
              isNull(opendsrRequests.requestId),
              lt(opendsrRequests.takenAt, new Date(now.getTime() - TAKEN_MS)),
            ),
          )
          .returning({ id: opendsrRequests.subjectRequestId });
        return mine ? 'mine' : 'taken';
      }),
    file: (tenant, subjectRequestId, requestId) =>
      within(tenant, async (tx) => {
        await tx.update(opendsrRequests).set({ requestId }).where(named(tenant, subjectRequestId));
      }),
    release: (tenant, subjectRequestId) =>
      within(tenant, async (tx) => {
        await tx.delete(opendsrRequests).where(and(named(tenant, subjectRequestId), isNull(opendsrRequests.requestId)));
      }),
    find: (tenant, subjectRequestId) =>
      within(tenant, async (tx) => {
        const [row] = await tx.select().from(opendsrRequests).where(named(tenant, subjectRequestId));
        return row?.requestId ? rowOf(row, row.requestId) : null;
      }),
    followed: (tenant, after, limit) =>
      within(tenant, async (tx) => {
        const rows = await tx
          .select()
          .from(opendsrRequests)
          .where(
            and(
              eq(opendsrRequests.tenant, tenant),
              isNotNull(opendsrRequests.requestId),
              ne(opendsrRequests.callbackUrls, []),
              after === null ? undefined : gt(opendsrRequests.subjectRequestId, after),
            ),
          )
          .orderBy(asc(opendsrRequests.subjectRequestId))
          .limit(limit);
        return rows.flatMap((row) => (row.requestId ? [rowOf(row, row.requestId)] : []));
      }),

    report: (tenant, subjectRequestId, { from, to }, callbacks, now) =>
      within(tenant, async (tx) => {
        const was = from === null ? isNull(opendsrRequests.reported) : eq(opendsrRequests.reported, from);
        const noted = await tx
          .update(opendsrRequests)
          .set({ reported: to })
          .where(and(named(tenant, subjectRequestId), was))
          .returning({ id: opendsrRequests.subjectRequestId });
        if (noted.length === 0) return false;
        if (callbacks.length > 0) {
          await tx
            .insert(opendsrCallbacks)
            .values(callbacks.map((each) => ({ tenant, subjectRequestId, ...each, dueAt: now })));
        }
        return true;
      }),
    claimCallbacks: (tenant, { now, leaseMs, limit }) =>
      within(tenant, async (tx) => {
        const due = tx
          .select({ id: opendsrCallbacks.id })
          .from(opendsrCallbacks)
          .where(and(eq(opendsrCallbacks.tenant, tenant), owed, lte(opendsrCallbacks.dueAt, now)))
          .orderBy(asc(opendsrCallbacks.dueAt))
          .limit(limit)
          .for('update', { skipLocked: true });
        return tx
          .update(opendsrCallbacks)
          .set({ attempts: sql`${opendsrCallbacks.attempts} + 1`, dueAt: new Date(now.getTime() + leaseMs) })
          .where(and(eq(opendsrCallbacks.tenant, tenant), sql`${opendsrCallbacks.id} = ANY (ARRAY (${due}))`))
          .returning({
            id: opendsrCallbacks.id,
            subjectRequestId: opendsrCallbacks.subjectRequestId,
            url: opendsrCallbacks.url,
            body: opendsrCallbacks.body,
            attempts: opendsrCallbacks.attempts,
          });
      }),
    delivered: (tenant, id, now) =>
      within(tenant, async (tx) => {
        await tx
          .update(opendsrCallbacks)
          .set({ deliveredAt: now, failure: null })
          .where(and(eq(opendsrCallbacks.tenant, tenant), eq(opendsrCallbacks.id, id), owed));
      }),
    notDelivered: (tenant, id, failure, againAt, now) =>
      within(tenant, async (tx) => {
        const [row] = await tx
          .update(opendsrCallbacks)
          .set(againAt === null ? { failure, givenUpAt: now } : { failure, dueAt: againAt })
          .where(and(eq(opendsrCallbacks.tenant, tenant), eq(opendsrCallbacks.id, id), owed))
          .returning();
        if (!row || againAt !== null) return;
        // The host and no more: a callback URL may carry what nobody asked us to keep.
        const details = { subjectRequestId: row.subjectRequestId, host: URL.parse(row.url)?.host ?? '', failure };
        await putFindings(tx, tenant, [{ type: 'opendsr.callback_failed', key: row.id, details }]);
      }),
  };
}

const owed = and(isNull(opendsrCallbacks.deliveredAt), isNull(opendsrCallbacks.givenUpAt));

const named = (tenant: TenantId, subjectRequestId: string) =>
  and(eq(opendsrRequests.tenant, tenant), eq(opendsrRequests.subjectRequestId, subjectRequestId));

function rowOf(row: typeof opendsrRequests.$inferSelect, requestId: string): OpendsrRequestRow {
  const given: NewOpendsrRequest = {
    subjectRequestId: row.subjectRequestId,
    controllerId: row.controllerId,
    regulation: row.regulation,
    subjectRequestType: row.subjectRequestType,
    submittedTime: row.submittedTime,
    receivedTime: row.receivedTime,
    callbackUrls: row.callbackUrls,
  };
  return { ...given, requestId, reported: row.reported };
}
