import { createHmac } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { and, eq, inArray, isNotNull, lt, sql } from 'drizzle-orm';
import type { Transaction } from '../postgres.ts';
import { aliases, collectors, subjects, suppression, suppressionVersions } from '../tables/subjects.ts';
import { keptUntil, noteErasure, tidyErased } from './erased-people.ts';

/** An erasure asks for collectors that were alive minutes ago; names of a week ago answer to nobody. */
const COLLECTOR_SILENCE_DAYS = 7;

/** Rows per insert: three values each, well below the 65,535 bound parameters of the protocol. */
const ROWS_PER_INSERT = 5_000;

/** What the list keeps instead of a token. */
export function suppressionMac(key: Uint8Array, token: string): Buffer {
  return createHmac('sha256', key).update(token, 'utf8').digest();
}

/** One more change of the list. The row is locked until the commit, so versions are seen in order. */
export async function nextVersion(tx: Transaction, tenant: TenantId): Promise<number> {
  const [row] = await tx
    .insert(suppressionVersions)
    .values({ tenant, version: 1 })
    .onConflictDoUpdate({
      target: suppressionVersions.tenant,
      set: { version: sql`${suppressionVersions.version} + 1` },
    })
    .returning({ version: suppressionVersions.version });
  return row?.version ?? 0;
}

/** Waits for an erasure that is just beginning; until the commit no other one begins. */
export async function holdVersion(tx: Transaction, tenant: TenantId): Promise<void> {
  await tx
    .select({ version: suppressionVersions.version })
    .from(suppressionVersions)
    .where(eq(suppressionVersions.tenant, tenant))
    .for('update');
}

/**
 * Suppresses every token of the subjects, and those given, and retires their aliases, so that the next sight makes a new subject.
 *
 * Both in one transaction: a reader sees either a living alias and no suppression, or the opposite.
 */
export async function suppressSubjects(
  tx: Transaction,
  tenant: TenantId,
  key: Uint8Array,
  entry: {
    subjectIds: readonly string[];
    tokens: readonly string[];
    erasedBefore: Date;
    requestId: string;
  },
): Promise<void> {
  const ofSubjects = and(eq(aliases.tenant, tenant), inArray(aliases.subjectId, [...entry.subjectIds]));
  const known = await tx.selectDistinct({ token: aliases.token }).from(aliases).where(ofSubjects);
  const expiresAt = await keptUntil(tx, tenant);
  const tokens = [...new Set([...known.map(({ token }) => token), ...entry.tokens])].sort();
  for (let start = 0; start < tokens.length; start += ROWS_PER_INSERT) {
    await tx
      .insert(suppression)
      .values(
        tokens.slice(start, start + ROWS_PER_INSERT).map((token) => ({
          tenant,
          mac: suppressionMac(key, token),
          erasedBefore: entry.erasedBefore,
          requestId: entry.requestId,
          expiresAt,
        })),
      )
      .onConflictDoUpdate({
        target: [suppression.tenant, suppression.mac],
        set: {
          erasedBefore: sql`greatest(${suppression.erasedBefore}, excluded.erased_before)`,
          requestId: sql`excluded.request_id`,
          expiresAt: sql`greatest(${suppression.expiresAt}, excluded.expires_at)`,
        },
      });
  }
  await noteErasure(tx, tenant, key, entry);
  await tx.update(aliases).set({ retired: true }).where(ofSubjects);
  // From now on it is the erasure that their tokens lead nowhere for.
  await tx
    .update(subjects)
    .set({ leftAt: null })
    .where(and(eq(subjects.tenant, tenant), inArray(subjects.id, [...entry.subjectIds]), isNotNull(subjects.leftAt)));
}

export async function suppressedAmong(
  tx: Transaction,
  tenant: TenantId,
  key: Uint8Array,
  tokens: readonly string[],
): Promise<Set<string>> {
  const suppressed = new Set<string>();
  for (let start = 0; start < tokens.length; start += ROWS_PER_INSERT) {
    const asked = new Map(
      tokens.slice(start, start + ROWS_PER_INSERT).map((token) => [suppressionMac(key, token).toString('hex'), token]),
    );
    const rows = await tx
      .select({ mac: suppression.mac })
      .from(suppression)
      .where(
        and(
          eq(suppression.tenant, tenant),
          inArray(
            suppression.mac,
            [...asked.keys()].map((mac) => Buffer.from(mac, 'hex')),
          ),
        ),
      );
    for (const { mac } of rows) suppressed.add(asked.get(mac.toString('hex')) ?? '');
  }
  return suppressed;
}

/** Takes out what has had its time: expired entries, and collectors that never came back under their name. */
export async function tidySuppression(tx: Transaction, tenant: TenantId): Promise<void> {
  await tx.delete(suppression).where(and(eq(suppression.tenant, tenant), lt(suppression.expiresAt, sql`now()`)));
  await tidyErased(tx, tenant);
  await tx
    .delete(collectors)
    .where(
      and(
        eq(collectors.tenant, tenant),
        lt(collectors.seenAt, sql`now() - make_interval(days => ${COLLECTOR_SILENCE_DAYS})`),
      ),
    );
}
