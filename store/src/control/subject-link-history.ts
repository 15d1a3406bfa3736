import { timesTogether } from '@vestige/core/identity/times-together';
import type { TenantId } from '@vestige/core/ids';
import { and, asc, desc, eq, inArray, or, sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';
import { subjectLinkEvents, subjectLinks } from '../tables/subjects.ts';
import type { LinkEvent, OnceJoined, SubjectLinks } from './alias-store.ts';
import { membersOf, ordered } from './subject-graph.ts';

/** History of one person in one answer; what is older is in the audit trail. */
const EVENTS_MAX = 1_000;

/** Written in the transaction of the link or unlink it tells of. */
export async function noteLinkEvent(
  tx: Transaction,
  tenant: TenantId,
  pair: readonly [string, string],
  event: Pick<LinkEvent, 'action' | 'kind' | 'evidence' | 'actor'>,
): Promise<void> {
  const [low, high] = ordered(pair);
  if (low !== high) await tx.insert(subjectLinkEvents).values({ tenant, low, high, ...event });
}

/** What joins, is proposed to join, or once joined any of the subjects that are this person. */
export async function linksOf(tx: Transaction, tenant: TenantId, subjectId: string): Promise<SubjectLinks> {
  const members = await membersOf(tx, tenant, subjectId);
  if (members.length === 0) return { links: [], history: [] };
  const links = await tx
    .select()
    .from(subjectLinks)
    .where(
      and(eq(subjectLinks.tenant, tenant), or(inArray(subjectLinks.low, members), inArray(subjectLinks.high, members))),
    )
    .orderBy(asc(subjectLinks.linkedAt), asc(subjectLinks.low), asc(subjectLinks.high));
  const events = await tx
    .select()
    .from(subjectLinkEvents)
    .where(
      and(
        eq(subjectLinkEvents.tenant, tenant),
        or(inArray(subjectLinkEvents.low, members), inArray(subjectLinkEvents.high, members)),
      ),
    )
    .orderBy(desc(subjectLinkEvents.id))
    .limit(EVENTS_MAX);
  return {
    links: links.map(({ low, high, kind, evidence, linkedAt }) => ({
      subjectIds: [low, high],
      kind,
      evidence,
      linkedAt: linkedAt.toISOString(),
      joins: kind !== 'heuristic',
    })),
    history: events.toReversed().map(({ low, high, action, kind, evidence, actor, at }) => ({
      subjectIds: [low, high],
      action,
      kind,
      evidence,
      actor,
      at: at.toISOString(),
    })),
  };
}

/**
 * Whether the last word about any two of these, one of each side, was that they are not one person.
 *
 * @param by `by_operator`: only where that was said by an operator
 */
export async function wereParted(
  tx: Transaction,
  tenant: TenantId,
  some: readonly string[],
  others: readonly string[],
  by: 'by_anybody' | 'by_operator' = 'by_anybody',
): Promise<boolean> {
  const last = await tx
    .selectDistinctOn([subjectLinkEvents.low, subjectLinkEvents.high], {
      action: subjectLinkEvents.action,
      kind: subjectLinkEvents.kind,
    })
    .from(subjectLinkEvents)
    .where(
      and(
        eq(subjectLinkEvents.tenant, tenant),
        or(
          and(inArray(subjectLinkEvents.low, [...some]), inArray(subjectLinkEvents.high, [...others])),
          and(inArray(subjectLinkEvents.low, [...others]), inArray(subjectLinkEvents.high, [...some])),
        ),
      ),
    )
    .orderBy(asc(subjectLinkEvents.low), asc(subjectLinkEvents.high), desc(subjectLinkEvents.id));
  return last.some(({ action, kind }) => action === 'unlink' && (by === 'by_anybody' || kind === 'operator'));
}

/** Who was one person with this one and is not any more. */
export async function onceJoined(tx: Transaction, tenant: TenantId, subjectId: string): Promise<OnceJoined[]> {
  const members = await membersOf(tx, tenant, subjectId);
  if (members.length === 0) return [];
  const rows = await rowsOf<{ low: string; high: string; action: LinkEvent['action']; at_ms: number }>(
    tx,
    sql`
      WITH RECURSIVE known (id) AS (
        SELECT unnest(${sql.param(members)}::uuid[])
        UNION
        SELECT CASE WHEN e.low = k.id THEN e.high ELSE e.low END
        FROM known k JOIN subject_link_events e ON e.tenant = ${tenant} AND k.id IN (e.low, e.high)
      )
      SELECT low, high, action, (extract(epoch FROM at) * 1000)::float8 AS at_ms
      FROM subject_link_events
      WHERE tenant = ${tenant} AND low IN (SELECT id FROM known) AND (action = 'unlink' OR kind <> 'heuristic')
      ORDER BY id DESC
      LIMIT ${EVENTS_MAX}`,
  );
  const events = rows.toReversed().map(({ low, high, action, at_ms: atMs }) => ({
    subjectIds: [low, high] as const,
    action,
    at: new Date(atMs).toISOString(),
  }));
  return timesTogether(members, events);
}
