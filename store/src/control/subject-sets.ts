import { isTellingOf, keysByIdentifier } from '@vestige/core/identity/seen-under';
import type { TenantId } from '@vestige/core/ids';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';
import { aliases, subjectLinks, subjectSetMembers } from '../tables/subjects.ts';

/**
 * Of those of these sets that there are: whether they hold any of the subjects, which are one person. One that does not, and
 * was made under a key that some identifier of the person is not known under, is left out: it may hold them all the same.
 */
export async function setsWith(
  tx: Transaction,
  tenant: TenantId,
  setIds: readonly string[],
  subjectIds: readonly string[],
): Promise<Map<string, boolean>> {
  const holding = await tx
    .selectDistinct({ setId: subjectSetMembers.setId })
    .from(subjectSetMembers)
    .innerJoin(aliases, and(eq(aliases.tenant, subjectSetMembers.tenant), eq(aliases.token, subjectSetMembers.token)))
    .where(
      and(
        eq(subjectSetMembers.tenant, tenant),
        inArray(subjectSetMembers.setId, [...setIds]),
        inArray(aliases.subjectId, [...subjectIds]),
      ),
    );
  const held = new Set(holding.map(({ setId }) => setId));
  const others = setIds.filter((id) => !held.has(id));
  const said = new Map([...held].map((id) => [id, true]));
  if (others.length === 0) return said;
  const known = await keysOf(tx, tenant, subjectIds);
  for (const { id, kids } of await kidsOfSets(tx, tenant, others)) if (isTellingOf(known, kids)) said.set(id, false);
  return said;
}

const kidsOfSets = (tx: Transaction, tenant: TenantId, setIds: readonly string[]) =>
  rowsOf<{ id: string; kids: string[] }>(
    tx,
    sql`
      SELECT s.id, coalesce(s.kids, ARRAY(
        SELECT DISTINCT split_part(m.token, '.', 2) FROM subject_set_members m
        WHERE m.tenant = s.tenant AND m.set_id = s.id)) AS kids
      FROM subject_sets s
      WHERE s.tenant = ${tenant} AND s.id = ANY(${sql.param(setIds)}::text[])`,
  );

async function keysOf(tx: Transaction, tenant: TenantId, subjectIds: readonly string[]) {
  const seen = await tx
    .selectDistinct({ subjectId: aliases.subjectId, kid: aliases.kid })
    .from(aliases)
    .where(and(eq(aliases.tenant, tenant), inArray(aliases.subjectId, [...subjectIds])));
  const pairs = await tx
    .select({ low: subjectLinks.low, high: subjectLinks.high })
    .from(subjectLinks)
    .where(
      and(
        eq(subjectLinks.tenant, tenant),
        inArray(subjectLinks.low, [...subjectIds]),
        inArray(subjectLinks.high, [...subjectIds]),
        eq(subjectLinks.kind, 'rotation'),
      ),
    );
  return keysByIdentifier(
    seen,
    pairs.map(({ low, high }) => [low, high] as const),
  );
}
