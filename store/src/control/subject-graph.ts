import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, eq, inArray, or, sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';
import { subjectLinks } from '../tables/subjects.ts';
import type { LinkKind } from './alias-store.ts';

/**
 * The subjects that are one person, the canonical one first: the oldest, so that linking does not change the id under
 * which a company already knows somebody. `[]` for an unknown subject.
 */
export async function membersOf(tx: Transaction, tenant: TenantId, subjectId: string): Promise<string[]> {
  const rows = await rowsOf<{ id: string }>(
    tx,
    sql`
      WITH RECURSIVE member (id) AS (
        SELECT id FROM subjects WHERE tenant = ${tenant} AND id = ${subjectId}
        UNION
        SELECT CASE WHEN l.low = m.id THEN l.high ELSE l.low END
        FROM member m
        JOIN subject_links l ON l.tenant = ${tenant} AND m.id IN (l.low, l.high) AND l.kind <> 'heuristic'
      )
      SELECT s.id FROM member m JOIN subjects s ON s.tenant = ${tenant} AND s.id = m.id
      ORDER BY s.created_at, s.id`,
  );
  return rows.map((row) => row.id);
}

/** The same for many at once: the members of everybody who is behind one of these subjects, in no order of people. */
export async function peopleOf(tx: Transaction, tenant: TenantId, subjectIds: readonly string[]): Promise<string[][]> {
  const rows = await rowsOf<{ root: string; id: string }>(
    tx,
    sql`
      WITH RECURSIVE member (root, id) AS (
        SELECT id, id FROM subjects WHERE tenant = ${tenant} AND id = ANY(${sql.param(subjectIds)}::uuid[])
        UNION
        SELECT m.root, CASE WHEN l.low = m.id THEN l.high ELSE l.low END
        FROM member m
        JOIN subject_links l ON l.tenant = ${tenant} AND m.id IN (l.low, l.high) AND l.kind <> 'heuristic'
      )
      SELECT m.root, s.id FROM member m JOIN subjects s ON s.tenant = ${tenant} AND s.id = m.id
      ORDER BY m.root, s.created_at, s.id`,
  );
  return [...Map.groupBy(rows, ({ root }) => root).values()].map((members) => members.map(({ id }) => id));
}

/**
 * A link that is there already takes the new kind and evidence. But a proposal does not weaken an established one, and two
 * versions of one identifier stay that, whoever says besides that they are one person.
 */
export async function linkSubjects(
  tx: Transaction,
  tenant: TenantId,
  pair: readonly [string, string],
  { kind, evidence }: { readonly kind: LinkKind; readonly evidence: string },
): Promise<void> {
  const [low, high] = ordered(pair);
  if (low === high) return;
  await tx
    .insert(subjectLinks)
    .values({ tenant, low, high, kind, evidence })
    .onConflictDoUpdate({
      target: [subjectLinks.tenant, subjectLinks.low, subjectLinks.high],
      set: { kind, evidence, linkedAt: sql`now()` },
      setWhere: sql`excluded.kind <> 'heuristic' AND (${subjectLinks.kind} <> 'rotation' OR excluded.kind = 'rotation')`,
    });
}

/**
 * Takes away every link between one of some and one of others.
 *
 * @returns the pairs that were linked
 * @throws VestigeError `conflict` when there is none
 */
export async function unlinkSubjects(
  tx: Transaction,
  tenant: TenantId,
  some: readonly string[],
  others: readonly string[],
): Promise<[string, string][]> {
  const between = (low: readonly string[], high: readonly string[]) =>
    and(inArray(subjectLinks.low, [...low]), inArray(subjectLinks.high, [...high]));
  const gone = await tx
    .delete(subjectLinks)
    .where(and(eq(subjectLinks.tenant, tenant), or(between(some, others), between(others, some))))
    .returning({ low: subjectLinks.low, high: subjectLinks.high });
  if (gone.length > 0) return gone.map(({ low, high }) => [low, high]);
  const members = some[0] === undefined ? [] : await membersOf(tx, tenant, some[0]);
  const joined = others.some((id) => members.includes(id));
  throw new VestigeError(
    'conflict',
    joined ? 'the tokens belong together through other links or by one subject' : 'the tokens are not linked',
  );
}

/** Text order of UUIDs in lower case is the order Postgres compares them in. */
export function ordered([a, b]: readonly [string, string]): [string, string] {
  return a <= b ? [a, b] : [b, a];
}
