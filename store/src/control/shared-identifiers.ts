import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { aliases } from '../tables/subjects.ts';
import { type AliasLink, MACHINE_MADE } from './alias-store.ts';
import { joinsPeople, setShared, versionsOf } from './key-versions.ts';

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
  const versions = await lockVersions(tx, tenant, token);
  const subjectId = await livingSubject(tx, tenant, token);
  if (subjectId === null) throw new VestigeError('not_found', 'a token is not known');
  if (shared && (await joinsPeople(tx, tenant, versions))) {
    throw new VestigeError('conflict', 'this identifier joins people; unlink them before it is marked as shared');
  }
  await setShared(tx, tenant, versions, shared);
  return subjectId;
}

/**
 * All that the token's identifier is called under several keys, locked in the order of tokens, as links and joins lock them:
 * whoever began with the token itself would wait for one who holds another version and waits for it. Read again under the
 * locks, because a join may have come in between.
 */
async function lockVersions(tx: Transaction, tenant: TenantId, token: string): Promise<string[]> {
  for (let locked: string[] = []; ; ) {
    const subjectId = await livingSubject(tx, tenant, token);
    const versions = subjectId === null ? [] : await versionsOf(tx, tenant, subjectId);
    if (versions.every((id) => locked.includes(id))) return versions;
    await tx
      .select({ token: aliases.token })
      .from(aliases)
      .where(and(eq(aliases.tenant, tenant), inArray(aliases.subjectId, versions), eq(aliases.retired, false)))
      .orderBy(asc(aliases.token))
      .for('update');
    locked = versions;
  }
}

async function livingSubject(tx: Transaction, tenant: TenantId, token: string): Promise<string | null> {
  const [row] = await tx
    .select({ subjectId: aliases.subjectId })
    .from(aliases)
    .where(and(eq(aliases.tenant, tenant), eq(aliases.token, token), eq(aliases.retired, false)));
  return row?.subjectId ?? null;
}
