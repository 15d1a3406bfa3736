import { timingSafeEqual } from 'node:crypto';
import type { TenantId } from '@vestige/core/ids';
import { and, eq, gt, isNotNull, sql } from 'drizzle-orm';
import { insertAudit } from '../audit/insert-audit.ts';
import { type Database, type Transaction, withTenant } from '../postgres.ts';
import { type LinkAttempt, type NewLink, type OpenedLink, WRONG_CODES_MAX } from './package-store.ts';
import { packageLinks } from './package-tables.ts';
import type { By } from './request-store.ts';
import { openPackage } from './sealing-packages.ts';
import { packages } from './tables.ts';

/** How a person fetches their copy: an address that nobody can guess, and a code that came to them another way. */

/** Nobody asked this person why they look at their own data. */
const OWN_PURPOSE = 'the person fetched their copy';

export async function storeLink(
  tx: Transaction,
  tenant: TenantId,
  requestId: string,
  link: NewLink,
  by: By,
): Promise<{ expiresAt: Date } | null> {
  const [sealed] = await tx
    .select({ expiresAt: packages.expiresAt })
    .from(packages)
    .where(
      and(
        eq(packages.tenant, tenant),
        eq(packages.requestId, requestId),
        isNotNull(packages.packageId),
        gt(packages.expiresAt, by.now),
      ),
    )
    .for('update');
  if (!sealed) return null;
  const expiresAt = new Date(Math.min(link.expiresAt.getTime(), sealed.expiresAt.getTime()));
  const row = {
    id: link.id,
    tokenHash: Buffer.from(link.tokenHash),
    codeHash: Buffer.from(link.codeHash),
    downloadsMax: link.downloadsMax,
    downloads: 0,
    wrongCodes: 0,
    expiresAt,
  };
  await tx
    .insert(packageLinks)
    .values({ tenant, requestId, ...row })
    .onConflictDoUpdate({ target: [packageLinks.tenant, packageLinks.requestId], set: row });
  await insertAudit(tx, tenant, {
    type: 'package.link',
    actor: by.actor,
    object: { kind: 'request', id: requestId },
    requestId,
    payload: { link: link.id, downloadsMax: link.downloadsMax, expiresAt: expiresAt.toISOString() },
  });
  return { expiresAt };
}

export function openLink(db: Database, tenant: TenantId, given: LinkAttempt, now: Date): Promise<OpenedLink> {
  return withTenant(db, tenant, async (tx) => {
    const [link] = await tx
      .select()
      .from(packageLinks)
      .where(and(eq(packageLinks.tenant, tenant), eq(packageLinks.tokenHash, Buffer.from(given.tokenHash))))
      .for('update');
    if (!link || link.expiresAt <= now || link.downloads >= link.downloadsMax || link.wrongCodes >= WRONG_CODES_MAX) {
      return { result: 'gone' };
    }
    const { requestId } = link;
    const of = and(eq(packageLinks.tenant, tenant), eq(packageLinks.requestId, requestId));
    const by = { actor: `link:${link.id}`, now };
    if (!timingSafeEqual(link.codeHash, given.codeHash)) {
      await tx
        .update(packageLinks)
        .set({ wrongCodes: sql`${packageLinks.wrongCodes} + 1` })
        .where(of);
      await insertAudit(tx, tenant, {
        type: 'package.link_refused',
        actor: by.actor,
        object: { kind: 'request', id: requestId },
        requestId,
        payload: { wrongCodes: link.wrongCodes + 1 },
      });
      return { result: 'wrong_code' };
    }
    await tx
      .update(packageLinks)
      .set({ downloads: sql`${packageLinks.downloads} + 1` })
      .where(of);
    const opened = await openPackage(db, tx, tenant, requestId, OWN_PURPOSE, by);
    return opened === null ? { result: 'gone' } : { result: 'opened', requestId, ...opened };
  });
}
