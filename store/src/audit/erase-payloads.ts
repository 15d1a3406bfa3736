import type { TenantId } from '@vestige/core/ids';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { rowsOf, type Transaction } from '../postgres.ts';
import { auditPayload, auditRedaction } from '../tables/audit.ts';
import type { PayloadErasure } from './audit-store.ts';
import { insertAudit } from './insert-audit.ts';
import { sequenceAll } from './sequence.ts';

/** Ranges an entry has room for; a person who was looked at more often takes several entries. */
const RANGES_PER_ENTRY = 1000;
const ROWS_PER_STATEMENT = 5000;

/**
 * Erases the payloads that name these people, by leave of an entry that says which.
 *
 * The entry lists the indexes in the open: a verifier can then tell a payload that was erased by right from one that was
 * taken away. It names nobody, and nothing that is left says who they were.
 */
export async function erasePayloads(
  tx: Transaction,
  tenant: TenantId,
  subjectIds: readonly string[],
  { actor, requestId }: PayloadErasure,
  rangesPerEntry: number = RANGES_PER_ENTRY,
): Promise<number> {
  // What was committed has an index from here on; what is not yet committed will be found by the next erasure.
  await sequenceAll(tx, tenant);
  const named = await rowsOf<{ id: number; index: number }>(
    tx,
    sql`SELECT e.id::float8 AS id, e.idx::float8 AS index
        FROM audit_payload p JOIN audit_entry e ON e.tenant = p.tenant AND e.id = p.id
        WHERE p.tenant = ${tenant} AND p.subject_id IN ${[...subjectIds]}
        ORDER BY e.idx`,
  );
  const ranges = rangesOf(named.map(({ index }) => index));
  for (let from = 0; from < ranges.length; from += rangesPerEntry) {
    const redacts = ranges.slice(from, from + rangesPerEntry);
    const [first, last] = [redacts[0]?.[0] ?? 0, redacts.at(-1)?.[1] ?? 0];
    const those = named.filter(({ index }) => index >= first && index <= last);
    const byId = await insertAudit(
      tx,
      tenant,
      {
        type: 'audit.payloads_erased',
        actor,
        object: { kind: 'audit_payloads', id: '-' },
        ...(requestId === undefined ? {} : { requestId }),
        payload: { count: those.length },
      },
      redacts,
    );
    for (let at = 0; at < those.length; at += ROWS_PER_STATEMENT) {
      const some = those.slice(at, at + ROWS_PER_STATEMENT);
      await tx.insert(auditRedaction).values(some.map(({ index }) => ({ tenant, index, byId })));
      await tx.delete(auditPayload).where(
        and(
          eq(auditPayload.tenant, tenant),
          inArray(
            auditPayload.id,
            some.map(({ id }) => id),
          ),
        ),
      );
    }
  }
  return named.length;
}

/** Ascending numbers as ranges with both ends included. */
function rangesOf(indexes: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const index of indexes) {
    const last = ranges.at(-1);
    if (last?.[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges;
}
