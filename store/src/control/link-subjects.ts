import { VestigeError } from '@vestige/core/errors';
import type { TenantId } from '@vestige/core/ids';
import { and, asc, eq, inArray } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { aliases } from '../tables/subjects.ts';
import { type AliasLink, MACHINE_MADE } from './alias-store.ts';
import { versionsOf } from './key-versions.ts';
import { resolveTokens } from './resolve-tokens.ts';
import { membersOf, unlinkSubjects } from './subject-graph.ts';
import { wereParted } from './subject-link-history.ts';
import { suppressedAmong } from './suppression.ts';

type Pair = readonly [string, string];

/**
 * The subjects of two tokens that are to be one person. A token that nobody has seen gets one, unless it is somebody's
 * who was erased: an import that does not know of the erasure would bring back what leads to them. Once a span of a new
 * relationship has brought such a token, it is somebody again.
 *
 * @throws VestigeError `conflict` for who is being erased or was
 */
export async function subjectsToLink(
  tx: Transaction,
  tenant: TenantId,
  key: Uint8Array,
  tokens: Pair,
): Promise<[string, string]> {
  const living = await lockLiving(tx, tenant, tokens);
  const unseen = tokens.filter((token) => !living.has(token));
  if ((await suppressedAmong(tx, tenant, key, unseen)).size > 0) {
    throw new VestigeError(
      'conflict',
      'a token belongs to somebody who was erased, or is being erased: link it once a later span has brought it again',
      { reason: 'erased' },
    );
  }
  const atMs = Date.now();
  const [a, b] = await resolveTokens(
    tx,
    tenant,
    key,
    tokens.map((token) => ({ token, atMs })),
  );
  if (!a || !b || a === 'suppressed' || b === 'suppressed') {
    throw new VestigeError('internal', 'a token was neither found nor given a subject');
  }
  return [a, b];
}

/**
 * @throws VestigeError `not_found` for an unknown token; `conflict` for who is being erased: the erasure is of everybody
 *   who was one person when it was approved
 */
export async function subjectsToUnlink(tx: Transaction, tenant: TenantId, tokens: Pair): Promise<[string, string]> {
  const living = await lockLiving(tx, tenant, tokens);
  const [a, b] = tokens.map((token) => living.get(token));
  if (a !== undefined && b !== undefined) return [a, b];
  const known = await tx
    .selectDistinct({ token: aliases.token })
    .from(aliases)
    .where(and(eq(aliases.tenant, tenant), inArray(aliases.token, [...tokens])));
  if (known.length < new Set(tokens).size) throw new VestigeError('not_found', 'a token is not known');
  throw new VestigeError(
    'conflict',
    'this person is being erased: nothing about who they are can change until that ends',
    {
      reason: 'erased',
    },
  );
}

/**
 * Parts two identifiers, under whichever keys somebody has joined them: parted under one, they would be one person by the
 * other. Two versions of one identifier are parted as such.
 *
 * @returns the pairs of subjects that were linked
 * @throws VestigeError `conflict` when no link joins just these two identifiers
 */
export async function partIdentifiers(tx: Transaction, tenant: TenantId, [a, b]: Pair): Promise<[string, string][]> {
  const [as, bs] = [await versionsOf(tx, tenant, a), await versionsOf(tx, tenant, b)];
  return as.includes(b) ? unlinkSubjects(tx, tenant, [a], [b]) : unlinkSubjects(tx, tenant, as, bs);
}

/**
 * A machine does not join again whom an operator has parted, also not by way of a third identifier.
 *
 * @throws VestigeError `conflict`
 */
export async function refuseParted(
  tx: Transaction,
  tenant: TenantId,
  [a, b]: Pair,
  kind: AliasLink['kind'],
): Promise<void> {
  if (!MACHINE_MADE.has(kind) || a === b) return;
  const [as, bs] = [await membersOf(tx, tenant, a), await membersOf(tx, tenant, b)];
  if (!(await wereParted(tx, tenant, as, bs, 'by_operator'))) return;
  throw new VestigeError('conflict', 'an operator has parted these two; only an operator joins them again', {
    reason: 'parted',
  });
}

/**
 * The living subjects of tokens, which stay as they are until the transaction ends: an erasure that begins now, or
 * somebody who says that one of them is shared or parts the two while an import joins them, waits.
 */
async function lockLiving(tx: Transaction, tenant: TenantId, tokens: Pair): Promise<Map<string, string>> {
  const rows = await tx
    .select({ token: aliases.token, subjectId: aliases.subjectId })
    .from(aliases)
    .where(and(eq(aliases.tenant, tenant), inArray(aliases.token, [...tokens]), eq(aliases.retired, false)))
    .orderBy(asc(aliases.token))
    .for('update');
  return new Map(rows.map(({ token, subjectId }) => [token, subjectId]));
}
