import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, eq, inArray } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { aliases } from '../tables/subjects.ts';
import { type AliasLink, MACHINE_MADE } from './alias-store.ts';
import { joinsPeople, versionsOf } from './key-versions.ts';

/** Identifier types that several people use as a matter of course: a machine that sees one twice has not seen one person. */
const SHAREABLE_TYPES: ReadonlySet<string> = new Set(['device_id', 'cookie_id']);

/**
 * Joining by something that several people use would disclose and erase somebody else's data.
 *
 * @throws VestigeError `conflict` for a shared identifier, and for a device or cookie that no operator has looked at
 */
export async function refuseShared(
  tx: Transaction,
  tenant: TenantId,
  { tokens, kind }: Pick<AliasLink, 'tokens' | 'kind'>,
): Promise<void> {
  if (kind === 'heuristic') return;
  const rows = await tx
    .select({ shared: aliases.shared, type: aliases.type })
    .from(aliases)
    .where(and(eq(aliases.tenant, tenant), inArray(aliases.token, [...tokens]), eq(aliases.retired, false)));
  if (rows.some(({ shared }) => shared)) {
    throw new VestigeError('conflict', 'a shared identifier joins nobody; only a heuristic link can point to it', {
      reason: 'shared_identifier',
    });
  }
  if (MACHINE_MADE.has(kind) && rows.some(({ type }) => type !== null && SHAREABLE_TYPES.has(type))) {
    throw new VestigeError('conflict', 'a device or cookie joins people only when an operator says so', {
      reason: 'shareable_identifier',
    });
  }
}

/**
 * Says that several people use this identifier, under whichever key, or that they do not after all.
 *
 * @returns the subject of the token
 * @throws VestigeError `not_found` for an unknown token; `conflict` while the token joins people
 */
export async function markShared(tx: Transaction, tenant: TenantId, token: string, shared: boolean): Promise<string> {
  const [row] = await tx
    .select({ subjectId: aliases.subjectId })
    .from(aliases)
    .where(and(eq(aliases.tenant, tenant), eq(aliases.token, token), eq(aliases.retired, false)))
    .for('update');
  if (row === undefined) throw new VestigeError('not_found', 'a token is not known');
  const versions = await versionsOf(tx, tenant, row.subjectId);
  if (shared && (await joinsPeople(tx, tenant, versions))) {
    throw new VestigeError('conflict', 'this identifier joins people; unlink them before it is marked as shared');
  }
  await tx
    .update(aliases)
    .set({ shared })
    .where(and(eq(aliases.tenant, tenant), inArray(aliases.subjectId, versions), eq(aliases.retired, false)));
  return row.subjectId;
}
