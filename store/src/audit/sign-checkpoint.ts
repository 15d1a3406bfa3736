import { readCheckpoint, signCheckpoint } from '@vestige/core/audit/checkpoint';
import { consistencyPath, verifyConsistency } from '@vestige/core/audit/consistency';
import { nodesOfRange, rangeHash, rootHash } from '@vestige/core/audit/merkle-tree';
import type { NoteSigner } from '@vestige/core/audit/note-key';
import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, desc, eq, lte } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { auditCheckpoint } from '../tables/audit.ts';
import type { StoredCheckpoint } from './audit-log.ts';
import { lockTree, treeSize } from './sequence.ts';
import { readNodes } from './tree-rows.ts';

/**
 * Signs the tree as it is, if it continues what was signed before.
 *
 * "A log MUST NOT sign any checkpoint which is inconsistent with any checkpoint it previously signed" (C2SP
 * tlog-checkpoint): the proof is made and verified here before the key is used, so that a tampered, restored or mixed-up
 * database ends in an error and not in a signed contradiction.
 */
export async function signTree(
  tx: Transaction,
  tenant: TenantId,
  origin: string,
  signers: readonly NoteSigner[],
): Promise<StoredCheckpoint | null> {
  await lockTree(tx, tenant);
  const size = await treeSize(tx, tenant);
  if (size === 0) return null;
  const last = await newestCheckpoint(tx, tenant);
  if (last !== null && readCheckpoint(last.note).origin !== origin) {
    throw new VestigeError(
      'misconfigured',
      'the origin of an audit log cannot change: VESTIGE_AUDIT_ORIGIN was another',
    );
  }
  if (last?.size === size) return last;

  const path = last === null ? [] : consistencyPath(last.size, size);
  const hashOf = await readNodes(tx, tenant, [{ start: 0, end: size }, ...path].flatMap(nodesOfRange));
  const root = rootHash(size, hashOf);
  if (last !== null) {
    const proof = path.map((range) => rangeHash(range, hashOf));
    if (!verifyConsistency(last.size, size, proof, readCheckpoint(last.note).root, root)) {
      throw new VestigeError('internal', 'the audit log is not a continuation of what was signed', { size: last.size });
    }
  }
  const note = signCheckpoint({ origin, size, root }, signers);
  const [row] = await tx.insert(auditCheckpoint).values({ tenant, size, note }).returning();
  if (!row) throw new VestigeError('internal', 'the checkpoint was not stored');
  return storedCheckpoint(row);
}

export async function newestCheckpoint(
  tx: Transaction,
  tenant: TenantId,
  atMost: number = Number.MAX_SAFE_INTEGER,
): Promise<StoredCheckpoint | null> {
  const [row] = await tx
    .select()
    .from(auditCheckpoint)
    .where(and(eq(auditCheckpoint.tenant, tenant), lte(auditCheckpoint.size, atMost)))
    .orderBy(desc(auditCheckpoint.size))
    .limit(1);
  return row ? storedCheckpoint(row) : null;
}

export const storedCheckpoint = ({ size, note, at }: typeof auditCheckpoint.$inferSelect): StoredCheckpoint => ({
  size,
  note,
  at: at.toISOString(),
});
