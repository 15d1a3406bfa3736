import type { TenantId } from '@vestige/core/ids';
import { and, asc, desc, eq, inArray, or } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { subjectLinkEvents, subjectLinks } from '../tables/subjects.ts';
import type { LinkEvent, SubjectLinks } from './alias-store.ts';
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

/** Whether the last word about two subjects was that they are not one person. */
export async function wereParted(tx: Transaction, tenant: TenantId, pair: readonly [string, string]): Promise<boolean> {
  const [low, high] = ordered(pair);
  const [last] = await tx
    .select({ action: subjectLinkEvents.action })
    .from(subjectLinkEvents)
    .where(and(eq(subjectLinkEvents.tenant, tenant), eq(subjectLinkEvents.low, low), eq(subjectLinkEvents.high, high)))
    .orderBy(desc(subjectLinkEvents.id))
    .limit(1);
  return last?.action === 'unlink';
}
