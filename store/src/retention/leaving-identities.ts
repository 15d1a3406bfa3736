import type { TenantId } from '@vestige/core/ids';
import { sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { forgetSubjects } from '../control/forget-subjects.ts';
import { linkSubjects, peopleOf } from '../control/subject-graph.ts';
import { nextVersion } from '../control/suppression.ts';
import { rowsOf, type Transaction } from '../postgres.ts';
import type { DueIdentity } from './retention-store.ts';

/** Between two looks at somebody of whom something is left. */
const LOOK_EVERY = sql`interval '30 days'`;
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
  const people = new Map<string, readonly string[]>();
  for (const members of await peopleOf(
    tx,
    tenant,
    due.map(({ id }) => id),
  )) {
    people.set(members[0] ?? '', members);
  }
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

/** Kept is who is being erased, and whom a request, a hold or a restriction is about. All three name nobody afterwards. */
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
          SELECT 1 FROM aliases a WHERE a.tenant = s.tenant AND a.subject_id = s.id AND a.retired) AS kept
      FROM subjects s
      WHERE s.tenant = ${tenant} AND s.id = ANY(${sql.param(subjectIds)}::uuid[])`,
  );

/** From the next version of the list on, which empties the caches of collectors, the next sight of a token is somebody new. */
export async function leaveIdentities(tx: Transaction, tenant: TenantId, subjectIds: readonly string[]): Promise<void> {
  if (subjectIds.length === 0) return;
  await nextVersion(tx, tenant);
  await tx.execute(sql`
    UPDATE subjects SET left_at = now(), look_at = now() + ${SETTLED_AFTER}
    WHERE tenant = ${tenant} AND id = ANY(${sql.param(subjectIds)}::uuid[])`);
  await tx.execute(sql`
    UPDATE aliases SET retired = true WHERE tenant = ${tenant} AND subject_id = ANY(${sql.param(subjectIds)}::uuid[])`);
}

/** Where somebody new was seen meanwhile under a token of one who is kept after all, the two are the same identifier. */
export async function keepIdentities(tx: Transaction, tenant: TenantId, subjectIds: readonly string[]): Promise<void> {
  if (subjectIds.length === 0) return;
  const kept = sql`tenant = ${tenant} AND id = ANY(${sql.param(subjectIds)}::uuid[])`;
  const returned = await rowsOf<{ id: string }>(tx, sql`SELECT id FROM subjects WHERE ${kept} AND left_at IS NOT NULL`);
  await tx.execute(
    sql`UPDATE subjects SET left_at = NULL, look_at = greatest(look_at, now() + ${LOOK_EVERY}) WHERE ${kept}`,
  );
  if (returned.length === 0) return;
  const ids = sql.param(returned.map(({ id }) => id));
  await tx.execute(sql`
    UPDATE aliases a SET retired = false
    WHERE a.tenant = ${tenant} AND a.subject_id = ANY(${ids}::uuid[])
      AND NOT EXISTS (SELECT 1 FROM aliases n WHERE n.tenant = a.tenant AND n.token = a.token AND NOT n.retired)`);
  const twice = await rowsOf<{ old: string; fresh: string }>(
    tx,
    sql`
      SELECT o.subject_id AS old, n.subject_id AS fresh
      FROM aliases o JOIN aliases n ON n.tenant = o.tenant AND n.token = o.token AND NOT n.retired
      WHERE o.tenant = ${tenant} AND o.subject_id = ANY(${ids}::uuid[]) AND o.retired`,
  );
  const evidence = 'one identifier, before and after it was not seen for long';
  for (const { old, fresh } of twice) await linkSubjects(tx, tenant, [old, fresh], { kind: 'rotation', evidence });
}

export async function forgetIdentities(
  tx: Transaction,
  tenant: TenantId,
  subjectIds: readonly string[],
): Promise<void> {
  if (subjectIds.length === 0) return;
  const rows = await forgetSubjects(tx, tenant, [...subjectIds], []);
  await insertAudit(tx, tenant, {
    type: 'retention.identities_left',
    actor: 'system:monitor',
    object: { kind: 'retention', id: 'identities' },
    payload: { subjects: subjectIds.length, rows },
  });
}
