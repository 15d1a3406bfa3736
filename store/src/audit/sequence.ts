import { grow, nodesOfRange } from '@vestige/core/audit/merkle-tree';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { type Database, rowsOf, type Transaction, withTenant } from '../postgres.ts';
import { auditEntry, auditNode, auditPending } from '../tables/audit.ts';
import { canonicalText, type EntryBody, entryOf } from './entry-bytes.ts';
import { readNodes } from './tree-rows.ts';

/** Class of our advisory locks around a tenant's tree; the second half of the key is the tenant. */
const LOCK_CLASS = 0x76_61_75; // 'vau'
/** One transaction. Some 2 KB an entry with its nodes; a second of work at most on a slow disk. */
const BATCH_ENTRIES = 1000;

/**
 * Gives committed entries their index and hashes them into the tree, batch by batch, in the order they were begun.
 *
 * Any process may do it at any time: a lock of the tenant makes it one at a time, which is what leaves no gap. A writer
 * never waits for it.
 *
 * @param batchesMax ends early with entries left, for a reader who cannot wait for a long backlog
 * @returns how many got an index
 */
export async function sequence(db: Database, tenant: TenantId, batchesMax = Number.POSITIVE_INFINITY): Promise<number> {
  let sequenced = 0;
  for (let batch = 0; batch < batchesMax; batch += 1) {
    const count = await withTenant(db, tenant, async (tx) =>
      (await isWaiting(tx, tenant)) ? sequenceBatch(tx, tenant) : 0,
    );
    sequenced += count;
    if (count < BATCH_ENTRIES) break;
  }
  return sequenced;
}

/** Everything that is committed, in the caller's transaction, which holds the lock of the tree from here on. */
export async function sequenceAll(tx: Transaction, tenant: TenantId): Promise<void> {
  while ((await sequenceBatch(tx, tenant)) === BATCH_ENTRIES);
}

/** Nobody else writes to the tree of this tenant, or signs for it, until the transaction ends. */
export async function lockTree(tx: Transaction, tenant: TenantId): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(${LOCK_CLASS}::int, ${tenant}::int)`);
}

/** Leaves in the tree. */
export async function treeSize(tx: Transaction, tenant: TenantId): Promise<number> {
  const [row] = await rowsOf<{ size: number }>(
    tx,
    sql`SELECT coalesce(max(idx) + 1, 0)::float8 AS size FROM audit_entry WHERE tenant = ${tenant}`,
  );
  return row?.size ?? 0;
}

async function isWaiting(tx: Transaction, tenant: TenantId): Promise<boolean> {
  const [row] = await rowsOf<{ waiting: boolean }>(
    tx,
    sql`SELECT EXISTS (SELECT FROM audit_pending WHERE tenant = ${tenant}) AS waiting`,
  );
  return row?.waiting === true;
}

async function sequenceBatch(tx: Transaction, tenant: TenantId): Promise<number> {
  // A statement of its own: one that waited for the lock would still read what was there before it waited.
  await lockTree(tx, tenant);
  const size = await treeSize(tx, tenant);
  const waiting = await rowsOf<Waiting>(tx, WAITING(tenant));
  if (waiting.length === 0) return 0;

  let loggedAt = await lastLoggedAt(tx, tenant, size);
  const leaves = waiting.map(({ id, at, now, body, requestId }, offset) => {
    // Instants of one format compare as text. The clock may have been set back, the log may not.
    loggedAt = [loggedAt, at, now].toSorted().at(-1) ?? now;
    const entry = Buffer.from(canonicalText(entryOf(JSON.parse(body) as EntryBody, at, loggedAt)), 'utf8');
    return { tenant, index: size + offset, id, entry, requestId };
  });
  const edge = await readNodes(tx, tenant, nodesOfRange({ start: 0, end: size }));
  const nodes = grow(
    size,
    leaves.map(({ entry }) => entry),
    edge,
  );

  await tx.insert(auditEntry).values(leaves);
  await tx.insert(auditNode).values(nodes.map((node) => ({ ...node, tenant, hash: Buffer.from(node.hash) })));
  const ids = waiting.map(({ id }) => id);
  const gone = await tx
    .delete(auditPending)
    .where(and(eq(auditPending.tenant, tenant), inArray(auditPending.id, ids)))
    .returning({ id: auditPending.id });
  if (gone.length !== ids.length) throw new VestigeError('internal', 'an audit entry was sequenced twice');
  return ids.length;
}

interface Waiting extends Record<string, unknown> {
  readonly id: number;
  readonly at: string;
  readonly now: string;
  readonly body: string;
  readonly requestId: string | null;
}

const RFC3339 = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';
const WAITING = (tenant: TenantId) => sql`
  SELECT id::float8 AS id, body, request_id AS "requestId",
         to_char(at AT TIME ZONE 'UTC', ${RFC3339}) AS at,
         to_char(clock_timestamp() AT TIME ZONE 'UTC', ${RFC3339}) AS now
  FROM audit_pending
  WHERE tenant = ${tenant}
  ORDER BY id
  LIMIT ${BATCH_ENTRIES}`;

async function lastLoggedAt(tx: Transaction, tenant: TenantId, size: number): Promise<string> {
  if (size === 0) return '';
  const [row] = await tx
    .select({ entry: auditEntry.entry })
    .from(auditEntry)
    .where(and(eq(auditEntry.tenant, tenant), eq(auditEntry.index, size - 1)));
  if (!row) throw new VestigeError('internal', 'the last entry of the audit log is missing');
  return (JSON.parse(row.entry.toString('utf8')) as { loggedAt: string }).loggedAt;
}
