import type { TenantId } from '@vestige/core/ids';
import { and, asc, eq, inArray, isNotNull, or, sql } from 'drizzle-orm';
import type { AuditDraft } from '../audit/audit-store.ts';
import { insertAudit } from '../audit/insert-audit.ts';
import { rowsOf, type Transaction } from '../postgres.ts';
import { aliases, subjectLinks, subjects } from '../tables/subjects.ts';
import { linkSubjects, membersOf } from './subject-graph.ts';
import { noteLinkEvent, wereParted } from './subject-link-history.ts';

/**
 * Joins what one identifier is called under several keys. A person who is being erased is joined with nobody. When one of
 * them is shared, so are the others: what a family uses does not become one person's by a new key. One that already joins
 * somebody stays out; whoever asks by the identifier is shown everybody then.
 *
 * @param tokens of one identifier
 */
export async function joinKeyVersions(
  tx: Transaction,
  tenant: TenantId,
  tokens: readonly string[],
  audit: AuditDraft,
): Promise<void> {
  // Nearly always there is nothing to do, and looks do not have to wait for each other.
  if ((await toJoin(tx, tenant, await livingVersions(tx, tenant, tokens))).length === 0) return;
  const versions = await livingVersions(tx, tenant, tokens, 'lock');
  for (const { first, other } of await toJoin(tx, tenant, versions)) {
    if (first.shared && !other.shared) {
      await setShared(tx, tenant, await versionsOf(tx, tenant, other.subjectId), true);
      await insertAudit(tx, tenant, { ...about(audit, other.subjectId), type: 'alias.shared' });
    }
    const pair = [first.subjectId, other.subjectId] as const;
    const link = { kind: 'rotation', evidence: 'one identifier under two keys' } as const;
    await linkSubjects(tx, tenant, pair, link);
    await noteLinkEvent(tx, tenant, pair, { action: 'link', ...link, actor: audit.actor });
    await insertAudit(tx, tenant, {
      ...about(audit, pair[0]),
      payload: { ...audit.payload, kind: link.kind, otherSubjectId: pair[1] },
    });
  }
}

/** The subjects that are one identifier under several keys, this one among them. */
export async function versionsOf(tx: Transaction, tenant: TenantId, subjectId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    tx,
    sql`
      WITH RECURSIVE version (id) AS (
        SELECT ${subjectId}::uuid
        UNION
        SELECT CASE WHEN l.low = v.id THEN l.high ELSE l.low END
        FROM version v
        JOIN subject_links l ON l.tenant = ${tenant} AND v.id IN (l.low, l.high) AND l.kind = 'rotation'
      )
      SELECT id FROM version`,
  );
  return rows.map(({ id }) => id);
}

/** Whether any of these subjects is one person with another one by a link that somebody made. */
export async function joinsPeople(tx: Transaction, tenant: TenantId, subjectIds: readonly string[]): Promise<boolean> {
  const [link] = await tx
    .select({ low: subjectLinks.low })
    .from(subjectLinks)
    .where(
      and(
        eq(subjectLinks.tenant, tenant),
        or(inArray(subjectLinks.low, [...subjectIds]), inArray(subjectLinks.high, [...subjectIds])),
        sql`${subjectLinks.kind} NOT IN ('heuristic', 'rotation')`,
      ),
    )
    .limit(1);
  return link !== undefined;
}

interface Version {
  readonly token: string;
  readonly subjectId: string;
  readonly shared: boolean;
}

/** Who has left, because nothing was found of them for a day, is a version too: found by the identifier they are somebody else. */
async function livingVersions(
  tx: Transaction,
  tenant: TenantId,
  tokens: readonly string[],
  how: 'look' | 'lock' = 'look',
): Promise<Version[]> {
  const ofTokens = and(eq(aliases.tenant, tenant), inArray(aliases.token, [...tokens]));
  // Read after it was locked, and not with it: somebody may just have begun to erase whom nothing was found of.
  if (how === 'lock') {
    await tx.select({ token: aliases.token }).from(aliases).where(ofTokens).orderBy(asc(aliases.token)).for('update');
  }
  const living = await tx
    .select({ token: aliases.token, subjectId: aliases.subjectId, shared: aliases.shared })
    .from(aliases)
    .innerJoin(subjects, and(eq(subjects.tenant, aliases.tenant), eq(subjects.id, aliases.subjectId)))
    .where(and(ofTokens, or(eq(aliases.retired, false), isNotNull(subjects.leftAt))))
    .orderBy(asc(aliases.token), asc(aliases.retired));
  return tokens.flatMap((token) => living.find((alias) => alias.token === token) ?? []);
}

/** Each further version with the first one, unless they are together already or somebody has parted them. */
async function toJoin(
  tx: Transaction,
  tenant: TenantId,
  versions: readonly Version[],
): Promise<{ first: Version; other: Version }[]> {
  const first = versions.find(({ shared }) => shared) ?? versions[0];
  if (first === undefined || versions.length < 2) return [];
  const together = await membersOf(tx, tenant, first.subjectId);
  const apart: { first: Version; other: Version }[] = [];
  for (const other of versions) {
    if (together.includes(other.subjectId)) continue;
    const members = await membersOf(tx, tenant, other.subjectId);
    if (await wereParted(tx, tenant, together, members)) continue;
    if (first.shared && (await joinsPeople(tx, tenant, members))) continue;
    apart.push({ first, other });
    // What is joined by the same call is not joined again over it.
    together.push(...members);
  }
  return apart;
}

/** @param versions subjects that are one identifier under several keys */
export async function setShared(
  tx: Transaction,
  tenant: TenantId,
  versions: readonly string[],
  shared: boolean,
): Promise<void> {
  await tx
    .update(aliases)
    .set({ shared })
    .where(and(eq(aliases.tenant, tenant), inArray(aliases.subjectId, [...versions])));
}

const about = (audit: AuditDraft, subjectId: string): AuditDraft => ({
  ...audit,
  object: { kind: 'subject', id: subjectId },
  subjectId,
});
