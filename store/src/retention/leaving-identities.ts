import type { TenantId } from '@vestige/core/ids';
import { sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { forgetSubjects } from '../control/forget-subjects.ts';
import { joinsPeople } from '../control/key-versions.ts';
import { linkSubjects, membersOf, peopleOf } from '../control/subject-graph.ts';
import { noteLinkEvent, wereParted } from '../control/subject-link-history.ts';
import { nextVersion } from '../control/suppression.ts';
import { rowsOf, type Transaction } from '../postgres.ts';
import type { DueIdentity } from './retention-store.ts';

/** Between two looks at somebody of whom something is left. */
const LOOK_EVERY = sql`interval '30 days'`;
const MONITOR = 'system:monitor';
/** Far longer than a collector goes on under an older version of the suppression list. */
const SETTLED_AFTER = sql`interval '1 day'`;

interface State extends Record<string, unknown> {
  readonly id: string;
  readonly due: boolean;
  readonly left: boolean;
  readonly kept: boolean;
}

export async function identitiesDue(tx: Transaction, tenant: TenantId, limit: number): Promise<DueIdentity[]> {
  const due = await rowsOf<{ id: string }>(
    tx,
    sql`SELECT id FROM subjects WHERE tenant = ${tenant} AND look_at <= now() ORDER BY look_at, id LIMIT ${limit}`,
  );
  return peopleBehind(
    tx,
    tenant,
    due.map(({ id }) => id),
  );
}

export async function firstSeen(tx: Transaction, tenant: TenantId, withinDays: number | null): Promise<Date | null> {
  const [row] = await rowsOf<{ first_ms: number | null }>(
    tx,
    sql`
      SELECT (extract(epoch FROM min(created_at)) * 1000)::float8 AS first_ms
      FROM subjects
      WHERE tenant = ${tenant} AND look_at > now() AND left_at IS NULL
        AND (${withinDays}::int IS NULL OR created_at > now() - make_interval(days => ${withinDays}::int))`,
  );
  return row?.first_ms == null ? null : new Date(row.first_ms);
}

async function peopleBehind(tx: Transaction, tenant: TenantId, subjectIds: readonly string[]): Promise<DueIdentity[]> {
  const people = new Map<string, readonly string[]>();
  for (const members of await peopleOf(tx, tenant, subjectIds)) people.set(members[0] ?? '', members);
  const states = new Map((await statesOf(tx, tenant, [...people.values()].flat())).map((state) => [state.id, state]));
  return [...people.values()].map((members) => {
    const each = members.flatMap((id) => states.get(id) ?? []);
    return {
      members,
      left: each.every(({ left }) => left),
      kept: each.some(({ due: isDue, kept }) => !isDue || kept),
    };
  });
}

/**
 * Of who was judged by what was so a while ago, those of whom it still is: meanwhile somebody may have asked about them,
 * linked them with somebody who stays, begun to erase them, or judged them too.
 */
async function stillSo(
  tx: Transaction,
  tenant: TenantId,
  subjectIds: readonly string[],
  left: boolean,
): Promise<string[]> {
  if (subjectIds.length === 0) return [];
  await lockPeople(tx, tenant, subjectIds);
  const judged = new Set(subjectIds);
  const people = await peopleBehind(tx, tenant, subjectIds);
  return people
    .filter((person) => !person.kept && person.left === left && person.members.every((id) => judged.has(id)))
    .flatMap(({ members }) => members);
}

/** In the order of links and erasures. @returns those who are left */
async function lockPeople(tx: Transaction, tenant: TenantId, subjectIds: readonly string[]): Promise<string[]> {
  const ids = sql.param(subjectIds);
  await tx.execute(
    sql`SELECT token FROM aliases WHERE tenant = ${tenant} AND subject_id = ANY(${ids}::uuid[]) ORDER BY token FOR UPDATE`,
  );
  const locked = await rowsOf<{ id: string; left: boolean }>(
    tx,
    sql`
      SELECT id, left_at IS NOT NULL AS left FROM subjects
      WHERE tenant = ${tenant} AND id = ANY(${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
  );
  return locked.flatMap(({ id, left }) => (left ? [id] : []));
}

/**
 * Somebody asks about these people now, by a request, a hold or a restriction, whose rows are written in this transaction:
 * whoever had left is led to again at once. Until the next look their tokens would lead to somebody new, whom the hold or
 * the restriction is not about and the erasure leaves there. To be called before the rows are written; whoever judges
 * these people meanwhile waits, and sees them then. In a transaction that is done again while it is contended.
 */
export async function bringBack(tx: Transaction, tenant: TenantId, subjectIds: readonly string[]): Promise<void> {
  if (subjectIds.length === 0) return;
  await keepIdentities(tx, tenant, await lockPeople(tx, tenant, subjectIds));
}

/**
 * Kept is who is being erased, and whom a request, a hold or a restriction is about. All three name nobody afterwards. So
 * is who was said to be one with somebody, by a person or an import, as long as there is a store to search: it may hold
 * them under the other identifier for longer than we hold a span (docs/adr/0102-a-link-stays-while-there-is-a-store.md).
 */
const statesOf = (tx: Transaction, tenant: TenantId, subjectIds: readonly string[]) =>
  rowsOf<State>(
    tx,
    sql`
      SELECT s.id, s.look_at <= now() AS due, s.left_at IS NOT NULL AS left,
        EXISTS (SELECT 1 FROM requests r WHERE r.tenant = s.tenant AND r.subject_ids && ARRAY[s.id])
        OR EXISTS (SELECT 1 FROM holds h WHERE h.tenant = s.tenant AND h.released_at IS NULL
                   AND (h.any_person OR h.subject_ids && ARRAY[s.id]))
        OR EXISTS (SELECT 1 FROM restrictions t WHERE t.tenant = s.tenant AND t.lifted_at IS NULL
                   AND t.subject_ids && ARRAY[s.id])
        OR s.left_at IS NULL AND EXISTS (
          SELECT 1 FROM aliases a WHERE a.tenant = s.tenant AND a.subject_id = s.id AND a.retired)
        OR EXISTS (SELECT 1 FROM subject_links l WHERE l.tenant = s.tenant AND (l.low = s.id OR l.high = s.id)
                   AND l.kind NOT IN ('heuristic', 'rotation'))
          AND EXISTS (SELECT 1 FROM stores p WHERE p.tenant = s.tenant AND p.connector IS NOT NULL) AS kept
      FROM subjects s
      WHERE s.tenant = ${tenant} AND s.id = ANY(${sql.param(subjectIds)}::uuid[])`,
  );

/** From the next version of the list on, which empties the caches of collectors, the next sight of a token is somebody new. */
export async function leaveIdentities(tx: Transaction, tenant: TenantId, judged: readonly string[]): Promise<void> {
  const subjectIds = await stillSo(tx, tenant, judged, false);
  if (subjectIds.length === 0) return;
  await nextVersion(tx, tenant);
  await tx.execute(sql`
    UPDATE subjects SET left_at = now(), look_at = now() + ${SETTLED_AFTER}
    WHERE tenant = ${tenant} AND id = ANY(${sql.param(subjectIds)}::uuid[])`);
  await tx.execute(sql`
    UPDATE aliases SET retired = true WHERE tenant = ${tenant} AND subject_id = ANY(${sql.param(subjectIds)}::uuid[])`);
}

/**
 * Tokens lead to them again. Where somebody new was seen meanwhile under a token, the two are one identifier: the token
 * stays with the newer one, and the older one stays left.
 */
export async function keepIdentities(tx: Transaction, tenant: TenantId, subjectIds: readonly string[]): Promise<void> {
  if (subjectIds.length === 0) return;
  const kept = sql`tenant = ${tenant} AND id = ANY(${sql.param(subjectIds)}::uuid[])`;
  await tx.execute(sql`UPDATE subjects SET look_at = greatest(look_at, now() + ${LOOK_EVERY}) WHERE ${kept}`);
  const returned = await rowsOf<{ id: string }>(tx, sql`SELECT id FROM subjects WHERE ${kept} AND left_at IS NOT NULL`);
  if (returned.length === 0) return;
  const ids = sql.param(returned.map(({ id }) => id));
  await tx.execute(sql`
    UPDATE aliases a SET retired = false
    FROM (SELECT DISTINCT ON (token) token, subject_id FROM aliases
          WHERE tenant = ${tenant} AND subject_id = ANY(${ids}::uuid[])
          ORDER BY token, first_seen DESC, subject_id) newest
    WHERE a.tenant = ${tenant} AND a.token = newest.token AND a.subject_id = newest.subject_id
      AND NOT EXISTS (SELECT 1 FROM aliases n WHERE n.tenant = a.tenant AND n.token = a.token AND NOT n.retired)`);
  await tx.execute(sql`
    UPDATE subjects s SET left_at = NULL
    WHERE s.tenant = ${tenant} AND s.id = ANY(${ids}::uuid[])
      AND NOT EXISTS (SELECT 1 FROM aliases a WHERE a.tenant = s.tenant AND a.subject_id = s.id AND a.retired)`);
  const twice = await rowsOf<{ old: string; fresh: string; shared: boolean }>(
    tx,
    sql`
      SELECT o.subject_id AS old, n.subject_id AS fresh, o.shared
      FROM aliases o JOIN aliases n ON n.tenant = o.tenant AND n.token = o.token AND NOT n.retired
      WHERE o.tenant = ${tenant} AND o.subject_id = ANY(${ids}::uuid[]) AND o.retired`,
  );
  for (const { old, fresh, shared } of twice) await joinAgain(tx, tenant, [old, fresh], shared);
}

/** One identifier, before and after it was not seen for long: what several people use is still shared by them. */
async function joinAgain(
  tx: Transaction,
  tenant: TenantId,
  pair: readonly [string, string],
  shared: boolean,
): Promise<void> {
  const [old, fresh] = pair;
  if ((await membersOf(tx, tenant, old)).includes(fresh)) return;
  if (await wereParted(tx, tenant, [old], [fresh])) return;
  if (shared && (await joinsPeople(tx, tenant, [fresh]))) return;
  if (shared) {
    await tx.execute(sql`
      UPDATE aliases SET shared = true WHERE tenant = ${tenant} AND subject_id = ${fresh} AND NOT retired`);
  }
  const link = { kind: 'rotation', evidence: 'one identifier, before and after it was not seen for long' } as const;
  await linkSubjects(tx, tenant, pair, link);
  await noteLinkEvent(tx, tenant, pair, { action: 'link', ...link, actor: MONITOR });
}

export async function forgetIdentities(tx: Transaction, tenant: TenantId, judged: readonly string[]): Promise<void> {
  const subjectIds = await stillSo(tx, tenant, judged, true);
  if (subjectIds.length === 0) return;
  const rows = await forgetSubjects(tx, tenant, subjectIds);
  await insertAudit(tx, tenant, {
    type: 'retention.identities_left',
    actor: MONITOR,
    object: { kind: 'retention', id: 'identities' },
    payload: { subjects: subjectIds.length, rows },
  });
}
