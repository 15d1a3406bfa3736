import type { TenantId } from '@vestige/core/ids';
import { civilDateAt, endOfDay } from '@vestige/core/request/civil-date';
import { deadline } from '@vestige/core/request/deadline';
import { escalationLevel, nextEscalation } from '@vestige/core/request/escalation';
import type { RequestRecord } from '@vestige/core/request/request';
import type { WorkingCalendar } from '@vestige/core/request/working-calendar';
import { and, asc, eq, lte } from 'drizzle-orm';
import type { AuditDraft } from '../audit/audit-store.ts';
import type { Transaction } from '../postgres.ts';
import { findings } from '../tables/findings.ts';
import type { By } from './request-store.ts';
import { requests } from './tables.ts';

/**
 * Deadlines that come near become findings and audit entries, each level of each period once: the row says how far it
 * was told, and is locked while it is told. When to look next stands in the row too, so a look costs one index probe.
 */
const REQUESTS_PER_CALL = 100;

/** When a request has to be looked at for its deadlines; null when nothing more will be told. */
export function escalateAt(
  { clock, acknowledgedOn }: Pick<RequestRecord, 'clock' | 'acknowledgedOn'>,
  calendar: WorkingCalendar,
  told: number,
  now: Date,
): Date | null {
  const next = nextEscalation(clock, calendar, told, now);
  const late = acknowledgedOn === null ? lateAcknowledgement(clock, calendar, now) : null;
  const waits = [next, late !== null && late > now ? late : null].filter((at) => at !== null);
  return waits.sort((a, b) => a.getTime() - b.getTime())[0] ?? null;
}

/** @returns audit entries for the caller to write last, one for each thing told */
export async function escalateRequests(
  tx: Transaction,
  tenant: TenantId,
  calendar: WorkingCalendar,
  by: By,
): Promise<AuditDraft[]> {
  const due = await tx
    .select()
    .from(requests)
    .where(and(eq(requests.tenant, tenant), lte(requests.escalateAt, by.now)))
    .orderBy(asc(requests.escalateAt))
    .limit(REQUESTS_PER_CALL)
    .for('update', { skipLocked: true });
  const audit: AuditDraft[] = [];
  for (const row of due) {
    const level = Math.max(row.escalated, escalationLevel(row.clock, calendar, today(calendar, by.now)));
    const late = row.acknowledgedOn === null ? lateAcknowledgement(row.clock, calendar, by.now) : null;
    const tell = async (type: string, facts: Record<string, unknown>) => {
      const details = { requestId: row.id, type: row.type, state: row.state, dueOn: row.dueOn, ...facts };
      const key = `${row.id} ${row.dueOn} ${Object.values(facts).join(' ')}`.trimEnd();
      const told = await tx
        .insert(findings)
        .values({ tenant, type, key, details, firstSeen: by.now, lastSeen: by.now })
        .onConflictDoNothing()
        .returning({ id: findings.id });
      if (told.length > 0) audit.push(entryOf(type, row.id, { dueOn: row.dueOn, state: row.state, ...facts }, by));
    };
    if (level > row.escalated) await tell('request.deadline', { level });
    if (late !== null && late <= by.now) await tell('request.unacknowledged', {});
    await tx
      .update(requests)
      .set({ escalated: level, escalateAt: escalateAt(row, calendar, level, by.now) })
      .where(and(eq(requests.tenant, tenant), eq(requests.id, row.id)));
  }
  return audit;
}

/** The end of the day by which receipt had to be confirmed, in regimes that ask for it. */
function lateAcknowledgement(clock: RequestRecord['clock'], calendar: WorkingCalendar, now: Date): Date | null {
  const { acknowledgeBy } = deadline(clock, calendar, today(calendar, now));
  return acknowledgeBy === null ? null : endOfDay(acknowledgeBy, calendar.timeZone);
}

const today = (calendar: WorkingCalendar, now: Date) => civilDateAt(now, calendar.timeZone);

function entryOf(type: string, id: string, payload: Record<string, unknown>, by: By): AuditDraft {
  return { type, actor: by.actor, object: { kind: 'request', id }, requestId: id, payload };
}
