import type { TenantId } from '@vestige/core/ids';
import { type SQL, sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';

/**
 * Which holds cover what, as conditions on `holds h`. Asked whenever it matters and remembered nowhere, so that a hold
 * placed during an erasure stops what has not happened yet, and a release needs no clean-up.
 */
const COVERS_PERSON = (subjectIds: SQL) => sql`(h.any_person OR h.subject_ids && ${subjectIds})`;
const IN_FORCE = (tenant: SQL) => sql`h.tenant = ${tenant} AND h.released_at IS NULL`;

/** True for a row of `tasks t` joined with its `requests r` where a hold forbids the work. */
export const HELD_TASK = sql`(r.type IN ('erasure', 'rectification') AND EXISTS (
  SELECT FROM holds h
  WHERE ${IN_FORCE(sql`t.tenant`)} AND ${COVERS_PERSON(sql`r.subject_ids`)}
    AND (cardinality(h.nodes) = 0 OR EXISTS (
      SELECT FROM unnest(h.nodes) AS p (pattern)
      WHERE p.pattern = t.node OR (right(p.pattern, 1) = '*' AND starts_with(t.node, left(p.pattern, -1)))))))`;

/** Whether a hold covers this person in every place: then nothing of the work begins. */
export async function heldEverywhere(
  tx: Transaction,
  tenant: TenantId,
  subjectIds: readonly string[],
): Promise<boolean> {
  const rows = await rowsOf<{ id: string }>(
    tx,
    sql`SELECT h.id FROM holds h
        WHERE ${IN_FORCE(sql`${tenant}`)} AND cardinality(h.nodes) = 0
          AND ${COVERS_PERSON(sql`${sql.param([...subjectIds])}::uuid[]`)}
        LIMIT 1`,
  );
  return rows.length > 0;
}
